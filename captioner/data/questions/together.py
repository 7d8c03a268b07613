"""Which words stand together in the captions of one photo, and how surely a thing that is there is also named."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations

from captioner.data.questions.nouns import is_place
from captioner.data.questions.photo import Scene

NAMED = 2.0  # captions of a photo that name a thing, where one does: fewer, and silence says nothing
RARELY = 0.5  # of what chance alone would bring together
SHARE = 0.03  # of the photos of the one in which the other is, too


class Together:
    """Counts over all photos of a file.

    Args:
        scenes: the photos.
    """

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self.photos = len(scenes)
        self.nouns = _Pairs(scene.nouns for scene in scenes)
        self.verbs = _Pairs(verbs(scene) for scene in scenes)
        self.places = _Pairs(places(scene) for scene in scenes)
        self._said: Counter[str] = Counter()
        self._bare: Counter[str] = Counter()
        self._one: Counter[str] = Counter()
        self._at: Counter[tuple[str, str]] = Counter()
        for scene in scenes:
            self._said.update(scene.nouns)
            for caption in scene.captions:
                self._bare.update(thing.noun for thing in caption.things if thing.bare)
                self._one.update(thing.noun for thing in caption.things if thing.count == 1 and not thing.bare)
                self._at.update((caption.things[spot.at].noun, spot.preposition) for spot in caption.spots)

    def named(self, noun: str) -> float:
        """How many captions of a photo name a thing, on average over the photos where at least one does."""
        return self._said[noun] / max(1, self.nouns.one[noun])

    def mass(self, noun: str) -> bool:
        """Whether a noun mostly stands without "a", as "snow" does."""
        return self._bare[noun] > self._one[noun]

    def usual(self, noun: str, preposition: str) -> bool:
        """Whether captions say this before a place, `in` or `on`, more often than the other."""
        return all(self._at[noun, preposition] >= self._at[noun, other] for other in ("in", "on"))

    def likely(self, noun: str, scene: Scene) -> float:
        """How often a thing stands with those that a photo has: a sum of shares."""
        return sum(self.nouns.both[pair(noun, other)] / self.nouns.one[other] for other in scene.nouns)


class _Pairs:
    def __init__(self, groups: Iterable[Iterable[str]]) -> None:
        self.one: Counter[str] = Counter()
        self.both: Counter[Hashable] = Counter()
        self.groups = 0
        for group in groups:
            members = sorted(group)
            self.groups += 1
            self.one.update(members)
            self.both.update(combinations(members, 2))

    def apart(self, one: str, others: Iterable[str]) -> bool:
        """Whether one is never there with any of the others, or hardly ever."""
        return all(self._apart(one, other) for other in others)

    def _apart(self, one: str, other: str) -> bool:
        both, least = self.both[pair(one, other)], min(self.one[one], self.one[other])
        expected = self.one[one] * self.one[other] / max(1, self.groups)
        return one != other and (both + 1) / (expected + 1) <= RARELY and both <= SHARE * least


def pair(one: str, other: str) -> tuple[str, str]:
    """Two words in the order of the alphabet."""
    return (one, other) if one < other else (other, one)


def verbs(scene: Scene) -> set[str]:
    """What is being done in a photo."""
    return {deed.doing for caption in scene.captions for deed in caption.deeds}


def places(scene: Scene) -> set[str]:
    """All places that captions name, whoever is there."""
    return {noun for noun in scene.nouns if is_place(noun)}
