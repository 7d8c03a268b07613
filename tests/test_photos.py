"""Photos are found and read, whatever the file, or a sentence says why not."""

import io
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from captioner import photos
from captioner.images import ImageSpec, pixels
from captioner.photos import find_photos, read_photo, upright_rgb
from tests.test_images import gradient


def file_bytes(photo: Image.Image, format_: str, **options: Any) -> bytes:
    file = io.BytesIO()
    photo.save(file, format_, **options)
    return file.getvalue()


def difference(photo: Image.Image, other: Image.Image) -> int:
    assert photo.mode == other.mode == "RGB"
    assert photo.size == other.size
    return int(np.abs(np.asarray(photo, int) - np.asarray(other, int)).max())


@pytest.mark.parametrize(
    ("format_", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95}, 12),
        ("MPO", {"quality": 95}, 12),
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("GIF", {}, 40),
    ],
)
def test_common_formats_are_read(tmp_path, format_, options, tolerance):
    path = tmp_path / "photo of me.bin"  # the content counts, not the ending
    gradient().save(path, format_, **options)
    assert difference(read_photo(path), gradient()) <= tolerance
    assert difference(read_photo(str(path)), read_photo(path.read_bytes())) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    # how a camera that was held so stores an upright scene: the inverse of what the viewer has to do
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = gradient() if stored is None else gradient().transpose(stored)
    read = read_photo(file_bytes(photo, "PNG", exif=exif))
    assert difference(read, gradient()) == 0
    assert difference(upright_rgb(read), gradient()) == 0, "turned twice"


def test_transparency_lies_over_white():
    photo = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    photo.putpixel((0, 0), (0, 0, 255, 255))
    photo.putpixel((1, 0), (0, 0, 0, 51))
    read = read_photo(file_bytes(photo, "PNG"))
    assert read.getpixel((0, 0)) == (0, 0, 255)
    assert read.getpixel((1, 0)) == (204, 204, 204)
    assert read.getpixel((3, 3)) == (255, 255, 255)
    grey = read_photo(file_bytes(Image.new("LA", (2, 2), (0, 51)), "PNG"))
    assert grey.getpixel((0, 0)) == (204, 204, 204)


@pytest.mark.parametrize("transparency", [0, bytes([0, 255])])
def test_transparent_palette_lies_over_white(transparency):
    photo = Image.new("P", (2, 1))
    photo.putpalette([255, 0, 0, 0, 0, 255])
    photo.putpixel((1, 0), 1)
    read = read_photo(file_bytes(photo, "PNG", transparency=transparency))
    assert read.getpixel((0, 0)) == (255, 255, 255)
    assert read.getpixel((1, 0)) == (0, 0, 255)


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(format_):
    values = np.array([[0, 257 * 100, 257 * 200, 65535]], np.uint16)
    read = read_photo(file_bytes(Image.fromarray(values), format_))
    assert np.asarray(read)[0].tolist() == [[level] * 3 for level in (0, 100, 200, 255)]


def test_16_bit_photo_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    values = np.array([[0, 65535]], np.uint16)
    read = read_photo(file_bytes(Image.fromarray(values), "PNG", exif=exif))
    assert np.asarray(read)[:, :, 0].tolist() == [[0], [255]]


@pytest.mark.parametrize(
    ("mode", "format_", "colour", "seen"),
    [
        ("1", "PNG", 1, (255, 255, 255)),
        ("L", "JPEG", 90, (90, 90, 90)),
        ("CMYK", "JPEG", (0, 255, 255, 0), (255, 0, 0)),
        ("CMYK", "TIFF", (0, 255, 255, 0), (255, 0, 0)),
        ("YCbCr", "JPEG", (150, 128, 128), (150, 150, 150)),
    ],
)
def test_other_colour_modes_become_rgb(mode, format_, colour, seen):
    read = read_photo(file_bytes(Image.new(mode, (8, 8), colour), format_))
    assert np.abs(np.array(read.getpixel((3, 3))) - seen).max() <= 2


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation(format_):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    options = {"lossless": True} if format_ == "WEBP" else {}
    data = file_bytes(frames[0], format_, save_all=True, append_images=frames[1:], **options)
    assert read_photo(data).getpixel((4, 4)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("size", "at_least", "expected"),
    [
        ((800, 600), None, (800, 600)),
        ((800, 600), 300, (400, 300)),
        ((800, 600), 301, (800, 600)),
        ((800, 600), 10, (100, 75)),
        ((600, 800), 150, (150, 200)),
        ((50, 40), 224, (50, 40)),
    ],
)
def test_large_jpeg_is_decoded_smaller_but_never_below_the_side_needed(size, at_least, expected):
    data = file_bytes(gradient(*size), "JPEG")
    assert read_photo(data, at_least=at_least).size == expected
    assert read_photo(file_bytes(gradient(*size), "PNG"), at_least=at_least).size == size


def test_smaller_decoding_minds_the_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_photo(file_bytes(gradient(800, 600), "JPEG", exif=exif), at_least=300).size == (300, 400)


def test_an_open_file_is_read_and_left_open(tmp_path):
    path = tmp_path / "photo.png"
    gradient().save(path)
    with path.open("rb") as file:
        assert difference(read_photo(file), gradient()) == 0
        assert not file.closed
        assert difference(read_photo(file), gradient()) == 0, "not rewound"


