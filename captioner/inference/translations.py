"""What a translation is to its reader, and how sentences become translations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from captioner.decoding.settings import Decoding
from captioner.inference.engines.engine import Engine, Hypothesis
from captioner.inference.engines.stopping import Stop
from captioner.inference.photos import Unreadable
from captioner.text.subwords import words_of
from captioner.text.vocabulary import Vocabulary

LONGEST = 200
"""Subwords of a sentence that is read; those of people have fewer, a file without line ends has more."""
END = "⏎"
"""Shown for the end of the source, which is a place to look at, too."""


@dataclass(frozen=True, eq=False)
class Translation:
    """A sentence in another language.

    Attributes:
        source: the sentence that was given.
        text: what it is in the other language.
        source_words: its words, punctuation apart, and the end.
        words: those of the translation.
        attention: weights over the s words of the source for each of the t words, (t, s); rows sum to 1.
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


def translate_each(
    engine: Engine, vocabulary: Vocabulary, sentences: Iterable[str], decoding: Decoding, *, batch: int, stop: Stop
) -> Iterator[Translation | Unreadable[str]]:
    """See `Captioner.translate_each`."""
    if batch < 1:
        raise ValueError(f"batch is {batch}, but at least 1 sentence must be translated at once")
    each, position = iter(sentences), 0
    while chunk := list(islice(each, batch)):
        read = [_read(sentence, vocabulary) for sentence in chunk]
        good = [ids for ids in read if not isinstance(ids, str)]
        found = iter(engine.search(_padded(good, vocabulary.pad), decoding, first=position, stop=stop) if good else [])
        for sentence, ids in zip(chunk, read, strict=True):
            if isinstance(ids, str):
                yield Unreadable(sentence, ids)
            else:
                best, *others = (_translation(sentence, one, vocabulary) for one in next(found))
                yield replace(best, others=tuple(others))
        position += len(good)


def _read(sentence: str, vocabulary: Vocabulary) -> list[int] | str:
    """The ids of a sentence, or why it has none."""
    ids = vocabulary.encode_source(sentence)
    if len(ids) == 1:
        return "a sentence is empty; give one with a word"
    if len(ids) > LONGEST:
        begun = " ".join(sentence.split())[:40]
        return f"the sentence {begun!r}… has {len(ids) - 1:,} subwords, and {LONGEST - 1} are read; give parts of it"
    return ids


def _padded(rows: Sequence[Sequence[int]], pad: int) -> np.ndarray:
    longest = max(map(len, rows))
    return np.array([[*row, *[pad] * (longest - len(row))] for row in rows], dtype=np.int64)


def _translation(sentence: str, found: Hypothesis, vocabulary: Vocabulary) -> Translation:
    """What a search found, in words; the weights of a source word are added up, those of a word's pieces averaged."""
    cut = vocabulary.cut(sentence)
    source, target = words_of(cut), words_of([vocabulary.tokens[number] for number in found.words])
    p = np.asarray(found.p, np.float32)[:, : len(cut) + 1]  # behind it, the batch is filled up
    if p.shape[1]:
        p = np.stack([p[:, places].sum(axis=1) for _, places in [*source, (END, slice(len(cut), None))]], axis=1)
    rows = [p[places].mean(axis=0) for _, places in target]
    return Translation(
        source=sentence,
        text=vocabulary.decode(found.words),
        source_words=(*(word for word, _ in source), END),
        words=tuple(word for word, _ in target),
        attention=np.stack(rows) if rows else p[:0],
        log_probability=found.log_probability,
        score=found.score,
        unknown=tuple(dict.fromkeys(piece for piece in cut if piece not in vocabulary)),
    )
