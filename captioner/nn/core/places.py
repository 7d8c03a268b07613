"""What the core is told of each place of a photo: the encoder's channels and where it lies, projected once a photo.

Of a clip these are the places of all its frames, frame after frame, and each also tells when it lies.
"""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import dropout1d, layer_norm, linear


class Places(nn.Linear):
    """grid = W [normalised channels; (x, y); t; (x t, y t)] + b at each place.

    In training, channels and whole photos may be dropped, so that what is learned hangs on no channel, and so that the
    words are also learned by themselves where there are few photos to learn from.

    Args:
        channels: c of the encoder.
        width: d of the grid.
        components: how loudly, as the root of their mean variance, the grid holds the principal components of the
            channels, which `find_components` finds; 0 or False where W is trained. From few photos, a projection that
            is trained learns them by heart.
        positions: how loudly a place tells where it lies, (x, y) from -1 to 1 times this; True is 1, and False 0.
        times: how loudly it tells when, t from -1 (the first frame of a clip) to 1 (the last) times this, likewise; a
            photo lies at 0. With positions, also (x t, y t): the mean of x and the mean of t over what is looked at do
            not tell whether it moves to the right, and that of x t does.
        channel_dropout: probability with which a channel is dropped at all places of a photo (Tompson et al. 2015,
            arXiv:1411.4280).
        photo_dropout: probability with which nothing of a photo is seen, but where the places lie.

    Raises:
        ValueError: more components are wanted than there are channels.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        *,
        components: bool | float = False,
        positions: bool | float = False,
        times: bool | float = False,
        channel_dropout: float = 0.0,
        photo_dropout: float = 0.0,
    ) -> None:
        super().__init__(channels + 2 * bool(positions) + bool(times) * (1 + 2 * bool(positions)), width)
        if components and width > channels:
            raise ValueError(
                f"core.grid is {width}, but {channels} channels have only so many components; set it lower"
            )
        if components:
            self.requires_grad_(False)
        self.channels, self.components = channels, float(components)
        self.positions, self.times = float(positions), float(times)
        self.channel_dropout, self.photo_dropout = channel_dropout, photo_dropout

    def forward(self, features: Float[Tensor, "b n c"], frames: int = 1) -> Float[Tensor, "b n d"]:
        """The grid of these photos, or of clips whose places lie in so many frames, frame after frame."""
        seen = layer_norm(features, features.shape[2:])
        if self.training and self.channel_dropout:
            seen = dropout1d(seen.transpose(1, 2), self.channel_dropout).transpose(1, 2)
        here = self._told(seen, frames)
        if here.shape[2]:
            seen = torch.cat([seen, here.expand(seen.shape[0], -1, -1)], dim=2)
        grid = super().forward(seen)
        if self.training and self.photo_dropout:
            nothing = linear(here, self.weight[:, self.channels :]) if here.shape[2] else torch.zeros_like(grid)
            grid = torch.where(torch.rand(len(grid), 1, 1, device=grid.device) < self.photo_dropout, nothing, grid)
        return grid

    def _told(self, seen: Float[Tensor, "b n c"], frames: int) -> Float[Tensor, "1 n told"]:
        """Where and when each place lies, as loudly as it is told."""
        where = _coordinates(seen, frames) if self.positions else seen.new_zeros(1, seen.shape[1], 0)
        told = [self.positions * where]
        if self.times:
            when = _times(seen, frames)
            told.append(self.times * torch.cat([when, when * where], dim=2))
        return torch.cat(told, dim=2)

    @torch.no_grad()
    def find_components(self, batches: Iterable[Float[Tensor, "_ n c"]]) -> None:
        """Makes the grid of these photos' places that of their largest principal components.

        The photos are seen once, a batch at a time; only sums over them are kept.

        Raises:
            ValueError: all places look alike.
        """
        count, total = 0, torch.zeros(self.channels, dtype=torch.float64)
        squares = torch.outer(total, total)
        for features in batches:
            places = layer_norm(features, features.shape[2:]).flatten(0, 1).float().cpu()
            count, total = count + len(places), total + places.sum(dim=0)
            squares += places.T @ places
        mean = total / count
        variances, vectors = torch.linalg.eigh(squares / count - torch.outer(mean, mean))
        variance = variances[-self.out_features :].mean()
        if variance < 1e-3:  # channels are normalised, so what differs at all is near 1; this is rounding
            raise ValueError("the encoder sees the same at every place of all photos, so core.components finds nothing")
        largest = vectors[:, -self.out_features :].flip(1) * self.components * variance**-0.5
        self.weight[:, : self.channels] = largest.T
        self.bias.copy_(-mean @ largest)


def _coordinates(grid: Float[Tensor, "b n c"], frames: int) -> Float[Tensor, "1 n 2"]:
    """(x, y) of each place of square frames, from -1 (left, top) to 1 (right, bottom)."""
    side = round((grid.shape[1] // frames) ** 0.5)
    along = torch.linspace(-1, 1, side, device=grid.device, dtype=grid.dtype)
    y, x = torch.meshgrid(along, along, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1).repeat(frames, 1)[None]


def _times(grid: Float[Tensor, "b n c"], frames: int) -> Float[Tensor, "1 n 1"]:
    """t of each place, by its frame's turn: from -1 (the first) to 1 (the last); 0 where there is one frame alone."""
    order = torch.arange(frames, device=grid.device, dtype=grid.dtype)
    times = (2 * order - (frames - 1)) / max(frames - 1, 1)
    return times.repeat_interleave(grid.shape[1] // frames)[None, :, None]
