"""Several captioners that say one caption together: at each word their probabilities are averaged (an ensemble)."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from captioner.nn.core.cells import State
from captioner.nn.heads.evidence import Hints
from captioner.nn.results import Sung
from captioner.nn.speaker import Speaker


class Choir:
    """A `captioner.decoding` stepper of several speakers, each with its own network and its own memory of the photos.

    Args:
        speakers: of the same photos, with the same words.
    """

    def __init__(self, speakers: Sequence[Speaker]) -> None:
        self.speakers = speakers

    @property
    def photos(self) -> int:
        """Number of photos, b."""
        return self.speakers[0].photos

    @property
    def device(self) -> torch.device:
        """Where the networks compute."""
        return self.speakers[0].device

    @property
    def hints(self) -> list[Hints]:
        """What the classifiers of those networks that have evidence say of the photos."""
        return [hints for speaker in self.speakers for hints in speaker.hints]

    def begin(self) -> tuple[State, ...]:
        """One row a photo, of each."""
        return tuple(speaker.begin() for speaker in self.speakers)

    def step(self, words: Int[Tensor, " r"], state: tuple[State, ...]) -> Sung:
        """The logarithm of the mean probability of what may follow these words.

        Attention is the mean over the networks; where their grids differ in size, there is none to show.
        """
        said = [speaker.step(words, own) for speaker, own in zip(self.speakers, state, strict=True)]
        log_p = torch.stack([each.logits.float().log_softmax(dim=1) for each in said])
        looks = [each.p for each in said]
        alike = len({look.shape for look in looks}) == 1
        p = torch.stack(looks).mean(dim=0) if alike else looks[0][:, :0]
        gates = torch.cat([each.gates for each in said], dim=1)
        return Sung(log_p.logsumexp(dim=0) - math.log(len(said)), tuple(each.state for each in said), p, gates)

    def select(self, state: tuple[State, ...], rows: Int[Tensor, " r"]) -> tuple[State, ...]:
        """The states of these rows."""
        return tuple(own.select(rows) for own in state)

    def keep(self, photos: Int[Tensor, " b"]) -> "Choir":
        """A choir for these photos only."""
        return Choir([speaker.keep(photos) for speaker in self.speakers])
