"""Items to batches: dictionaries of tensors with named keys."""

from collections.abc import Sequence

import torch
from torch import Tensor

from captioner.data.datasets import Item


def collate(items: Sequence[Item], *, pad: int) -> dict[str, Tensor]:
    """Puts photos with their captions together.

    A photo's captions are ordered by falling length, so that whole slots fall silent together; missing captions have
    length 0.

    Returns:
        index (b): places in the data set. seen (b, c, ...): pixels or features. words (b, k, t): ids from start to end,
        padded. lengths (b, k): ids of each caption, start and end included.
    """
    slots = max(len(item.captions) for item in items)
    longest = max((len(caption) for item in items for caption in item.captions), default=0)
    words = torch.full((len(items), slots, longest), pad)
    lengths = torch.zeros(len(items), slots, dtype=torch.long)
    for row, item in enumerate(items):
        for slot, caption in enumerate(sorted(item.captions, key=len, reverse=True)):
            words[row, slot, : len(caption)] = torch.tensor(caption)
            lengths[row, slot] = len(caption)
    return {
        "index": torch.tensor([item.index for item in items]),
        "seen": torch.stack([item.seen for item in items]),
        "words": words,
        "lengths": lengths,
    }
