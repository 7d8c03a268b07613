"""HEIF, the JPEGs inside RAW files, large JPEGs, and what is known but not read. The RAW files are made up here."""

import struct

import numpy as np
import pytest
from PIL import Image

from captioner.photos import find_photos, heif, photo_facts, raw, read_photo, reading
from tests.test_images import gradient
from tests.test_photos import difference, file_bytes

SMALL, LARGE = (file_bytes(gradient().resize(size), "JPEG", quality=95) for size in ((8, 6), (40, 30)))
LOSSLESS = b"\xff\xd8\xff\xc3" + LARGE[4:] * 4  # as a sensor's data are packed
MAKE, TAKEN = b"Camera\0", b"2024:05:01 10:11:12\0"


@pytest.fixture(scope="module")
def heic(tmp_path_factory):
    """A photo of a telephone that was held on its side."""
    plugin = pytest.importorskip("pillow_heif", reason="needs pillow-heif: pip install 'captioner[formats]'")
    if not plugin.libheif_info()["encoders"]:
        pytest.skip("this libheif cannot write HEIF")
    heif.open_door()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = TAKEN[:-1].decode()
    path = tmp_path_factory.mktemp("heic") / "photo.HEIC"
    gradient().transpose(Image.Transpose.ROTATE_90).save(path, "HEIF", quality=95, exif=exif.tobytes())
    return path


def test_heif_is_read_upright(heic):
    assert difference(read_photo(heic), gradient()) <= 20
    assert difference(read_photo(heic, at_least=16), gradient()) <= 20
    assert photo_facts(heic) == (*gradient().size, "2024-05-01T10:11:12")
    assert find_photos([str(heic.parent)]) == [heic]


def test_heif_is_measured_before_it_is_decoded(heic):
    with pytest.raises(ValueError, match=r"pixels, more than the 0.0001 megapixels allowed"):
        read_photo(heic, max_pixels=100)
    data = heic.read_bytes()
    place = data.index(b"ispe") + 8
    with pytest.raises(ValueError, match="65536 x 65536 pixels, more than"):
        read_photo(data[:place] + struct.pack(">II", 65536, 65536) + data[place + 8 :])
    place = data.index(b"iinf") + 8
    with pytest.raises(ValueError, match="more than 10,000 tiles"):
        read_photo(data[:place] + b"\xff\xff" + data[place + 2 :])
    with pytest.raises(ValueError, match="more than 100,000 boxes"):
        read_photo(data + b"\0\0\0\x08free" * 100_000)


def test_damaged_heif_is_one_sentence(heic):
    data = heic.read_bytes()
    for damaged in (data[:-200], data[:60], data.replace(b"hvcC", b"hvcX")):
        with pytest.raises(ValueError, match=r"^the photo (is damaged: .|is not a photo)"):
            read_photo(damaged)


