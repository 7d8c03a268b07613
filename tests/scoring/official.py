"""The official scores, computed by pycocoevalcap from the same tokens, for the tests to compare with."""

import random
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from captioner.scoring.captions.scores import score_captions

needs_pycocoevalcap = pytest.mark.skipif(find_spec("pycocoevalcap") is None, reason="needs pycocoevalcap")


def official(said: Mapping[Any, Sequence[str]], wanted: Mapping[Any, Sequence[Sequence[str]]]):
    """Name: (score of the set, scores of the photos), from words."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    hypotheses = {key: [" ".join(words)] for key, words in said.items()}
    references = {key: [" ".join(words) for words in captions] for key, captions in wanted.items()}
    whole, each = Bleu(4).compute_score(references, hypotheses, verbose=0)
    scores = {f"bleu{order + 1}": (whole[order], each[order]) for order in range(4)}
    scores["rouge_l"] = Rouge().compute_score(references, hypotheses)
    if any(words for captions in wanted.values() for words in captions):  # else the official CIDEr fails
        scores["cider_d"] = Cider().compute_score(references, hypotheses)
    return scores


def assert_official(said: Mapping[Any, str], wanted: Mapping[Any, Sequence[str]], tokenize=str.split, within=1e-9):
    """Our scores of the set and of every photo are the official ones."""
    ours = score_captions(said, wanted, tokenize=tokenize)
    theirs = official(
        {key: tokenize(caption) for key, caption in said.items()},
        {key: [tokenize(caption) for caption in captions] for key, captions in wanted.items()},
    )
    per_image = ours.per_image
    for name, (whole, each) in theirs.items():
        assert ours.values[name] == pytest.approx(whole, abs=within), name
        np.testing.assert_allclose([per_image[key][name] for key in wanted], each, rtol=0, atol=within, err_msg=name)


def damaged(caption: str, generator: random.Random) -> str:
    """The caption cut short, with its words shuffled, with words said twice, or as it is."""
    words = caption.split()
    way = generator.randrange(4)
    if way == 0:
        words = words[: generator.randrange(len(words) + 1)]
    elif way == 1:
        generator.shuffle(words)
    elif way == 2:
        words += words[: generator.randrange(len(words) + 1)]
    return " ".join(words)
