"""Any Pillow image upright and in RGB, whatever its numbers are."""

import numpy as np
from PIL import ExifTags, Image

BAND = 512  # rows that are laid over white at once
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright_rgb(photo: Image.Image) -> Image.Image:
    """Any Pillow image as RGB, turned as its metadata says, transparency over white.

    Raises:
        ValueError: its numbers are floating-point or of more than 16 bits, so that white is unknown.
    """
    return rgb(turned(photo, told_orientation(photo)))


def told_orientation(photo: Image.Image) -> int:
    """What the metadata of an opened image say; 1, which is upright, where they cannot be read."""
    try:
        return photo.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Pillow's readers raise their own types for every kind of damage
        return 1


def turned(photo: Image.Image, orientation: int) -> Image.Image:
    """The photo as it is to be seen; an orientation that Exif does not know turns nothing."""
    if orientation not in TURNS:
        return photo
    upright = photo.transpose(TURNS[orientation])
    for told in ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"):
        upright.info.pop(told, None)  # it holds no more
    return upright


def rgb(photo: Image.Image) -> Image.Image:
    """Any Pillow image as RGB, transparency over white; errors as in `upright_rgb`."""
    if photo.mode in ("I", "F") or photo.mode.startswith("I;16"):
        photo = Image.fromarray(_eight_bits(np.asarray(photo)))
    if not photo.has_transparency_data:
        return photo if photo.mode == "RGB" else photo.convert("RGB")
    whole = Image.new("RGB", photo.size)
    for top in range(0, photo.height, BAND):  # so that a large photo is not there four times
        band = photo.crop((0, top, photo.width, min(top + BAND, photo.height))).convert("RGBA")
        whole.paste(Image.alpha_composite(Image.new("RGBA", band.size, "white"), band).convert("RGB"), (0, top))
    return whole


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Grey of 16 bits in 8; where all of it fits into 8, 10 or 12 bits, a camera of so many bits wrote it."""
    most = int(values.max())
    if values.dtype.kind == "f" or values.min() < 0 or most > 0xFFFF:
        raise ValueError("its numbers are floating-point or of more than 16 bits; save it with 8 or 16 bits")
    white = next(white for white in (0xFF, 0x3FF, 0xFFF, 0xFFFF) if most <= white)
    # 65535 / 257 = 255
    return (values // 257 if white == 0xFFFF else values.astype(np.uint32) * 255 // white).astype(np.uint8)