def test_errors_name_the_open_file_or_the_name_given(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"abc")
    with path.open("rb") as file, pytest.raises(ValueError, match=r"broken\.png is not a photo"):
        read_photo(file)
    with pytest.raises(ValueError, match=r"^upload 7 is not a photo"):
        read_photo(b"abc", name="upload 7")
    with pytest.raises(ValueError, match=r"^the photo is not a photo"):
        read_photo(b"abc")


def refusal(error: type[Exception], path: Path) -> str:
    """The message with which `path` is refused; nothing else may be said, and it must be one sentence."""
    with warnings.catch_warnings(action="error"), pytest.raises(error) as caught:
        read_photo(path)
    message = str(caught.value)
    assert type(caught.value) is error
    assert "\n" not in message
    assert message.startswith(str(path))
    return message.removeprefix(str(path))


def test_missing_file(tmp_path):
    assert refusal(FileNotFoundError, tmp_path / "no.jpg") == ": no such photo"


def test_folder(tmp_path):
    assert refusal(ValueError, tmp_path) == " is a folder, and a photo is needed"


def test_file_that_cannot_be_opened(tmp_path):
    (tmp_path / "file").touch()
    assert refusal(ValueError, tmp_path / "file" / "photo.jpg") == " cannot be opened: Not a directory"


def test_empty_file(tmp_path):
    (tmp_path / "empty.jpg").touch()
    assert refusal(ValueError, tmp_path / "empty.jpg") == " is empty"


@pytest.mark.parametrize("content", [b"GIF89a", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>", b"\xff\xd8\xff", b"\0" * 100])
def test_file_that_is_no_photo(tmp_path, content):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    assert refusal(ValueError, path).startswith(" is not a photo that can be read (JPEG, ")


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF"])
def test_truncated_file(tmp_path, format_):
    path = tmp_path / "half"
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    whole = file_bytes(noise, format_)
    path.write_bytes(whole[: len(whole) // 2])
    message = refusal(ValueError, path)
    # TIFF and WebP keep their directory at the end
    assert message.startswith((" is damaged: ", " is not a photo") if format_ in ("TIFF", "WEBP") else " is damaged: ")


@pytest.mark.parametrize("pixels_", [95_000_000, 100_000_000, 150_000_000, 400_000_000])
def test_decompression_bomb_is_refused_by_its_header(tmp_path, monkeypatch, pixels_):
    path = tmp_path / "bomb.png"
    small = file_bytes(Image.new("1", (10, 10)), "PNG")
    header = b"IHDR" + (10_000).to_bytes(4) + (pixels_ // 10_000).to_bytes(4) + small[24:29]
    path.write_bytes(small[:12] + header + zlib.crc32(header).to_bytes(4) + small[33:])
    limit = Image.MAX_IMAGE_PIXELS
    message = refusal(ValueError, path)
    if pixels_ > photos.MAX_PIXELS:
        assert message == f" has 10000 x {pixels_ // 10_000} pixels, more than the 100 megapixels allowed"
    else:
        assert message.startswith(" is damaged")  # allowed, and decoded: only the header was large
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("values", [np.ones((2, 2), np.float32), np.full((2, 2), 70_000, np.int32)])
def test_numbers_without_a_known_white(tmp_path, values):
    path = tmp_path / "heights.tif"
    Image.fromarray(values).save(path)
    assert refusal(ValueError, path) == (
        ": its numbers are floating-point or of more than 16 bits; save it with 8 or 16 bits"
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("b.JPG", "a.png", "notes.txt", "sub/c.webp", "sub/._c.webp", "x[1].gif", "empty/nothing.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["b.JPG", "a.png", "b.JPG"], ["b.JPG", "a.png", "b.JPG"]),
        (["missing.jpg", "notes.txt"], ["missing.jpg", "notes.txt"]),
        (["."], ["a.png", "b.JPG", "sub/c.webp", "x[1].gif"]),
        (["*"], ["a.png", "b.JPG", "x[1].gif"]),
        (["sub", "*.JPG"], ["sub/c.webp", "b.JPG"]),
        (["**/*.webp"], ["sub/c.webp"]),
        (["x[1].gif"], ["x[1].gif"]),
        ([], []),
    ],
)
def test_find_photos(folder, arguments, found):
    assert [path.as_posix() for path in find_photos(arguments)] == found


def test_find_photos_by_absolute_pattern(folder):
    assert find_photos([f"{folder}/*.png"]) == [folder / "a.png"]


@pytest.mark.parametrize("argument", ["*.bmp", "empty", "empty/*"])
def test_find_photos_that_gives_none(folder, argument):
    with pytest.raises(FileNotFoundError) as caught:
        find_photos(["a.png", argument])
    assert str(caught.value).startswith(f"{argument}: no photo found there (.jpg, ")


@pytest.mark.real
def test_real_photos_are_read(shared):
    paths = find_photos([str(shared / "data" / "flickr8k" / "images" / "10*.jpg")])
    assert len(paths) > 20
    for path in paths[:20]:
        seen = pixels(read_photo(path, at_least=224), ImageSpec())
        assert seen.shape == (3, 224, 224)
        assert seen.std() > 0.3
