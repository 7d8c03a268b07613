"""A little CNN to be trained from scratch on the made-up scenes."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class SmallCNN(nn.Module):
    """Three stages: 64 x 64 pixels become an 8 x 8 grid of 96 channels.

    The first stage takes steps of four pixels, since at full size nothing but time would be lost. Group normalisation
    needs no running statistics, so training and evaluation compute the same. A place sees 29 pixels around itself and
    no more, so that attention to a place is attention to what is there; but the last stage is told where it is (Liu et
    al. 2018, arXiv:1807.03247), without which no average over places could tell left from right.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _stage(3, 48, kernel=5, stride=4),
            _stage(48, 96, kernel=3, stride=2),
            nn.Sequential(Coordinates(), _stage(96 + 2, 96, kernel=3, stride=1)),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(96, classes)

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b classes"]:
        """Class logits; captions use the grid before the pooling."""
        return self.classifier(self.avgpool(self.features(pixels)).flatten(1))


class Coordinates(nn.Module):
    """Adds two channels, how far to the right and how far down each place lies, from nearly -1 to 1."""

    def forward(self, maps: Float[Tensor, "b c y x"]) -> Float[Tensor, "b c+2 y x"]:
        """Maps with these channels behind their own."""
        one = torch.ones_like(maps[:, :1])
        x, y = one.cumsum(3), one.cumsum(2)
        return torch.cat([maps, 2 * x / x.amax(3, keepdim=True) - 1, 2 * y / y.amax(2, keepdim=True) - 1], dim=1)


def _stage(channels: int, out: int, *, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels, out, kernel, stride=stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.GroupNorm(8, out), nn.ReLU())
