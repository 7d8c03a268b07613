"""What a translation is to its reader, and how sentences become translations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, repeat, zip_longest
from types import EllipsisType
from typing import NamedTuple

import numpy as np

from captioner.decoding.settings import Decoding
from captioner.images import ImageSpec
from captioner.inference.engines.engine import Engine, Hypothesis, Sentences
from captioner.inference.engines.stopping import Stop
from captioner.inference.photos import Source, Unreadable, source_pixels
from captioner.text.subwords import words_of
from captioner.text.vocabulary import Vocabulary

LONGEST = 200
"""Subwords of a sentence that is read; those of people have fewer, a file without line ends has more."""
END = "⏎"
"""Shown for the end of the source, which is a place to look at, too."""
PHOTO = "[photo]"
"""Shown for the photo beside the source, all its places together."""


@dataclass(frozen=True, eq=False)
class Translation:
    """A sentence in another language.

    Attributes:
        source: the sentence that was given.
        text: what it is in the other language.
        source_words: its words, punctuation apart, the photo beside it if there is one, and the end.
        words: those of the translation.
        attention: weights over these s for each of the t words, (t, s); rows sum to 1.
        log_probability: of the subwords and the end, in nats.
        score: what the search ranks by; see `Decoding`.
        unknown: letters of the source that the network has never seen.
        others: further translations, best first, where the search was to give several.
    """

    source: str
    text: str
    source_words: tuple[str, ...]
    words: tuple[str, ...]
    attention: np.ndarray
    log_probability: float
    score: float
    unknown: tuple[str, ...] = ()
    others: tuple["Translation", ...] = ()


class Eyes(NamedTuple):
    """How a translator sees photos."""

    image: ImageSpec
    max_pixels: int | None


class Given(NamedTuple):
    """A sentence as numbers, and the photo beside it."""

    ids: list[int]
    pixels: np.ndarray | None


def translate_each(
    engine: Engine,
    vocabulary: Vocabulary,
    sentences: Iterable[str],
    decoding: Decoding,
    *,
    photos: Iterable[Source | None] | None,
    eyes: Eyes | None,
    batch: int,
    stop: Stop,
) -> Iterator[Translation | Unreadable[str]]:
    """See `Captioner.translate_each`; `eyes` are None where it sees no photos."""
    if batch < 1:
        raise ValueError(f"batch is {batch}, but at least 1 sentence must be translated at once")
    if photos is not None and eyes is None:
        raise ValueError(
            "this translator sees no photos: leave them out, or take one that was trained with data.photos"
        )
    each, position = _paired(sentences, photos), 0
    while chunk := list(islice(each, batch)):
        read = [_read(sentence, photo, vocabulary, eyes) for sentence, photo in chunk]
        good = [one for one in read if not isinstance(one, str)]
        together = _together(good, vocabulary.pad)
        found = iter(engine.search(together, decoding, first=position, stop=stop) if good else [])
        for (sentence, photo), one in zip(chunk, read, strict=True):
            if isinstance(one, str):
                yield Unreadable(sentence, one)
            else:
                places = together.ids.shape[1] if photo is not None else None
                best, *others = (_translation(sentence, said, vocabulary, places) for said in next(found))
                yield replace(best, others=tuple(others))
        position += len(good)


def _paired(sentences: Iterable[str], photos: Iterable[Source | None] | None) -> Iterator[tuple[str, Source | None]]:
    """Each sentence with its photo.

    Raises:
        ValueError: there are more of one than of the other.
    """
    if photos is None:
        yield from zip(sentences, repeat(None), strict=False)
        return
    for sentence, photo in zip_longest(sentences, photos, fillvalue=...):
        if isinstance(sentence, EllipsisType) or isinstance(photo, EllipsisType):
            raise ValueError("there is not one photo for each sentence; give None where a sentence has none")
        yield sentence, photo


def _read(sentence: str, photo: Source | None, vocabulary: Vocabulary, eyes: Eyes | None) -> Given | str:
    """A sentence and its photo as numbers, or why they cannot be read."""
    ids = vocabulary.encode_source(sentence)
    if len(ids) == 1:
        return "a sentence is empty; give one with a word"
    if len(ids) > LONGEST:
        begun = " ".join(sentence.split())[:40]
        return f"the sentence {begun!r}… has {len(ids) - 1:,} subwords, and {LONGEST - 1} are read; give parts of it"
    if photo is None or eyes is None:
        return Given(ids, None)
    try:
        return Given(ids, source_pixels(photo, eyes.image, max_pixels=eyes.max_pixels))
    except (ValueError, OSError) as error:
        return str(error)


def _together(given: Sequence[Given], pad: int) -> Sentences:
    """A batch, filled up."""
    longest = max((len(each.ids) for each in given), default=0)
    ids = np.array([[*each.ids, *[pad] * (longest - len(each.ids))] for each in given], dtype=np.int64)
    shown = [each.pixels for each in given if each.pixels is not None]
    there = np.array([each.pixels is not None for each in given], dtype=bool)
    pixels = np.stack(shown) if shown else np.zeros((0, 3, 0, 0), np.float32)
    return Sentences(ids, pixels, np.where(there, there.cumsum() - 1, -1))


def _translation(sentence: str, found: Hypothesis, vocabulary: Vocabulary, places: int | None) -> Translation:
    """What a search found, in words; the weights of a source word are added up, those of a word's pieces averaged.

    Args:
        places: of the words of the batch, behind which those of the photo lie; None where there is no photo.
    """
    cut = vocabulary.cut(sentence)
    source, target = words_of(cut), words_of([vocabulary.tokens[number] for number in found.words])
    columns = [
        *source,
        *([] if places is None else [(PHOTO, slice(places, None))]),
        (END, slice(len(cut), len(cut) + 1)),
    ]
    p = np.asarray(found.p, np.float32)
    if p.shape[1]:
        p = np.stack([p[:, lying].sum(axis=1) for _, lying in columns], axis=1)
    rows = [p[spoken].mean(axis=0) for _, spoken in target]
    return Translation(
        source=sentence,
        text=vocabulary.decode(found.words),
        source_words=tuple(word for word, _ in columns),
        words=tuple(word for word, _ in target),
        attention=np.stack(rows) if rows else p[:0],
        log_probability=found.log_probability,
        score=found.score,
        unknown=tuple(dict.fromkeys(piece for piece in cut if piece not in vocabulary)),
    )
