"""A little CNN for the made-up scenes, and the task by which it first learns what there is to see.

Real captioners stand on an encoder that was trained to classify photos. So does this one: `ObjectNamer` learns from the
names of a picture's objects alone, without their places, by the largest score over all places (Oquab et al. 2015, "Is
object localization for free?", CVPR), and so finds out where they are as well.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

LOCAL, WIDE = 96, 48


class SmallCNN(nn.Module):
    """64 x 64 pixels become an 8 x 8 grid of 96 + 48 channels.

    Two stages see what is at a place: its own 8 pixels and 5 on each side, no more, so that attention to a place is
    attention to what is there; even kernels put what it sees around its middle. The first takes steps of four pixels,
    since at full size nothing but time would be lost. The third, `Surroundings`, adds what lies around, and where.
    The channels of each place are normalised by themselves. Group normalisation, whose statistics are the picture's,
    told an empty corner how many things there are (a linear probe explained 80 % of it), and networks learned to look
    there instead of at the things.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _stage(3, 48, kernel=6, stride=4),
            _stage(48, LOCAL, kernel=4, stride=2),
            Surroundings(LOCAL, WIDE),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(LOCAL + WIDE, classes)

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b classes"]:
        """Class logits; captions use the grid before the pooling."""
        return self.classifier(self.avgpool(self.features(pixels)).flatten(1))


class ObjectNamer(nn.Module):
    """Tells which kinds of objects a picture shows: the largest score of each kind over all places.

    Args:
        kinds: how many there are.
    """

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.cnn = SmallCNN()
        self.scores = nn.Conv2d(LOCAL, kinds, 1, bias=False)
        self.bias = nn.Parameter(torch.full((kinds,), -3.0))  # most kinds are absent from most pictures

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b kinds"]:
        """A logit for each kind."""
        return self.scores(self.cnn.features[:2](pixels)).amax(dim=(2, 3)) + self.bias


class Surroundings(nn.Module):
    """Adds channels that see the neighbouring places, and are told where they lie (Liu et al. 2018, arXiv:1807.03247).

    Without the latter no average over places, with which the recurrent network begins, could tell left from right.
    """

    def __init__(self, channels: int, more: int) -> None:
        super().__init__()
        self.coordinates = Coordinates()
        self.stage = _stage(channels + 2, more, kernel=3, stride=1)

    def forward(self, maps: Float[Tensor, "b c y x"]) -> Float[Tensor, "b c+m y x"]:
        """Maps with these channels behind their own."""
        return torch.cat([maps, self.stage(self.coordinates(maps))], dim=1)


class Coordinates(nn.Module):
    """Adds two channels, how far to the right and how far down the middle of each place lies, within -1 to 1."""

    def forward(self, maps: Float[Tensor, "b c y x"]) -> Float[Tensor, "b c+2 y x"]:
        """Maps with these channels behind their own."""
        one = torch.ones_like(maps[:, :1])
        x, y = 2 * one.cumsum(3) - one, 2 * one.cumsum(2) - one
        return torch.cat([maps, x / one.sum(3, keepdim=True) - 1, y / one.sum(2, keepdim=True) - 1], dim=1)


class PlaceNorm(nn.Module):
    """Layer normalisation of the channels of each place, as in ConvNeXt (Liu et al. 2022, arXiv:2201.03545)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, maps: Float[Tensor, "b c y x"]) -> Float[Tensor, "b c y x"]:
        """Maps with mean 0 and variance 1 at each place, before the learned scale and shift."""
        return self.norm(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _stage(channels: int, out: int, *, kernel: int, stride: int) -> nn.Sequential:
    """A convolution whose place i looks about the middle of its own `stride` pixels."""
    convolution = nn.Conv2d(channels, out, kernel, stride=stride, padding=(kernel - stride) // 2, bias=False)
    return nn.Sequential(convolution, PlaceNorm(out), nn.ReLU())
