import pytest
from PIL import Image

from captioner.data.read.check import Overlap, Split, Text, check
from captioner.data.read.records import Photo, read_photos
from captioner.data.scenes.writing import make_scenes


@pytest.fixture
def folder(tmp_path):
    """Eight different photos a.png to h.png."""
    for number, name in enumerate("abcdefgh"):
        Image.new("RGB", (4, 4), (number * 20, 0, 0)).save(tmp_path / f"{name}.png")
    return tmp_path


def split(folder, names: str, *captions: str) -> Split:
    return Split.of_photos([Photo(name, folder / f"{name}.png", captions or ("a dog runs",)) for name in names])


def test_a_clean_data_set_has_no_problems(folder):
    report = check({"train": split(folder, "abc"), "val": split(folder, "de", "a dog", "a cat")}, min_count=1)
    assert report.problems == []
    assert report.overlaps == ()
    train, val = report.splits.values()
    assert (train.photos, train.texts, val.photos, val.texts) == (3, 3, 2, 4)
    assert (train.tokens, train.longest) == (3, Text(folder / "a.png", "a dog runs"))
    assert (val.coverage.tokens, val.coverage.known, val.coverage.missing) == (8, 6, {"cat": 2})
    assert train.coverage.share == 1


def test_missing_and_broken_photos_are_named(folder):
    (folder / "b.png").unlink()
    (folder / "c.png").write_bytes((folder / "c.png").read_bytes()[:40])
    report = check({"train": split(folder, "abc")}, min_count=1)
    assert len(report.splits["train"].broken) == len(report.problems) == 2
    assert "b.png" in report.problems[0]
    assert "c.png" in report.problems[1]
    assert report.problems[0].startswith("train: ")


@pytest.mark.parametrize("caption", ["", " . "])
def test_texts_without_a_word_are_problems(folder, caption):
    report = check({"train": split(folder, "ab"), "val": split(folder, "c", "a dog", caption)}, min_count=1)
    assert report.splits["val"].empty == (folder / "c.png",)
    assert report.problems == [f"val: {folder / 'c.png'} has an empty text"]


def test_a_photo_without_captions_is_a_problem(folder):
    bare = Split.of_photos([Photo(1, folder / "c.png", ())])
    assert check({"train": split(folder, "ab"), "val": bare}, min_count=1).splits["val"].empty == (folder / "c.png",)


def test_a_file_in_two_splits_is_an_overlap(folder):
    three = {"train": split(folder, "abc"), "val": split(folder, "cd"), "test": split(folder, "ea")}
    report = check(three, min_count=1)
    a, c = folder / "a.png", folder / "c.png"
    assert report.overlaps == (Overlap("train", "val", ((c, c),)), Overlap("train", "test", ((a, a),)))
    assert report.problems == [f"{c} is in train and in val", f"{a} is in train and in test"]


def test_a_copy_in_another_split_is_an_overlap(folder):
    (folder / "d.png").write_bytes((folder / "a.png").read_bytes())
    report = check({"train": split(folder, "abc"), "val": split(folder, "de")}, min_count=1)
    assert report.problems == [f"{folder / 'a.png'} and {folder / 'd.png'} are the same photo, in train and in val"]


def test_another_spelling_of_a_path_is_the_same_file(folder):
    (folder / "sub").mkdir()
    again = Split.of_photos([Photo("a", folder / "sub/../a.png", ("a dog",))])
    assert len(check({"train": split(folder, "a"), "val": again}, min_count=1).overlaps) == 1


def test_photos_missing_from_both_splits_overlap_by_their_path_only(folder):
    report = check({"train": split(folder, "axy"), "val": split(folder, "byz")}, min_count=1)
    (overlap,) = report.overlaps
    assert overlap.photos == ((folder / "y.png", folder / "y.png"),)


def test_a_photo_twice_in_one_split_is_a_problem(folder):
    assert check({"train": split(folder, "aba")}, min_count=1).problems == [
        f"train: {folder / 'a.png'} stands there twice"
    ]


def test_progress_is_told_after_every_photo(folder):
    told = []
    check({"train": split(folder, "abc"), "val": split(folder, "de")}, min_count=1, progress=lambda *n: told.append(n))
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_scenes_pass(tmp_path):
    make_scenes(tmp_path / "scenes", train=30, val=10, test=10)
    splits = {
        name: Split.of_photos(read_photos(tmp_path / f"scenes/captions_{name}.json"))
        for name in ("train", "val", "test")
    }
    report = check(splits, min_count=1)
    assert report.problems == []
    assert report.splits["test"].coverage.share > 0.95


@pytest.mark.real
@pytest.mark.slow
def test_flickr8k_passes(shared):
    folder = shared / "data/flickr8k"
    splits = {name: Split.of_photos(read_photos(folder / f"captions_{name}.json")) for name in ("train", "val", "test")}
    report = check(splits)
    assert report.problems == []
    assert len(report.vocabulary) == 2540
