"""Frames of clips: of videos and their parts, of frames on disk, and of photos, which are clips that stand still."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioner.images import ImageSpec, pixels, seen_pixels
from captioner.photos import Clip, file_of, frame_addresses, read_frames, read_moments, read_photo, stretch
from captioner.photos.clips.address import Stretch, instants
from tests import clips


def test_instants_leave_frames_out_or_show_them_longer():
    assert instants("abcdefgh", 4) == ["b", "d", "f", "h"]
    assert instants("ab", 4) == ["a", "a", "b", "b"]
    assert instants("abcd", 4) == ["a", "b", "c", "d"]
    assert instants("abc", 1) == ["b"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("a/film.mp4", Stretch(Path("a/film.mp4"))),
        ("film.MOV#t=10,20.5", Stretch(Path("film.MOV"), 10, 20.5)),
        ("film.mkv#t=3", Stretch(Path("film.mkv"), 3, 3)),
        ("film.jpg", None),
        ("film.jpg#t=3", None),
        ("film.mp4.jpg", None),
    ],
)
def test_a_video_or_a_part_of_it_is_known_by_its_name(name, meant):
    assert stretch(name) == meant
    assert file_of(Path(name)) == (meant.file if meant else Path(name))


def test_a_part_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends before it begins; a part of a video reads"):
        stretch("film.mp4#t=20,10")


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi"])
def test_frames_of_a_video_are_chosen_evenly(tmp_path, ending):
    film = clips.video(tmp_path / f"film.{ending}")
    found = read_moments(Stretch(film), 3)
    assert [moment.seconds for moment in found] == pytest.approx([1, 3, 5])
    assert [np.asarray(moment.picture).mean() for moment in found] == pytest.approx([40, 120, 200], abs=8)


def test_of_a_part_they_are_chosen_within_it_and_addressed_one_by_one(tmp_path):
    film = clips.video(tmp_path / "film.mp4")
    part = Path(f"{film}#t=2,4")
    addresses = frame_addresses(part, 2, "even")
    assert [str(each) for each in addresses] == [f"{film}#t=2.500", f"{film}#t=3.500"]
    for address, frame in zip(addresses, read_frames(part, 2), strict=True):
        assert read_photo(address).tobytes() == frame.tobytes()
    assert np.asarray(read_photo(film)).mean() == pytest.approx(120, abs=8), "a video is seen in its middle"


def test_frames_are_chosen_where_pictures_change(tmp_path):
    film = clips.video(tmp_path / "film.mp4", changes=5.0)
    assert read_moments(Stretch(film), 2, "change")[1].seconds == pytest.approx(5, abs=0.3)
    still = clips.video(tmp_path / "still.mp4", seconds=2, changes=9.0)
    assert [each.seconds for each in read_moments(Stretch(still), 2, "change")] == pytest.approx([0.5, 1.5])


def test_what_is_no_video_is_said_in_a_sentence(tmp_path, monkeypatch):
    pytest.importorskip("av", reason="needs PyAV: pip install 'captioner[video]'")
    with pytest.raises(FileNotFoundError, match=r"film.mp4: no such video"):
        read_frames(tmp_path / "film.mp4", 2)
    (tmp_path / "film.mp4").write_bytes(b"not a video at all")
    with pytest.raises(ValueError, match=r"film.mp4 is no video that can be read"):
        read_photo(tmp_path / "film.mp4")
    film = clips.video(tmp_path / "good.mp4", seconds=1)
    with pytest.raises(ValueError, match="has nothing at 9 s"):
        read_frames(f"{film}#t=9,12", 2)
    with pytest.raises(ValueError, match="64 x 48 pixels, more than"):
        read_frames(film, 2, max_pixels=1000)
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"good.mp4"):
        read_frames(film, 2)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ValueError, match=r"pip install 'captioner\[video\]'"):
        read_frames(film, 2)


def test_frames_on_disk_and_in_memory_and_photos_are_read_alike(tmp_path):
    frames = clips.pictures(2)
    for place, frame in enumerate(frames):
        frame.save(tmp_path / f"{place}.png")
    on_disk, in_memory = Clip((tmp_path / "0.png", tmp_path / "1.png")), Clip(tuple(frames))
    for clip in (on_disk, in_memory):
        shown = read_frames(clip, 4)
        for frame, place in zip(shown, (0, 0, 1, 1), strict=True):
            assert frame.tobytes() == frames[place].tobytes()
    assert str(on_disk) == f"{tmp_path / '0.png'} and 1 more"
    (first, second) = read_frames(tmp_path / "0.png", 2)
    assert first is second, "a photo is read once"


def test_a_network_of_photos_sees_one_frame_and_one_of_clips_a_frame_at_each_instant():
    photo, spec = Image.new("RGB", (40, 30), (200, 10, 10)), ImageSpec(size=8)
    assert np.array_equal(seen_pixels([photo], spec), pixels(photo, spec))
    clip = seen_pixels([photo, photo], ImageSpec(size=8, frames=2))
    assert clip.shape == (2, 3, 8, 8) == ImageSpec(size=8, frames=2).shape
    assert np.array_equal(clip[1], pixels(photo, spec))


def test_a_spec_of_photos_is_written_as_ever_and_one_of_clips_comes_back():
    assert not {"frames", "chosen"} & ImageSpec().to_dict().keys()
    spec = ImageSpec(frames=4, chosen="change")
    assert ImageSpec.from_dict(spec.to_dict()) == spec
    assert spec.still == ImageSpec()
    with pytest.raises(ValueError, match="image frames is 0"):
        ImageSpec(frames=0)
