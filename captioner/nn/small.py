"""A little CNN to be trained from scratch on the made-up scenes."""

from jaxtyping import Float
from torch import Tensor, nn


class SmallCNN(nn.Module):
    """Four strided stages: 64 x 64 pixels become an 8 x 8 grid of 128 channels.

    Group normalisation needs no running statistics, so training and evaluation compute the same. The last stage looks
    only a little around each place, so that attention to a place is attention to what is there.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _stage(3, 32, stride=2), _stage(32, 64, stride=2), _stage(64, 128, stride=2), _stage(128, 128, stride=1)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(128, classes)

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b classes"]:
        """Class logits; captions use the grid before the pooling."""
        return self.classifier(self.avgpool(self.features(pixels)).flatten(1))


def _stage(channels: int, out: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out, 3, stride=stride, padding=1, bias=False), nn.GroupNorm(8, out), nn.ReLU()
    )
