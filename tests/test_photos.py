"""Photos are found and read, whatever the file, or a sentence says why not."""

import io
import os
import struct
import sys
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from captioner import photos
from captioner.images import ImageSpec, pixels
from captioner.photos import Found, bare, find_below, find_photos, photo_facts, photo_size, read_photo, upright_rgb
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
        size = f" has 10000 x {pixels_ // 10_000} pixels, more than the 100 megapixels allowed"
        assert message == f"{size}; make it smaller"
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


def exif_block(*entries: tuple[int, int, int, bytes], tail: bytes = b"") -> bytes:
    """Exif as a file holds it: (tag, kind, length, four bytes of value), then what the entries point to."""
    packed = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + packed + b"\0\0\0\0" + tail


TURNED = (0x0112, 3, 1, b"\6\0\0\0")
BAD_METADATA = {
    "a rational of -1/0": exif_block(TURNED, (0x011A, 10, 1, b"\x26\0\0\0"), tail=b"\xff" * 4 + b"\0" * 4),
    "a text of 4 GB": exif_block(TURNED, (0x010E, 2, 0xFFFFFFFF, b"\x08\0\0\0")),
    "an unknown kind": exif_block((0x0100, 99, 1, b"abcd"), TURNED),
    "a place behind the end": exif_block(TURNED, (0x8769, 4, 1, b"\xff\xff\xff\x7f")),
    "more entries than there are": exif_block(TURNED).replace(b"\x08\0\0\0\1\0", b"\x08\0\0\0\xff\xff"),
    "a directory that is its own part": exif_block(TURNED, (0x8769, 4, 1, b"\x08\0\0\0")),
}


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", BAD_METADATA.values(), ids=BAD_METADATA)
def test_a_photo_is_turned_whatever_else_its_metadata_hold(exif, format_):
    kinds: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, "PNG": {}, "WEBP": {"lossless": True}}
    options = kinds[format_]
    photo = gradient().transpose(Image.Transpose.ROTATE_90)
    data = file_bytes(photo, format_, exif=b"Exif\0\0" + exif, **options)
    with warnings.catch_warnings(action="error"):
        assert difference(read_photo(data), gradient()) <= 12


@pytest.mark.parametrize("exif", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"nonsense", b"MM\0*" + b"\xff" * 90])
def test_metadata_that_cannot_be_read_turn_nothing(exif):
    data = file_bytes(gradient(), "PNG", exif=b"Exif\0\0" + exif)
    assert difference(read_photo(data), gradient()) == 0
    photo = gradient()
    photo.info["exif"] = b"Exif\0\0" + exif
    assert difference(upright_rgb(photo), gradient()) == 0


@pytest.mark.parametrize("exif", BAD_METADATA.values(), ids=BAD_METADATA)
def test_an_opened_photo_with_such_metadata_does_not_stop_either(exif):
    photo = gradient()
    photo.info["exif"] = b"Exif\0\0" + exif
    with warnings.catch_warnings(action="ignore"):
        upright = upright_rgb(photo)
        assert difference(upright_rgb(upright), upright) == 0, "turned twice"


def test_orientation_of_a_tiff_and_of_xmp():
    turned = gradient().transpose(Image.Transpose.ROTATE_90)
    assert difference(read_photo(file_bytes(turned, "TIFF", tiffinfo={274: 6})), gradient()) == 0
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6"/></x:xmpmeta>'
    for format_ in ("JPEG", "WEBP"):
        read = read_photo(file_bytes(turned, format_, xmp=xmp, quality=95))
        assert difference(read, gradient()) <= 20
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    chunk = struct.pack(">I", len(text)) + b"iTXt" + text + struct.pack(">I", zlib.crc32(b"iTXt" + text))
    data = file_bytes(turned, "PNG")
    assert difference(read_photo(data[:33] + chunk + data[33:]), gradient()) == 0


def test_a_png_with_a_profile_or_text_that_unpacks_to_a_gigabyte():
    bomb = b"k\0\0" + zlib.compress(b"\0" * 2_000_000, 9)
    data = file_bytes(gradient(), "PNG")
    for kind in (b"iCCP", b"zTXt"):
        chunk = struct.pack(">I", len(bomb)) + kind + bomb + struct.pack(">I", zlib.crc32(kind + bomb))
        assert difference(read_photo(data[:33] + 80 * chunk + data[33:]), gradient()) == 0


