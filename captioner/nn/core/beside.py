"""Photos beside sentences: their places are attended to with the words (Caglayan et al. 2016, arXiv:1609.03976).

A sentence's grid is its words; with its photo it is the words and, behind them, the places of the photo, projected to
the same width. One softmax goes over both: the flat combination of Libovický and Helcl 2017 (arXiv:1704.06567).
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from captioner.nn.core.places import Places


class Photos(NamedTuple):
    """Photos beside sentences."""

    features: Float[Tensor, "p m c"]
    """The encoder's grid of p photos."""
    rows: Int[Tensor, " b"]
    """Which of them each sentence has; -1 where it has none."""


class Beside(nn.Module):
    """Puts the places of photos behind the words of sentences.

    Args:
        channels: c of the encoder.
        width: d of the grid.
        positions: how loudly a place tells where it lies; see `Places`.
        channel_dropout: probability with which a channel of the encoder is dropped, at all places of a photo.
        photo_dropout: probability with which a sentence is read without its photo in training, so that it is learned
            to do without.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        *,
        positions: bool | float = False,
        channel_dropout: float = 0.0,
        photo_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.places = Places(channels, width, positions=positions, channel_dropout=channel_dropout)
        self.photo_dropout = photo_dropout

    def forward(
        self, words: Float[Tensor, "b n d"], mask: Bool[Tensor, "b n"], photos: Photos
    ) -> tuple[Float[Tensor, "b nm d"], Bool[Tensor, "b nm"]]:
        """The grid of words and m places, and which of them there are; those of a missing photo are not.

        Args:
            words: what a reader made of the sentences, projected.
            mask: which words there are.
            photos: of the sentences, one at least.
        """
        there = photos.rows >= 0
        if self.training and self.photo_dropout:
            there = there & (torch.rand(len(there), device=there.device) >= self.photo_dropout)
        seen = self.places(photos.features).index_select(0, photos.rows.clamp(min=0))
        return torch.cat([words, seen], dim=1), torch.cat([mask, there[:, None].expand(-1, seen.shape[1])], dim=1)
