"""Which sentence fits a photo, where other photos tell how much each sentence fits anything."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from captioner.folders.finding.index import Index
from captioner.inference import Fit
from captioner.inference.judging.weighing import above_any, rarity, weighed
from captioner.inference.photos import Source

SAMPLE = 250  # photos, about, that a sentence is compared with
TOGETHER = 50  # photos in memory at once


def match_among(index: Index, photo: Source, texts: Sequence[str], photos: Sequence[Path]) -> list[Fit]:
    """How well each of some sentences fits a photo, best first: how much likelier it is for it than for any.

    Args:
        index: brought up to date.
        photo: which may be one of the others.
        texts: the sentences.
        photos: the others; an even sample of them is taken.

    Raises:
        ValueError: a photo cannot be read, a sentence has no word that the model knows, or the index is damaged.
    """
    judge, end = index.judge, index.judge.vocabulary.end
    sentences = [judge.numbered(text) for text in texts]
    kept = [each for _, each in index.places(photos)]
    if not kept:
        raise ValueError("none of the photos to compare with can be read; name others, or none")
    kept = kept[:: max(1, len(kept) // SAMPLE)]
    rare = rarity(np.concatenate(list(index.expected(kept))))
    own = judge.read(judge.memory(photo), sentences)
    log_p = np.concatenate([own, index.read(kept, sentences, together=TOGETHER)])
    scores = above_any(weighed(log_p, sentences, rare, end=end), len(log_p))[0]
    return sorted(map(Fit, texts, scores.tolist(), own[0].sum(axis=1).tolist()), key=lambda fit: -fit.score)
