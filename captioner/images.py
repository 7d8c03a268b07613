"""Photos in: finding them, a reader that is safe with any file, and the transforms that travel with a model."""

import glob
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, get_args

import numpy as np
from PIL import ExifTags, Image, ImageOps

if TYPE_CHECKING:
    from torch import Tensor

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff")
# Pillow knows many more, among them some that start other programs; photos come as these.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 100_000_000

Resize = Literal["squash", "crop", "pad"]
Interpolation = Literal["bilinear", "bicubic"]
Three = tuple[float, float, float]
RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

_opening = Lock()


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
    """

    size: int = 224
    mean: Three = (0.485, 0.456, 0.406)
    std: Three = (0.229, 0.224, 0.225)
    resize: Resize = "squash"
    interpolation: Interpolation = "bilinear"

    def __post_init__(self) -> None:
        if type(self.size) is not int or self.size < 1:
            raise ValueError(f"image size must be a whole number of pixels from 1, not {self.size!r}")
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
        ):
            if given not in allowed:
                raise ValueError(f"image {name} must be one of {', '.join(allowed)}, not {given!r}")

    def to_dict(self) -> dict[str, Any]:
        """The spec as JSON values."""
        return asdict(self) | {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImageSpec":
        """The spec that `to_dict` wrote.

        Raises:
            ValueError: a value is missing, unknown or impossible.
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise ValueError(
                f"an image spec has the values {', '.join(sorted(names))}, "
                f"but these were given: {', '.join(sorted(map(str, values))) or 'none'}"
            )
        return cls(**values)

    def region(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of a photo that the square shows: (left, top, right, bottom) in photo pixels.

        With `pad` it is larger than the photo, so left or top may be negative.
        """
        if self.resize == "squash":
            return 0.0, 0.0, float(width), float(height)
        side = min(width, height) if self.resize == "crop" else max(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        return left, top, left + side, top + side


def read_photo(
    source: Path | str | bytes | BinaryIO, *, at_least: int | None = None, name: str | None = None
) -> Image.Image:
    """Reads a photo from any file, upright and in RGB.

    EXIF orientation is applied, transparency is laid over white, 16 bits are scaled to 8, and of an animation the
    first frame is taken.

    Args:
        source: a path, the bytes of a file, or an open binary file that can be rewound (it is left open).
        at_least: a JPEG may be decoded at a half, a quarter or an eighth of its size, much faster, as long as its
            shorter side keeps this many pixels. None decodes it whole.
        name: what errors call the photo; the path or the file's own name by default.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a photo, damaged, empty, a folder, or of more than `MAX_PIXELS` pixels.
    """
    assert at_least is None or at_least > 0
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), name or "the photo", at_least)
    if not isinstance(source, Path | str):
        return _decode(source, name or str(getattr(source, "name", "the photo")), at_least)
    name = name or str(source)
    try:
        with Path(source).open("rb") as file:
            return _decode(file, name, at_least)
    except FileNotFoundError:
        raise FileNotFoundError(f"{name}: no such photo") from None
    except IsADirectoryError:
        raise ValueError(f"{name} is a folder, and a photo is needed") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be opened: {error.strerror or error}") from None


def photo_size(data: bytes) -> tuple[int, int]:
    """Width and height of a photo as its header tells them; nothing is decoded.

    Raises:
        ValueError: it is not a photo.
    """
    try:
        with _open(io.BytesIO(data)) as photo:
            return photo.size
    except Exception as error:  # as in `_decode`
        raise ValueError(f"this is not a photo that can be read ({', '.join(FORMATS)})") from error


def _decode(file: BinaryIO, name: str, at_least: int | None) -> Image.Image:
    if not file.read(1):
        raise ValueError(f"{name} is empty")
    try:
        photo = _open(file)
    except Exception as error:  # Pillow's readers raise their own types for every kind of damage
        raise ValueError(f"{name} is not a photo that can be read ({', '.join(FORMATS)})") from error
    if photo.width * photo.height > MAX_PIXELS:
        raise ValueError(
            f"{name} has {photo.width} x {photo.height} pixels, more than the {MAX_PIXELS / 1e6:.0f} megapixels allowed"
        )
    try:
        if at_least:
            photo.draft(None, (at_least, at_least))
        photo.load()
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{name} is damaged: {reason}") from error
    try:
        return upright_rgb(photo)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _open(file: BinaryIO) -> Image.Image:
    """Reads the header only, without Pillow's own check of the size: it warns where a limit is meant."""
    file.seek(0)
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file, formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def upright_rgb(photo: Image.Image) -> Image.Image:
    """Any Pillow image as RGB, turned as its EXIF says, transparency over white.

    Raises:
        ValueError: its numbers are floating-point or of more than 16 bits, so that white is unknown.
    """
    if photo.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        photo = ImageOps.exif_transpose(photo)
    if photo.mode in ("I", "F") or photo.mode.startswith("I;16"):
        values = np.asarray(photo)
        if photo.mode == "F" or values.min() < 0 or values.max() > 0xFFFF:
            raise ValueError("its numbers are floating-point or of more than 16 bits; save it with 8 or 16 bits")
        photo = Image.fromarray((values // 257).astype(np.uint8))  # 65535 / 257 = 255
    if photo.has_transparency_data:
        photo = photo.convert("RGBA")
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo)
    return photo if photo.mode == "RGB" else photo.convert("RGB")


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


def find_photos(arguments: Iterable[str]) -> list[Path]:
    """Turns what a user typed into photo paths, in the order given.

    A folder gives the photos in it and below it, a pattern (`trip/*.jpg`, `**/*.png`) those that match it, both
    sorted, by the endings of `IMAGE_SUFFIXES`. Any other name is passed on, whether it exists or not, so that one
    missing photo does not stop the others.

    Raises:
        FileNotFoundError: a folder or a pattern gives no photo.
    """
    photos: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            found = [each for each in path.rglob("*") if not each.name.startswith(".")]
        elif glob.has_magic(argument) and not path.exists():
            found = [Path(each) for each in glob.glob(argument, recursive=True)]  # noqa: PTH207 (takes absolute patterns)
        else:
            photos.append(path)
            continue
        found = sorted(each for each in found if each.suffix.lower() in IMAGE_SUFFIXES and each.is_file())
        if not found:
            raise FileNotFoundError(f"{argument}: no photo found there ({', '.join(IMAGE_SUFFIXES)})")
        photos += found
    return photos
