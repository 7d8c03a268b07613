"""Balance: as many questions of yes as of no in the very same words, and no answer that its words alone give away."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from captioner.data.questions.asking import Made
from captioner.data.questions.claims import Claim, affirmed, denied
from captioner.data.questions.photo import Scene
from captioner.data.questions.together import Together

LOOKED_AT = 400  # photos tried for the "no" of one claim, and four more for each "yes"
HARD = 3  # of these many photos for a "no", the likeliest, one is taken
MOST = 0.5  # of the questions in the same words, the share that may have the same answer
WIDEST = 0.25  # the same for all questions of one type
NUMBERS = 0.4  # the same for numbers: beyond three there are few


@dataclass(frozen=True)
class Asked:
    """A question about the photo at a place of the list."""

    photo: int
    made: Made


def claims(scenes: Sequence[Scene], random: Random, most: int) -> list[Asked]:
    """Questions of yes and no, each in the same words as often with the one as with the other.

    The "no" goes to photos where "yes" would be likely: things that often stand with what is there.

    Args:
        scenes: the photos.
        random: draws.
        most: questions of each type about one photo with the same answer.
    """
    together = Together(scenes)
    yes: dict[Claim, list[Asked]] = defaultdict(list)
    for photo, scene in enumerate(scenes):
        for claim, voices in affirmed(scene, together):
            yes[claim].append(Asked(photo, Made(claim.kind, claim.text, "yes", voices, voices.index("yes"))))
    asked: list[Asked] = []
    used: Counter[tuple[int, str, str]] = Counter()
    for claim in sorted(yes, key=lambda claim: (len(yes[claim]), claim.text)):  # rare ones first, while photos are free
        free = [one for one in yes[claim] if used[one.photo, claim.kind, "yes"] < most]
        tried = random.sample(range(len(scenes)), min(len(scenes), LOOKED_AT + 4 * len(free)))
        left = [photo for photo in tried if used[photo, claim.kind, "no"] < most]
        against = [photo for photo in left if denied(scenes[photo], claim, together)]
        against.sort(key=lambda photo: (-together.likely(claim.said or claim.about, scenes[photo]), photo))
        count = min(len(free), len(against))
        drawn = random.sample(free, count)
        drawn += [Asked(photo, _no(claim, scenes[photo])) for photo in random.sample(against[: HARD * count], count)]
        used.update((one.photo, claim.kind, one.made.answer) for one in drawn)
        asked += drawn
    return asked


def _no(claim: Claim, scene: Scene) -> Made:
    return Made(claim.kind, claim.text, "no", ("no",) * len(scene.captions), 0)


def levelled(asked: Sequence[Asked], random: Random) -> list[Asked]:
    """Open questions without so many of one answer that the words alone would tell it.

    Of questions in the same words at most half keep the same answer, and of those of one type a quarter, or of numbers
    two fifths.
    """
    kept = list(asked)
    random.shuffle(kept)
    by_words = _capped(kept, lambda made: made.text, MOST)
    counted = [one for one in by_words if one.made.kind == "number"]
    others = [one for one in by_words if one.made.kind != "number"]
    return [*_capped(others, lambda made: made.kind, WIDEST), *_capped(counted, lambda made: made.kind, NUMBERS)]


def _capped(asked: Sequence[Asked], key: Callable[[Made], str], share: float) -> list[Asked]:
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for one in asked:
        groups[key(one.made)][one.made.answer] += 1
    most = {name: _cap(sorted(answers.values()), share) for name, answers in groups.items()}
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for one in asked:
        name = key(one.made)
        seen[name, one.made.answer] += 1
        if seen[name, one.made.answer] <= most[name]:
            kept.append(one)
    return kept


def _cap(counts: list[int], share: float) -> int:
    """How often an answer may stand so that after cutting none has more than this share; at least once."""
    if len(counts) == 1:
        return 1
    for cap in range(counts[-1], 1, -1):
        if cap <= share * sum(min(count, cap) for count in counts):
            return cap
    return 1


def words_alone(asked: Sequence[Asked]) -> dict[str, float]:
    """By type: how often the answer is the most frequent one of the questions in the same words.

    A question whose words nobody else uses counts as the share of its type's most frequent answer. This is what words
    alone can tell, but for what a network reads out of words that are alike.
    """
    words: dict[str, Counter[str]] = defaultdict(Counter)
    types: dict[str, Counter[str]] = defaultdict(Counter)
    kinds = {}
    for one in asked:
        words[one.made.text][one.made.answer] += 1
        types[one.made.kind][one.made.answer] += 1
        kinds[one.made.text] = one.made.kind
    known: dict[str, float] = defaultdict(float)
    for text, answers in words.items():
        of = types[kinds[text]]
        alone = answers.total() == 1
        known[kinds[text]] += max(of.values()) / of.total() if alone else max(answers.values())
    return {kind: known[kind] / types[kind].total() for kind in sorted(types)}
