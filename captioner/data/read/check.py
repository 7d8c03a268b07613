"""Looks through a data set before training: counts, photos in two splits, broken photos, empty texts, coverage."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from captioner.data.read.questions import Question
from captioner.data.read.records import Photo
from captioner.photos import read_photo
from captioner.text.tokenize import Kind
from captioner.text.vocabulary import Coverage, Vocabulary


class Text(NamedTuple):
    """One text about a photo, a caption for instance."""

    photo: Path
    text: str


@dataclass(frozen=True)
class Split:
    """What is checked, whatever kind of data set it comes from: photos, texts about them, and answers to these."""

    photos: tuple[Path, ...]
    texts: tuple[Text, ...]
    answers: tuple[str, ...] = ()

    @classmethod
    def of_photos(cls, photos: Sequence[Photo]) -> "Split":
        """A split of captioned photos; a photo without captions counts as one with an empty caption."""
        texts = [Text(photo.path, caption) for photo in photos for caption in photo.captions or ("",)]
        return cls(tuple(path for photo in photos for path in photo.frames or (photo.path,)), tuple(texts))

    @classmethod
    def of_questions(cls, questions: Sequence[Question]) -> "Split":
        """A split of questions, with all that the annotators answered."""
        photos = dict.fromkeys(question.path for question in questions)
        texts = tuple(Text(question.path, question.text) for question in questions)
        return cls(tuple(photos), texts, tuple(answer for question in questions for answer in question.answers))


@dataclass(frozen=True)
class SplitReport:
    """What was found in one split.

    Attributes:
        photos: number of photos.
        texts: number of texts.
        longest: the longest text, with its photo.
        tokens: how many tokens the longest text has.
        empty: photos with a text that has no token.
        broken: one sentence for each photo that is missing or damaged.
        repeated: photos that stand in the split twice.
        coverage: how much of the texts a vocabulary of the train split knows.
        answers: how many different answers there are.
        answers_known: how much of all answers also stands in the train split, from 0 to 1: no classifier of its
            answers can be right more often. None where there are no answers.
    """

    photos: int
    texts: int
    longest: Text
    tokens: int
    empty: tuple[Path, ...]
    broken: tuple[str, ...]
    repeated: tuple[Path, ...]
    coverage: Coverage
    answers: int
    answers_known: float | None


class Overlap(NamedTuple):
    """Photos of one split that also stand in another, as the same file or as a copy with the same bytes."""

    first: str
    second: str
    photos: tuple[tuple[Path, Path], ...]


@dataclass(frozen=True)
class Report:
    """What was found in a data set."""

    splits: Mapping[str, SplitReport]
    overlaps: tuple[Overlap, ...]
    vocabulary: Vocabulary

    @property
    def problems(self) -> list[str]:
        """One sentence for each thing that should be mended before training."""
        sentences = []
        for name, split in self.splits.items():
            sentences += [f"{name}: {sentence}" for sentence in split.broken]
            sentences += [f"{name}: {path} has an empty text" for path in split.empty]
            sentences += [f"{name}: {path} stands there twice" for path in split.repeated]
        for first, second, photos in self.overlaps:
            for one, other in photos:
                same = f"{one} is" if one == other else f"{one} and {other} are the same photo,"
                sentences.append(f"{same} in {first} and in {second}")
        return sentences


def check(
    splits: Mapping[str, Split],
    *,
    tokenizer: Kind = "words",
    min_count: int = 5,
    max_pixels: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Checks the splits of a data set; every photo is read once.

    Args:
        splits: the splits by name; the vocabulary is made from the first one.
        tokenizer: how texts are cut.
        min_count: how often a token must occur in the first split to be in the vocabulary.
        max_pixels: pixels that a photo may have, as in `read_photo`.
        progress: is told after every photo how many are done, and of how many.

    Raises:
        ValueError: no token of the first split occurs `min_count` times, or a setting is unknown.
    """
    train = next(iter(splits.values()))
    vocabulary = Vocabulary.build((text for _, text in train.texts), tokenizer, min_count)
    total, done = sum(len(split.photos) for split in splits.values()), 0
    reports = {}
    for name, split in splits.items():
        broken = []
        for path in split.photos:
            try:
                read_photo(path, max_pixels=max_pixels)
            except (ValueError, OSError) as error:
                broken.append(str(error))
            done += 1
            if progress:
                progress(done, total)
        reports[name] = report(split, vocabulary, broken, answers=frozenset(train.answers))
    return Report(reports, tuple(overlaps(splits)), vocabulary)


def report(
    split: Split, vocabulary: Vocabulary, broken: Sequence[str], *, answers: frozenset[str] = frozenset()
) -> SplitReport:
    """Sums up one split, whose broken photos are known, and the answers of the train split."""
    lengths = [len(vocabulary.cut(text)) for _, text in split.texts]
    tokens, place = max((length, -place) for place, length in enumerate(lengths))
    return SplitReport(
        photos=len(split.photos),
        texts=len(split.texts),
        longest=split.texts[-place],
        tokens=tokens,
        empty=tuple(text.photo for text, length in zip(split.texts, lengths, strict=True) if not length),
        broken=tuple(broken),
        repeated=tuple(path for path, count in Counter(split.photos).items() if count > 1),
        coverage=vocabulary.coverage(text for _, text in split.texts),
        answers=len(set(split.answers)),
        answers_known=sum(one in answers for one in split.answers) / len(split.answers) if split.answers else None,
    )


def overlaps(splits: Mapping[str, Split]) -> list[Overlap]:
    """Finds photos that two splits share, for each pair of splits that share any."""
    prints = fingerprints({path for split in splits.values() for path in split.photos})
    found = []
    for (first, one), (second, other) in combinations(splits.items(), 2):
        there = {prints[path]: path for path in other.photos}
        shared = tuple((path, there[prints[path]]) for path in one.photos if prints[path] in there)
        if shared:
            found.append(Overlap(first, second, shared))
    return found


def fingerprints(paths: Iterable[Path]) -> dict[Path, str]:
    """Gives each file a name that files with the same bytes share; only files of one size are read."""
    sizes = defaultdict(list)
    for path in paths:
        sizes[path.stat().st_size if path.is_file() else None].append(path)
    names = {}
    for size, alike in sizes.items():
        for path in alike:
            unlike = size is None or len(alike) == 1
            names[path] = str(path.resolve()) if unlike else hashlib.sha256(path.read_bytes()).hexdigest()
    return names
