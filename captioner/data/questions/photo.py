"""What all captions of one photo say together: what there is one of, how many there are, and who says so."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from captioner.data.questions.facts import Deed, Facts, Spot
from captioner.data.questions.nouns import fits, is_place, kind
from captioner.data.questions.things import Thing
from captioner.data.questions.words import HOLDS, NO_DEEDS

BETWEEN = frozenset({"in", "on", "at", "inside", "through", "across", "along"})
# What each caption says to a question, None where it says nothing: up to as many annotators as there are captions.
Voices = tuple[str | None, ...]


@dataclass(frozen=True)
class Scene:
    """A photo by its captions.

    Args:
        id: of the photo.
        name: of its file.
        captions: what each says.
    """

    id: int | str
    name: str
    captions: tuple[Facts, ...]

    @cached_property
    def nouns(self) -> dict[str, int]:
        """Every noun, with the number of captions that say it."""
        return Counter(noun for caption in self.captions for noun in {thing.noun for thing in caption.things})

    @cached_property
    def single(self) -> frozenset[str]:
        """The nouns of which there is one only, so that "the dog" is clear."""
        return frozenset(
            noun for noun in self.nouns if all(_one(things_of(caption, noun)) for caption in self.captions)
        )

    def alone(self, of: str) -> bool:
        """Whether no caption tells of two of this kind (`person`, `animal`)."""
        lists = [[thing for thing in caption.things if kind(thing.noun) == of] for caption in self.captions]
        return all(map(_one, lists))

    def named(self, noun: str) -> Voices:
        """What each caption calls a thing."""
        return tuple(next((t.noun for t in things_of(caption, noun)), None) for caption in self.captions)

    def colours(self, noun: str) -> Voices:
        """What colour each caption gives to a thing; two in the order of the alphabet."""
        return tuple(
            next((" and ".join(sorted(t.colours)) for t in things_of(caption, noun) if t.colours), None)
            for caption in self.captions
        )

    def counts(self, noun: str) -> Voices:
        """How many of these each caption tells of, as digits."""
        return tuple(_count(caption, noun) for caption in self.captions)

    def deeds(self, noun: str) -> Iterator[tuple[int, Deed]]:
        """Which caption says that this one does what."""
        for place, caption in enumerate(self.captions):
            for deed in caption.deeds:
                if fits(caption.things[deed.who].noun, noun) and deed.verb not in NO_DEEDS and deed.verb not in HOLDS:
                    yield place, deed

    def spots(self, noun: str) -> Iterator[tuple[int, Spot]]:
        """Which caption says that this one is where; places only."""
        for place, caption in enumerate(self.captions):
            for spot in caption.spots:
                if fits(caption.things[spot.who].noun, noun) and is_place(caption.things[spot.at].noun):
                    yield place, spot

    def noun(self, place: int, thing: int) -> str:
        """The noun of a caption's thing."""
        return self.captions[place].things[thing].noun

    def worn(self, noun: str) -> Iterator[tuple[int, str]]:
        """Which caption says that this one wears what, as "wearing a hat" and "in a hat" do."""
        for place, caption in enumerate(self.captions):
            pairs = [(deed.who, deed.what) for deed in caption.deeds if deed.verb == "wear" and deed.what is not None]
            pairs += [(spot.who, spot.at) for spot in caption.spots if spot.preposition == "in"]
            for who, what in pairs:
                if fits(caption.things[who].noun, noun) and kind(caption.things[what].noun) == "clothes":
                    yield place, caption.things[what].noun

    def by_caption(self, found: Iterator[tuple[int, str]] | list[tuple[int, str]]) -> Voices:
        """The first word of each caption that has one."""
        first: dict[int, str] = {}
        for place, word in found:
            first.setdefault(place, word)
        return tuple(first.get(place) for place in range(len(self.captions)))


def chosen(voices: Voices) -> tuple[str, int]:
    """The answer that most captions give (of equals the first), and how many do."""
    counts = Counter(voice for voice in voices if voice is not None)
    return counts.most_common(1)[0] if counts else ("", 0)


def _one(found: list[Thing]) -> bool:
    """Whether these are one thing at most."""
    return len(found) <= 1 and not any(thing.many or thing.others for thing in found)


def things_of(caption: Facts, noun: str) -> list[Thing]:
    """The things that a noun may mean, those first that are called so."""
    fitting = [thing for thing in caption.things if fits(thing.noun, noun)]
    return sorted(fitting, key=lambda thing: thing.noun != noun)


def _count(caption: Facts, noun: str) -> str | None:
    fitting = things_of(caption, noun)
    vague = any(thing.count is None or thing.others for thing in fitting)
    mixed = noun != "person" and any(thing.noun != noun for thing in fitting)
    return str(sum(thing.count or 0 for thing in fitting)) if fitting and not vague and not mixed else None
