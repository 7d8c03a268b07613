"""Items to batches: dictionaries of tensors with named keys."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from captioner.data.datasets import Item
from captioner.data.question_sets import AskedItem


def collate(items: Sequence[Item], *, pad: int) -> dict[str, Tensor]:
    """Puts photos with their captions together.

    A photo's captions are ordered by falling length, so that whole slots fall silent together; missing captions have
    length 0.

    Returns:
        index (b): places in the data set. seen (b, c, ...): pixels or features. words (b, k, t): ids from start to end,
        padded. lengths (b, k): ids of each caption, start and end included.
    """
    rows = [sorted(item.captions, key=len, reverse=True) for item in items]
    words, lengths = padded(rows, pad=pad)
    return {
        "index": torch.tensor([item.index for item in items]),
        "seen": _stacked([item.seen for item in items]),
        "words": words,
        "lengths": lengths,
    }


def collate_questions(items: Sequence[AskedItem], *, pad: int, answers: int) -> dict[str, Tensor]:
    """Puts photos with their questions together; questions are ordered and filled up as captions are.

    Args:
        pad: id of the padding.
        answers: number c of the classifier's outputs.

    Returns:
        index, seen, words and lengths as from `collate`, the start word included. places (b, k): of the questions in
        their list, -1 where a photo has fewer. targets (q, c): the weights of right answers, of the questions that
        exist, row by row.
    """
    rows = [sorted(item.questions, key=lambda question: len(question.words), reverse=True) for item in items]
    words, lengths = padded([[question.words for question in row] for row in rows], pad=pad)
    places = torch.full_like(lengths, -1)
    for place, row in zip(places, rows, strict=True):
        place[: len(row)] = torch.tensor([question.place for question in row])
    asked = [question for row in rows for question in row]
    targets = torch.zeros(len(asked), answers)
    for target, question in zip(targets, asked, strict=True):
        for answer, weight in question.targets.items():
            target[answer] = weight
    return {
        "index": torch.tensor([item.index for item in items]),
        "seen": _stacked([item.seen for item in items]),
        "words": words,
        "lengths": lengths,
        "places": places,
        "targets": targets,
    }


def _stacked(seen: Sequence[Float[Tensor, "c ..."]]) -> Float[Tensor, "b c ..."]:
    """One tensor with the channels last in memory, as the store gives them and every reader of them wants them."""
    return torch.stack([each.movedim(0, -1) for each in seen]).movedim(-1, 1)


def padded(rows: Sequence[Sequence[Sequence[int]]], *, pad: int) -> tuple[Tensor, Tensor]:
    """Texts of ids, k for each photo at most, as words (b, k, t) with their lengths (b, k)."""
    slots = max(len(row) for row in rows)
    longest = max((len(text) for row in rows for text in row), default=0)
    words = torch.full((len(rows), slots, longest), pad)
    lengths = torch.zeros(len(rows), slots, dtype=torch.long)
    for number, row in enumerate(rows):
        for slot, text in enumerate(row):
            words[number, slot, : len(text)] = torch.tensor(text)
            lengths[number, slot] = len(text)
    return words, lengths
