"""The encoder: a network of torchvision or timm, cut before its pooling, as a grid of feature vectors.

pixels ── stem (frozen) ─▶ maps (b,c,y,x) ── tail (the last stages) ── adaptive pooling ─▶ grid v (b,n,d)
"""

import hashlib
from collections.abc import Callable
from math import isqrt
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.encoder.cutting import Parts, cut

Stem = Callable[[Tensor], Tensor]


class GridEncoder(nn.Module):
    """Turns pixels into a grid v of n = side · side places with d channels (or n = 1 in `global` mode).

    Args:
        name: a torchvision classification model, `efficientnet_lite2`, `timm/` and the name of a network of timm, or
            `small` for a little CNN to be trained from scratch.
        weights: `none` (random), `default` or a torchvision weight name (downloaded; of `efficientnet_lite2` those of
            the package that is installed), or a path to a `.pth` or
            `.safetensors` state dict.
        mode: `grid` cuts before the last pooling; `global` takes the one vector from before the classifier.
        side: places along each side, by adaptive average pooling; None keeps the backbone's own grid.
        trainable_stages: how many of the last stages are trained (`stages` lists them); the rest is frozen. Batch-norm
            statistics are frozen everywhere.
        stages_left_out: how many of the last stages are not used; the grid is that of the stage before them.
        parts: the network, cut already as the other arguments say; then neither it nor its weights are looked for.

    Raises:
        ValueError: unknown name, weights or mode, mismatching keys, or a network without a grid to cut.
        FileNotFoundError: no such weights file.
        OSError: the download failed.
    """

    def __init__(
        self,
        name: str = "resnet50",
        weights: str = "default",
        *,
        mode: Literal["grid", "global"] = "grid",
        side: int | None = None,
        trainable_stages: int = 0,
        stages_left_out: int = 0,
        parts: Parts | None = None,
    ) -> None:
        super().__init__()
        if mode not in ("grid", "global"):
            raise ValueError(f"encoder mode is {mode!r}, but there are grid and global")
        if side is not None and side < 1:
            raise ValueError(f"encoder side is {side}, but a grid has at least 1 place along each side")
        parts = parts or cut(name, weights, mode=mode, trained=trainable_stages, left_out=stages_left_out)
        self.stem, self.tail, self.stages, self.channels = parts
        self.mode = mode
        self.frozen = trainable_stages == 0
        """Whether the tail is empty, so that nothing of the encoder is trained."""
        self.pool = nn.AdaptiveAvgPool2d(side) if side is not None and mode == "grid" else nn.Identity()
        self.to(memory_format=torch.channels_last)
        for parameter in self.stem.parameters():
            parameter.requires_grad_(False)

    @property
    def parts(self) -> Parts:
        """What it was made of."""
        return Parts(self.stem, self.tail, self.stages, self.channels)

    def train(self, mode: bool = True) -> "GridEncoder":
        """Stays in evaluation mode: batch-norm statistics and stochastic depth never run."""
        self.training = mode
        self.stem.eval()
        self.tail.eval()
        return self

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b n d"]:
        """Pixels (normalised as the weights expect) to the grid, places in reading order."""
        return self.finish(self.begin(pixels))

    @torch.no_grad()
    def side(self, size: int) -> int:
        """Places along each side of the grid of photos of `size` x `size` pixels."""
        return isqrt(self(next(self.parameters()).new_zeros(1, 3, size, size)).shape[1])

    def begin(self, pixels: Float[Tensor, "b 3 y x"], stem: Stem | None = None) -> Float[Tensor, "b ..."]:
        """The frozen part (or another `stem` that says the same), without gradients.

        With nothing trained and a side given, its pooling as well.
        """
        with torch.no_grad():
            maps = self.stem(pixels.contiguous(memory_format=torch.channels_last)) if stem is None else stem(pixels)
            if self.frozen:
                self._check(maps)
            return self.pool(maps) if self.frozen and self.mode == "grid" else maps

    def finish(self, maps: Float[Tensor, "b ..."], tail: Stem | None = None) -> Float[Tensor, "b n d"]:
        """The trained part (or another `tail` of its shape) and the pooling; pooling what is pooled changes nothing."""
        features = (self.tail if tail is None else tail)(maps)
        self._check(features)
        if self.mode == "global":
            return features[:, None]
        return self.pool(features).flatten(2).transpose(1, 2)

    def _check(self, features: Tensor) -> None:
        """Refuses what is no grid, or no vector, of as many channels as there should be: a file may say anything."""
        axes = 2 if self.mode == "global" else 4
        if features.ndim != axes or features.shape[1] != self.channels:
            raise ValueError(
                f"the encoder gives features of shape {list(features.shape[1:])}, but should give {self.channels}"
                f" channels{'' if axes == 2 else ' at places along two sides'}; was its description changed?"
            )


def fingerprint(encoder: GridEncoder) -> dict[str, Any]:
    """What the frozen part's numbers depend on: its graph, its pooling and its weights, as JSON."""
    digest = hashlib.sha256(encoder.stem.code.encode())
    for name, value in encoder.stem.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return {"stem": digest.hexdigest(), "pool": str(encoder.pool) if encoder.frozen else ""}
