"""Items to batches: dictionaries of tensors with named keys."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from captioner.data.feed.datasets import Item
from captioner.data.feed.question_sets import AskedItem


def collate(items: Sequence[Item], *, pad: int, frames: int = 1) -> dict[str, Tensor]:
    """Puts photos with their captions together.

    A photo's captions are ordered by falling length, so that whole slots fall silent together; missing captions have
    length 0.

    Args:
        items: photos or clips.
        pad: id of the padding.
        frames: f of each clip; 1 of photos.

    Returns:
        index (b): places in the data set. seen (b·f, c, ...): pixels or features. words (b, k, t): ids from start to
        end, padded. lengths (b, k): ids of each caption, start and end included. Where a word names what has a place,
        located (m, 3): its photo, caption and place in the caption, and cover (m, n): how much of each place of the
        grid that covers.
    """
    orders = [_longest_first(item.captions) for item in items]
    words, lengths = padded(
        [[item.captions[i] for i in order] for item, order in zip(items, orders, strict=True)], pad=pad
    )
    batch = {
        "index": torch.tensor([item.index for item in items]),
        "seen": _stacked([item.seen for item in items], frames),
        "words": words,
        "lengths": lengths,
    }
    found = [
        (photo, slot, word, cover)
        for photo, (item, order) in enumerate(zip(items, orders, strict=True))
        for slot, caption in enumerate(order)
        for word, cover in (item.located[caption] if item.located else ())
    ]
    if found:
        batch["located"] = torch.tensor([one[:3] for one in found])
        batch["cover"] = torch.from_numpy(np.stack([one[3] for one in found])).float()
    return batch


def collate_questions(items: Sequence[AskedItem], *, pad: int, answers: int, frames: int = 1) -> dict[str, Tensor]:
    """Puts photos with their questions together; questions are ordered and filled up as captions are.

    Args:
        pad: id of the padding.
        answers: number c of the classifier's outputs.
        frames: as of `collate`.

    Returns:
        index, seen, words and lengths as from `collate`, the start word included. places (b, k): of the questions in
        their list, -1 where a photo has fewer. targets (q, c): the weights of right answers, of the questions that
        exist, row by row.
    """
    rows = [sorted(item.questions, key=lambda question: len(question.words), reverse=True) for item in items]
    words, lengths = padded([[question.words for question in row] for row in rows], pad=pad)
    places, _ = padded([[[question.place] for question in row] for row in rows], pad=-1)
    asked = [question for row in rows for question in row]
    answered = [(row, answer) for row, question in enumerate(asked) for answer in question.targets]
    weights = [weight for question in asked for weight in question.targets.values()]
    targets = torch.zeros(len(asked), answers)
    targets[tuple(torch.tensor(answered, dtype=torch.long).view(-1, 2).t())] = torch.tensor(weights)
    return {
        "index": torch.tensor([item.index for item in items]),
        "seen": _stacked([item.seen for item in items], frames),
        "words": words,
        "lengths": lengths,
        "places": places.squeeze(2),
        "targets": targets,
    }


def _longest_first(captions: Sequence[Sequence[int]]) -> list[int]:
    return sorted(range(len(captions)), key=lambda place: len(captions[place]), reverse=True)


def _stacked(seen: Sequence[Float[Tensor, "..."]], frames: int) -> Float[Tensor, "bf c ..."]:
    """One tensor with the channels last in memory, as the store gives them and every reader of them wants them."""
    if frames > 1:
        seen = [frame for clip in seen for frame in clip]
    return torch.stack([each.movedim(0, -1) for each in seen]).movedim(-1, 1)


def padded(rows: Sequence[Sequence[Sequence[int]]], *, pad: int) -> tuple[Tensor, Tensor]:
    """Texts of ids, k for each photo at most, as words (b, k, t) with their lengths (b, k)."""
    slots = max(len(row) for row in rows)
    longest = max((len(text) for row in rows for text in row), default=0)
    texts = [text for row in rows for text in (*row, *[()] * (slots - len(row)))]
    # a tensor of lists: one tensor for each text takes five times as long
    words = torch.tensor([[*text, *[pad] * (longest - len(text))] for text in texts], dtype=torch.long)
    lengths = torch.tensor([len(text) for text in texts], dtype=torch.long)
    return words.view(len(rows), slots, longest), lengths.view(len(rows), slots)
