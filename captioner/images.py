"""The square that a network sees: the transforms of photos, which travel with a model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from PIL import Image

from captioner.ranges import Range, check_ranges

if TYPE_CHECKING:
    from torch import Tensor

Resize = Literal["squash", "crop", "pad"]
Interpolation = Literal["bilinear", "bicubic"]
Three = tuple[float, float, float]
OF_CLIPS = {"frames", "chosen"}
RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

MOST_FRAMES = 64
"""Instants at which a model may see a clip."""
LARGEST = 2048
"""Side in pixels of what a model from a file sees; a larger square would take gigabytes a batch."""


@dataclass(frozen=True)
class ImageSpec:
    """How a photo becomes the square that a network sees; part of every model.

    Attributes:
        size: side of the square in pixels.
        mean: subtracted from red, green and blue, which lie in 0..1 (ImageNet's by default).
        std: then divided by.
        resize: `squash` squeezes the whole photo into the square; `crop` cuts the largest centred square;
            `pad` shows the whole photo in its own shape, with the mean colour beside it.
        interpolation: the filter; both are antialiased.
        frames: at how many instants, evenly over its time, a clip is seen; 1 is a model of photos. A photo shows the
            same at all of them, so it is a clip that stands still.
        chosen: which frames of a video these are: `even` in time, or so that equally much `change`s between them.
    """

    size: int = 224
    mean: Three = (0.485, 0.456, 0.406)
    std: Three = (0.229, 0.224, 0.225)
    resize: Resize = "squash"
    interpolation: Interpolation = "bilinear"
    frames: int = 1
    chosen: Literal["even", "change"] = "even"

    def __post_init__(self) -> None:
        whole = {"size": Range(1, 10_000, whole=True), "frames": Range(1, MOST_FRAMES, whole=True)}
        check_ranges(vars(self), whole, of="image ")
        for name, three in (("mean", self.mean), ("std", self.std)):
            numbers = isinstance(three, list | tuple) and all(
                type(x) in (int, float) and math.isfinite(x) for x in three
            )
            if not numbers or len(three) != 3:
                raise ValueError(f"image {name} must be three numbers (red, green, blue in 0..1), not {three!r}")
            object.__setattr__(self, name, tuple(float(x) for x in three))
        if min(self.std) <= 0:
            raise ValueError(f"image std must be above 0, not {self.std}")
        for name, given, allowed in (
            ("resize", self.resize, get_args(Resize)),
            ("interpolation", self.interpolation, get_args(Interpolation)),
            ("chosen", self.chosen, ("even", "change")),
        ):
            if given not in allowed:
                raise ValueError(f"image {name} must be one of {', '.join(allowed)}, not {given!r}")

    def to_dict(self) -> dict[str, Any]:
        """The spec as JSON values; a model of photos says nothing of clips."""
        values = asdict(self) | {"mean": list(self.mean), "std": list(self.std)}
        return {name: value for name, value in values.items() if name not in OF_CLIPS or self.frames > 1}

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the pixels that a network sees: (3,y,x), or (f,3,y,x) of a clip."""
        return (*[self.frames] * (self.frames > 1), 3, self.size, self.size)

    @property
    def still(self) -> "ImageSpec":
        """The same for one frame."""
        return replace(self, frames=1, chosen="even")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImageSpec":
        """The spec that `to_dict` wrote.

        Raises:
            ValueError: a value is missing, unknown or impossible.
        """
        names = {field.name for field in fields(cls)}
        if not names - OF_CLIPS <= set(values) <= names:
            raise ValueError(
                f"an image spec has the values {', '.join(sorted(names - OF_CLIPS))}, "
                f"but these were given: {', '.join(sorted(map(str, values))) or 'none'}"
            )
        spec = cls(**values)
        if spec.size > LARGEST:
            raise ValueError(f"image size is {spec.size}, but models see at most {LARGEST} x {LARGEST} pixels")
        if max(map(abs, spec.mean)) > 1000 or not 1e-3 < min(spec.std) <= max(spec.std) < 1000:
            raise ValueError(f"image mean {spec.mean} and std {spec.std} are of no use for colours in 0..1")
        return spec

    def region(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of a photo that the square shows: (left, top, right, bottom) in photo pixels.

        With `pad` it is larger than the photo, so left or top may be negative.
        """
        if self.resize == "squash":
            return 0.0, 0.0, float(width), float(height)
        side = min(width, height) if self.resize == "crop" else max(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        return left, top, left + side, top + side


def square(photo: Image.Image, spec: ImageSpec) -> Image.Image:
    """The square that the network sees, as an image of `spec.size` x `spec.size` pixels."""
    filter_ = RESAMPLING[spec.interpolation]
    whole = (spec.size, spec.size)
    if spec.resize != "pad":
        if photo.size == whole:
            return photo
        return photo.resize(whole, filter_, box=spec.region(*photo.size), reducing_gap=3.0)
    scale = spec.size / max(photo.size)
    inner = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    red, green, blue = (round(255 * x) for x in spec.mean)
    canvas = Image.new("RGB", whole, (red, green, blue))
    corner = ((spec.size - inner[0]) // 2, (spec.size - inner[1]) // 2)
    canvas.paste(photo.resize(inner, filter_, reducing_gap=3.0), corner)
    return canvas


def pixels(photo: Image.Image, spec: ImageSpec) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """The transform for everything but training: an RGB photo as normalised float32 (3,y,x), y = x = `spec.size`."""
    std = np.array(spec.std, np.float32)[:, None, None]
    mean = np.array(spec.mean, np.float32)[:, None, None]
    out = np.empty((3, spec.size, spec.size), np.float32)
    np.multiply(np.asarray(square(photo, spec)).transpose(2, 0, 1), 1 / (255 * std), out=out)
    out -= mean / std
    return out


def seen_pixels(frames: Sequence[Image.Image], spec: ImageSpec) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What a network sees of a clip, or of a photo, which is a clip that stands still.

    Args:
        frames: RGB, what is shown at each of the `spec.frames` instants.
        spec: the transform.

    Returns:
        (3,y,x) for a model of photos, else (f,3,y,x).
    """
    assert len(frames) == spec.frames, "there is a frame for each instant"
    each = {id(frame): pixels(frame, spec) for frame in {id(frame): frame for frame in frames}.values()}
    return each[id(frames[0])] if spec.frames == 1 else np.stack([each[id(frame)] for frame in frames])


class TrainTransform:
    """The transform for training: a random part of the square, perhaps mirrored, its colours shaken a little.

    Randomness is torch's own, so `seed_everything` and the data loader's workers govern it. It can be pickled.

    Args:
        spec: what the network sees.
        flip: probability of mirroring left and right (captions that say "left" then lie).
        scale: smallest and largest share of the square's area that is kept.
        colour: how far brightness, contrast and saturation may go, as a fraction; 0 leaves them.
    """

    def __init__(
        self, spec: ImageSpec, *, flip: float = 0.5, scale: tuple[float, float] = (0.8, 1.0), colour: float = 0.1
    ) -> None:
        from torch import float32
        from torchvision.transforms import InterpolationMode, v2

        # the smallest part that may be cut still has a pixel for each pixel of the result
        self.before = replace(spec, size=math.ceil(spec.size / math.sqrt(scale[0])))
        self.transform = v2.Compose(
            [
                v2.PILToTensor(),
                v2.RandomResizedCrop(
                    spec.size, scale, ratio=(0.9, 1 / 0.9), interpolation=InterpolationMode(spec.interpolation)
                ),
                v2.RandomHorizontalFlip(flip),
                v2.ColorJitter(brightness=colour, contrast=colour, saturation=colour),
                v2.ToDtype(float32, scale=True),
                v2.Normalize(spec.mean, spec.std),
            ]
        )

    def __call__(self, photo: Image.Image) -> "Tensor":
        """An RGB photo as a float32 tensor (3,y,x), y = x = `spec.size`."""
        return self.transform(square(photo, self.before))
