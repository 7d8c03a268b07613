"""Records of clips: MSR-VTT's official JSON, and tables that list frames or name videos."""

import json

import pytest

from captioner.data.read.questions import by_photo, read_questions
from captioner.data.read.records import read_photos
from captioner.photos import Clip


@pytest.fixture
def msrvtt(tmp_path):
    (tmp_path / "frames").mkdir()
    for name in ("video7_1.jpg", "video7_0.jpg", "video7_10.jpg", "video8_0.jpg", "video9.mp4"):
        (tmp_path / "frames" / name).touch()
    content = {
        "videos": [{"video_id": f"video{n}", "split": s} for n, s in ((7, "train"), (8, "validate"), (9, "train"))],
        "sentences": [
            {"video_id": "video9", "caption": "a film "},
            {"video_id": "video7", "caption": "a man runs"},
            {"video_id": "video7", "caption": "someone runs"},
            {"video_id": "video8", "caption": "a dog"},
        ],
    }
    path = tmp_path / "videodatainfo.json"
    path.write_text(json.dumps(content))
    return path


def test_msrvtt_has_frames_in_the_order_of_their_numbers_or_videos(msrvtt):
    first, second = read_photos(msrvtt, split="train")
    frames = tuple(msrvtt.parent / "frames" / f"video7_{number}.jpg" for number in (0, 1, 10))
    assert (first.id, first.captions, first.source) == ("video7", ("a man runs", "someone runs"), Clip(frames))
    assert (second.captions, second.source) == (("a film",), msrvtt.parent / "frames" / "video9.mp4")
    assert [photo.id for photo in read_photos(msrvtt, split="train+validate")] == ["video7", "video8", "video9"]


def test_what_msrvtt_lacks_is_said(msrvtt, tmp_path):
    with pytest.raises(ValueError, match="has no split 'val'; it has train, validate"):
        read_photos(msrvtt, split="val")
    with pytest.raises(ValueError, match=r"neither video7.mp4 nor video7_0.jpg lies in .*; name the folder"):
        read_photos(msrvtt, tmp_path / "elsewhere")


def test_a_table_lists_frames_or_names_a_video(tmp_path):
    path = tmp_path / "clips.jsonl"
    path.write_text(
        '{"frames": ["a0.jpg", "a1.jpg"], "caption": ["one", "two"]}\n{"video": "b.mp4", "caption": "three"}\n'
        '{"frames": ["a0.jpg", "a1.jpg"], "caption": "four"}\n'
    )
    first, second = read_photos(path)
    assert first.source == Clip((tmp_path / "a0.jpg", tmp_path / "a1.jpg"))
    assert first.captions == ("one", "two", "four")
    assert (second.source, second.captions) == (tmp_path / "b.mp4", ("three",))
    path.write_text('{"frames": [], "caption": "one"}\n')
    with pytest.raises(ValueError, match="line 1: 'frames' is a list of the names of photos"):
        read_photos(path)


def test_questions_are_about_clips_too(tmp_path):
    path = tmp_path / "asked.jsonl"
    path.write_text(
        '{"frames": ["a0.jpg", "a1.jpg"], "question": "who?", "answer": "a man"}\n'
        '{"video": "b.mp4", "question": "where?"}\n{"frames": ["a0.jpg", "a1.jpg"], "question": "why?"}\n'
    )
    questions = read_questions(path)
    assert [asked.questions for asked in by_photo(questions)] == [(0, 2), (1,)]
    assert questions[0].source == Clip((tmp_path / "a0.jpg", tmp_path / "a1.jpg"))
    assert questions[1].source == tmp_path / "b.mp4"


@pytest.mark.real
def test_msrvtt_is_read_as_its_source_counts_it(shared):
    folder = shared / "data" / "msrvtt"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data/msrvtt, which does not exist here")
    train = read_photos(folder / "train_val_videodatainfo.json", split="train")
    assert (len(train), sum(len(clip.captions) for clip in train)) == (3151, 63020)
    assert [sum(len(clip.frames) == count for clip in train) for count in (4, 2)] == [1932, 1219]
    assert len(read_photos(folder / "test_videodatainfo.json")) == 1432
