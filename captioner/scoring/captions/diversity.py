"""How varied captions are, apart from how right they are (distinct-n: Li et al. 2016, arXiv:1510.03055)."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from captioner.text.penn.ptb import ptb


@dataclass(frozen=True)
class Diversity:
    """What a set of captions is made of. Compare sets of equal size only: all but the length depend on it.

    Attributes:
        words: mean words in a caption.
        vocabulary: different words in all captions.
        distinct1: different words as a share of all words.
        distinct2: different pairs of neighbouring words as a share of all pairs.
        unseen: the share of captions that stand in no training caption; None where those are not known.
    """

    words: float
    vocabulary: int
    distinct1: float
    distinct2: float
    unseen: float | None = None


def diversity(
    captions: Collection[str],
    *,
    training: Iterable[str] | None = None,
    tokenize: Callable[[str], list[str]] = ptb,
) -> Diversity:
    """Describes captions.

    Args:
        captions: one for each photo.
        training: the captions that the model was trained on.
        tokenize: gives the words of a caption; captions with equal words are the same caption.

    Raises:
        ValueError: there are no captions.
    """
    if not captions:
        raise ValueError("there are no captions to describe")
    tokens = [tuple(tokenize(caption)) for caption in captions]
    words = [word for caption in tokens for word in caption]
    pairs = [pair for caption in tokens for pair in pairwise(caption)]
    seen = {tuple(tokenize(caption)) for caption in training} if training is not None else None
    return Diversity(
        words=len(words) / len(tokens),
        vocabulary=len(set(words)),
        distinct1=len(set(words)) / max(1, len(words)),
        distinct2=len(set(pairs)) / max(1, len(pairs)),
        unseen=None if seen is None else sum(caption not in seen for caption in tokens) / len(tokens),
    )