def test_a_bmp_whose_alpha_was_never_written_is_opaque():
    fields = struct.pack("<IiiHHIIiiII4I", 108, 40, 30, 1, 32, 3, 0, 0, 0, 0, 0, 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = b"BM" + struct.pack("<IHHI", 0, 0, 0, 122) + fields.ljust(108, b"\0")
    rows = gradient(40, 30).transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGBA")
    rows.putalpha(0)
    assert difference(read_photo(head + rows.tobytes("raw", "BGRA")), gradient(40, 30)) == 0
    rows.putpixel((0, 0), (0, 0, 0, 255))  # one pixel has some: then it is meant
    assert read_photo(head + rows.tobytes("raw", "BGRA")).getpixel((20, 15)) == (255, 255, 255)


@pytest.mark.parametrize(("bits", "format_"), [(8, "PNG"), (10, "PNG"), (12, "PNG"), (12, "TIFF"), (16, "PNG")])
def test_grey_of_fewer_bits_in_a_file_of_16_is_not_black(bits, format_):
    white = 2**bits - 1
    values = np.array([[0, white // 2, white]], np.uint16)
    read = np.asarray(read_photo(file_bytes(Image.fromarray(values), format_)))[0, :, 0]
    assert read.tolist() == [0, 127, 255]


def test_real_cases_of_the_same_kinds(shared):
    cases = shared / "cases"
    assert read_photo(cases / "A_exif" / "e_ratneg.jpg").size == (256, 256)
    plain = read_photo(cases / "F_folder" / "a.png")
    assert difference(read_photo(cases / "K_photo" / "bmp32zero.bmp"), plain) == 0
    grey, deep = (np.asarray(each.convert("L"), int) for each in (plain, read_photo(cases / "K_photo" / "g12in16.png")))
    assert np.abs(grey - deep).max() <= 2


def scans(side: int, count: int) -> bytes:
    """A progressive JPEG whose last scan stands there many times."""
    whole = file_bytes(Image.new("L", (side, side)), "JPEG", progressive=True)
    last = whole[whole.rfind(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]


def test_scans_are_counted_before_any_is_decoded(tmp_path):
    assert read_photo(scans(16, 400)).size == (16, 16)
    with pytest.raises(ValueError, match=r"^the photo has more than 500 scans, too much work for its 16 x 16 pixels"):
        read_photo(scans(16, 20_000))
    with pytest.raises(ValueError, match=r"has more than 250 scans, too much work for its 2000 x 2000 pixels"):
        read_photo(scans(2000, 300))
    with pytest.raises(ValueError, match="more than 500 scans"):
        photo_size(scans(16, 20_000))


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + b"\xff\xfe\0\2" * 200_000,
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXtabcd" * 200_000,
        b"RIFF\0\0\0\0WEBP" + b"EXIF\0\0\0\0" * 200_000,
        b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\0" * 200_000,
    ],
    ids=["JPEG", "PNG", "WebP", "GIF"],
)
def test_endless_parts_are_refused(data):
    with pytest.raises(ValueError, match="cut into more than 100,000 parts, which no camera writes"):
        read_photo(data)


def test_a_tiff_of_too_many_pieces_or_with_a_progressive_jpeg_is_refused():
    tiles = exif_block((256, 4, 1, b"\x10\0\0\0"), (324, 4, 5_000_000, b"\x08\0\0\0"))
    with pytest.raises(ValueError, match=r"is cut into 5,000,000 pieces \(tag 324\), more than 200,000"):
        read_photo(tiles)
    inside = file_bytes(gradient(), "TIFF", compression="jpeg") + scans(64, 1)
    with pytest.raises(ValueError, match="progressive JPEG inside"):
        read_photo(inside)


def test_a_large_run_length_bmp_is_refused():
    head = b"BM" + struct.pack("<IHHIIiiHHI", 0, 0, 0, 54, 40, 9999, 9999, 1, 8, 1)
    with pytest.raises(ValueError, match="is a run-length BMP of more than 8 MB; save it as PNG"):
        read_photo(head + b"\1\1" * 4_000_001)


def test_only_the_first_picture_is_left_of_a_file():
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in range(200)]
    for format_ in ("GIF", "PNG", "WEBP", "TIFF"):
        data = file_bytes(frames[0], format_, save_all=True, append_images=frames[1:])
        left = bare(data)
        assert left.kind == format_
        assert getattr(Image.open(io.BytesIO(left.data)), "n_frames", 1) == 1
    trailing = file_bytes(gradient(), "JPEG")
    assert len(bare(trailing + b"a film" * 1000).data) <= len(trailing)


def test_more_pixels_are_read_where_they_are_allowed():
    data = file_bytes(Image.new("L", (100, 100)), "PNG")
    assert read_photo(data, max_pixels=10_000).size == (100, 100)
    with pytest.raises(ValueError, match=r"than the 0\.009999 megapixels allowed; .* allow more with --max-pixels"):
        read_photo(data, max_pixels=9_999)
    with pytest.raises(ValueError, match="enough for more than the 1e-05 megapixels allowed"):
        read_photo(data + bytes(1_000_000), max_pixels=10)


@pytest.mark.parametrize("format_", ["PNG", "TIFF", "JPEG"])
def test_above_pillows_own_limits_nothing_is_said(format_, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with warnings.catch_warnings(action="error"):
        assert read_photo(file_bytes(gradient(), format_)).size == gradient().size
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere libtiff is sealed in Pillow")
def test_libtiff_itself_says_nothing(capfd):
    data = bytearray(file_bytes(gradient(), "TIFF", compression="tiff_lzw"))
    data[8:80] = b"\xff" * 72
    with pytest.raises(ValueError, match="damaged"):
        read_photo(bytes(data))
    assert capfd.readouterr().err == ""


def test_threads_leave_pillows_limit_as_it_was():
    limit, data = Image.MAX_IMAGE_PIXELS, file_bytes(gradient(), "JPEG")
    threads = [threading.Thread(target=lambda: [read_photo(data) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert limit == Image.MAX_IMAGE_PIXELS


def test_avif_is_read_where_pillow_can():
    if "AVIF" not in photos.FORMATS:
        pytest.skip("this Pillow has no AVIF")
    assert difference(read_photo(file_bytes(gradient(), "AVIF", quality=95)), gradient()) <= 20


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_facts_are_of_the_photo_as_it_is_seen(tmp_path, format_):
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2024:05:02 00:00:00"
    gradient().save(tmp_path / "changed", format_, exif=exif)
    width, height = gradient().size
    assert photo_facts(tmp_path / "changed") == (height, width, "2024-05-02T00:00:00")
    exif.get_ifd(0x8769)[0x9003] = "2024:05:01 10:11:12"
    gradient().save(tmp_path / "taken", format_, exif=exif)
    if format_ != "TIFF":  # Pillow writes no second directory there
        assert photo_facts(tmp_path / "taken").taken == "2024-05-01T10:11:12"
    gradient().save(tmp_path / "plain", format_)
    assert photo_facts(tmp_path / "plain") == (width, height, "")


@pytest.mark.timeout(20)
def test_pipes_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", Path("/dev/zero")):
        assert refusal(ValueError, path).startswith(" is a pipe, a socket or a device, and a file is needed")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    photos_ = ("b.JPG", "a.png", "sub/c.webp", "sub/d.jfif", "sub/e.jpe", "x[1].gif", "set [2020]/f.png")
    hidden = ("sub/._c.webp", ".ipynb_checkpoints/a-checkpoint.png", "sub/.cache/g.png")
    for name in (*photos_, *hidden, "notes.txt", "empty/nothing.txt", "h.mov", "i.MOV"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["b.JPG", "a.png", "b.JPG"], ["b.JPG", "a.png", "b.JPG"]),
        (["missing.jpg", "notes.txt"], ["missing.jpg", "notes.txt"]),
        (
            ["."],
            ["a.png", "b.JPG", "set [2020]/f.png", "sub/c.webp", "sub/d.jfif", "sub/e.jpe", "x[1].gif"],
        ),
        (["*"], ["a.png", "b.JPG", "x[1].gif"]),
        (["sub", "*.JPG"], ["sub/c.webp", "sub/d.jfif", "sub/e.jpe", "b.JPG"]),
        (["set [2020]/*.png"], ["set [2020]/f.png"]),
        ([".ipynb_checkpoints"], [".ipynb_checkpoints/a-checkpoint.png"]),
        (["**/*.webp"], ["sub/c.webp"]),
        (["x[1].gif"], ["x[1].gif"]),
        ([], []),
    ],
)
def test_find_photos(folder, arguments, found):
    assert [path.as_posix() for path in find_photos(arguments)] == found


def test_find_photos_by_absolute_pattern(folder):
    assert find_photos([f"{folder}/*.png"]) == [folder / "a.png"]


def test_files_that_are_passed_over_are_counted(folder, caplog):
    find_photos([".", "sub"])
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("passed over 4 files (2 .mov, 2 .txt); photos are found by the endings .jpg, ")
    caplog.clear()
    find_photos(["sub", "a.png", "notes.txt"])
    assert not caplog.records


def test_links_in_a_circle_and_folders_below_are_counted_or_left_out(folder, caplog):
    (folder / "sub/back").symlink_to(folder)
    (folder / "sub/link.png").symlink_to(folder / "a.png")
    found = find_below(["."])
    assert len(found) == len(set(found)) == 8
    assert Found(Path(), Path("sub/link.png")) in found
    assert "passed over 1 link, such as sub/back; name them too" in caplog.text
    caplog.clear()
    assert [each.path.name for each in find_below(["."], recursive=False, known={".mov", ".txt"})] == [
        "a.png",
        "b.JPG",
        "x[1].gif",
    ]
    assert not caplog.records
    assert find_photos(["**/*.webp"]) == [Path("sub/c.webp")]


@pytest.mark.parametrize("argument", ["*.bmp", "empty", "empty/*"])
def test_find_photos_that_gives_none(folder, argument):
    with pytest.raises(FileNotFoundError) as caught:
        find_photos(["a.png", argument])
    assert str(caught.value).startswith(f"{argument}: no photo found there (.jpg, ")
    assert ("it has 1 file (1 .txt)" in str(caught.value)) == ("empty" in argument)


@pytest.mark.real
def test_real_photos_are_read(shared):
    paths = find_photos([str(shared / "data" / "flickr8k" / "images" / "10*.jpg")])
    assert len(paths) > 20
    for path in paths[:20]:
        seen = pixels(read_photo(path, at_least=224), ImageSpec())
        assert seen.shape == (3, 224, 224)
        assert seen.std() > 0.3