def test_heif_without_its_library_is_named_with_the_remedy(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(reading, "HAS_HEIF", False)
    with pytest.raises(ValueError, match=r"is a HEIF \(HEIC\): pip install 'captioner\[formats\]' reads it"):
        read_photo(b"\0\0\0\x18ftypheic" + bytes(100))
    monkeypatch.setattr("captioner.photos.finding.HAS_HEIF", False)
    monkeypatch.setattr("captioner.photos.finding.IMAGE_SUFFIXES", (".jpg",))
    for name in ("a.jpg", "b.heic"):
        (tmp_path / name).touch()
    find_photos([str(tmp_path)])
    assert caplog.messages[0].endswith("pip install 'captioner[formats]' reads HEIC")


class Maker:
    """Lays out a TIFF: directories with entries, and what lies behind them."""

    def __init__(self, order: str, head: bytes) -> None:
        self.order, self.data = order, bytearray(head + bytes(4))
        self.at = len(head)

    def put(self, content: bytes) -> int:
        place = len(self.data)
        self.data += content
        return place

    def directory(self, *entries: tuple[int, int, int, int]) -> int:
        """(tag, kind, length, value), with a place for the next directory."""
        body = b"".join(
            struct.pack(f"{self.order}HHI", *entry[:3])
            + struct.pack(
                f"{self.order}{'HH' if entry[1] == 3 else 'I'}", *((entry[3], 0) if entry[1] == 3 else entry[3:])
            )
            for entry in entries
        )
        return self.put(struct.pack(f"{self.order}H", len(entries)) + body + bytes(4))

    def first(self, place: int) -> None:
        self.data[self.at : self.at + 4] = struct.pack(f"{self.order}I", place)

    def after(self, directory: int, entries: int, place: int) -> None:
        end = directory + 2 + 12 * entries
        self.data[end : end + 4] = struct.pack(f"{self.order}I", place)


def jpeg(maker: Maker, data: bytes) -> tuple[tuple[int, int, int, int], ...]:
    return (513, 4, 1, maker.put(data)), (514, 4, 1, len(data))


def strip(maker: Maker, data: bytes, compression: int) -> tuple[tuple[int, int, int, int], ...]:
    return (259, 3, 1, compression), (273, 4, 1, maker.put(data)), (279, 4, 1, len(data))


def cr2() -> bytes:
    """Canon: the large JPEG is a strip of the first directory, the sensor's data of a later one."""
    maker = Maker("<", b"II*\0")
    maker.data += b"CR\2\0"
    entries = (*strip(maker, LARGE, 6), (271, 2, 7, maker.put(MAKE)), (274, 3, 1, 6))
    first = maker.directory(*entries)
    maker.first(first)
    maker.after(first, len(entries), maker.directory(*strip(maker, LOSSLESS, 6)))
    return bytes(maker.data)


def nef() -> bytes:
    """Nikon: a thumbnail without packing, and directories below for the JPEG and the sensor."""
    maker = Maker(">", b"MM\0*")
    inner = [maker.directory(*jpeg(maker, LARGE)), maker.directory(*strip(maker, LOSSLESS, 34713))]
    below = maker.put(struct.pack(">II", *inner))
    camera = maker.directory((36867, 2, 20, maker.put(TAKEN)))
    thumbnail = ((254, 4, 1, 1), (256, 4, 1, 8), (257, 4, 1, 6), *strip(maker, bytes(144), 1))
    about = ((271, 2, 7, maker.put(MAKE)), (274, 3, 1, 6), (330, 4, 2, below), (34665, 4, 1, camera))
    maker.first(maker.directory(*thumbnail, *about))
    return bytes(maker.data)


def dng() -> bytes:
    """Adobe: previews below, and the sensor's data as a JPEG without loss."""
    maker = Maker("<", b"II*\0")
    below = maker.directory(*strip(maker, LARGE, 7))
    entries = (*strip(maker, LOSSLESS, 7), (274, 3, 1, 6), (330, 4, 1, below), (50706, 1, 4, 0x401))
    maker.first(maker.directory(*entries))
    return bytes(maker.data)


def arw() -> bytes:
    """Sony: a preview in the first directory, a thumbnail in the next."""
    maker = Maker("<", b"II*\0")
    entries = ((254, 4, 1, 1), *jpeg(maker, LARGE), (271, 2, 7, maker.put(MAKE)), (274, 3, 1, 6))
    first = maker.directory(*entries)
    maker.first(first)
    maker.after(first, len(entries), maker.directory(*jpeg(maker, SMALL)))
    return bytes(maker.data)


def rw2() -> bytes:
    """Panasonic: an entry that is the JPEG."""
    maker = Maker("<", b"IIU\0")
    maker.first(maker.directory((46, 7, len(LARGE), maker.put(LARGE)), (274, 3, 1, 6)))
    return bytes(maker.data)


def raf() -> bytes:
    """Fujifilm: place and length at the head; the JPEG tells how it is turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    inside = file_bytes(gradient().resize((40, 30)), "JPEG", quality=95, exif=exif)
    return b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + struct.pack(">II", 92, len(inside)) + inside + bytes(100)


KINDS = {"cr2": cr2, "nef": nef, "dng": dng, "arw": arw, "rw2": rw2, "raf": raf}


@pytest.mark.parametrize("kind", KINDS)
def test_the_large_jpeg_inside_a_raw_file_is_read_and_turned(tmp_path, kind):
    path = tmp_path / f"photo.{kind}"
    path.write_bytes(KINDS[kind]())
    upright = read_photo(LARGE).transpose(Image.Transpose.ROTATE_270)
    assert difference(read_photo(path), upright) == 0
    taken = "2024-05-01T10:11:12" if kind == "nef" else ""
    assert photo_facts(path) == (30, 40, taken)
    assert find_photos([str(tmp_path)]) == [path]


def test_a_raw_file_beside_its_jpeg_is_the_same_picture(tmp_path, caplog):
    for name in ("a.cr2", "a.jpg", "b.cr2"):
        (tmp_path / name).touch()
    assert [path.name for path in find_photos([str(tmp_path)])] == ["a.jpg", "b.cr2"]
    assert "passed over 1 RAW file, whose picture stands beside it" in caplog.text


def test_a_raw_file_without_a_picture_is_one_sentence():
    for data in (
        nef().replace(LARGE[:3], b"xxx"),
        raw.RAF,
        raw.RW2,
        dng()[:40],
        b"FUJIFILMCCD-RAW ".ljust(92, b"\xff"),
    ):
        with pytest.raises(
            ValueError, match=r"^the photo is (a RAW file without a JPEG that can|not a photo that can)"
        ):
            read_photo(data)


def test_directories_in_a_circle_end():
    maker = Maker("<", b"II*\0")
    place = maker.directory((254, 4, 1, 1), (271, 2, 7, 0), (330, 4, 1, 8))
    maker.first(place)
    maker.after(place, 3, place)
    with pytest.raises(ValueError, match="without a JPEG"):
        read_photo(bytes(maker.data))


def test_a_photo_of_a_scanner_is_no_raw_file():
    photo = file_bytes(gradient(), "TIFF", tiffinfo={271: "Scanner", 254: 0})
    assert difference(read_photo(photo), gradient()) == 0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xff\x0a" + bytes(50), "is a JPEG XL, which is not read; `djxl` makes"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50), "is a JPEG XL, which is not read; `djxl` makes"),
        (b"\0\0\0\x18ftypcrx " + bytes(50), "is a Canon CR3"),
        (b"IIRO" + bytes(50), "is an Olympus ORF"),
        (b"%PDF-1.7", "is a PDF and no photo"),
        (b"8BPS" + bytes(50), "is a file of Photoshop"),
    ],
)
def test_what_is_known_but_not_read_is_named_with_a_remedy(data, sentence):
    with pytest.raises(ValueError, match=f"^the photo {sentence}"):
        read_photo(data)


def test_a_large_jpeg_is_read_at_reduced_size_where_that_takes_little_memory():
    large = Image.fromarray(np.broadcast_to(np.arange(160, dtype=np.uint8), (120, 160)).copy())
    rows, scans = (file_bytes(large, "JPEG", progressive=progressive) for progressive in (False, True))
    small = read_photo(rows, at_least=15, max_pixels=2_000)
    assert small.size == (20, 15)
    with pytest.raises(ValueError, match=r"160 x 120 pixels, more than the 0.002 megapixels"):
        read_photo(rows, max_pixels=2_000)
    with pytest.raises(ValueError, match=r"80 x 60 pixels, more than the 0.002 megapixels"):
        read_photo(rows, at_least=50, max_pixels=2_000)
    with pytest.raises(ValueError, match=r"160 x 120 pixels, more than the 0.002 megapixels"):
        read_photo(scans, at_least=15, max_pixels=2_000)
    with pytest.raises(ValueError, match=r"160 x 120 pixels, more than the 0.019 megapixels"):
        read_photo(rows, at_least=15, max_pixels=1_900)
