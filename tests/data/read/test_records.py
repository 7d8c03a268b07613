import json
from pathlib import Path
from typing import Any

import pytest

from captioner.data.read.records import Photo, images_beside, read_photos, write_coco_captions

COCO: dict[str, Any] = {
    "images": [{"id": 9, "file_name": "b.jpg"}, {"id": 4, "file_name": "a.jpg"}, {"id": 5, "file_name": "c.jpg"}],
    "annotations": [
        {"id": 1, "image_id": 4, "caption": " A dog runs. "},
        {"id": 2, "image_id": 9, "caption": "강아지"},
        {"id": 3, "image_id": 4, "caption": "dogs, two"},
    ],
}
KARPATHY = {
    "images": [
        {"filepath": "val2014", "filename": "a.jpg", "cocoid": 7, "split": "train", "sentences": [{"raw": "A dog."}]},
        {"filepath": "val2014", "filename": "b.jpg", "cocoid": 8, "split": "restval", "sentences": [{"raw": "cat"}]},
        {"filepath": "val2014", "filename": "c.jpg", "cocoid": 9, "split": "val", "sentences": []},
    ],
    "dataset": "coco",
}


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def captions_by_name(photos: list[Photo]) -> dict[str, tuple[str, ...]]:
    return {photo.path.name: photo.captions for photo in photos}


def test_coco_keeps_numbers_order_and_photos_without_captions(tmp_path, capsys):
    photos = read_photos(write(tmp_path / "captions.json", COCO))
    assert photos == [
        Photo(9, tmp_path / "b.jpg", ("강아지",)),
        Photo(4, tmp_path / "a.jpg", ("A dog runs.", "dogs, two")),
        Photo(5, tmp_path / "c.jpg", ()),
    ]
    assert capsys.readouterr().out == ""


def test_photos_lie_in_images_beside_the_captions_or_where_one_says(tmp_path):
    path = write(tmp_path / "captions.json", COCO)
    assert images_beside(path) == tmp_path
    (tmp_path / "images").mkdir()
    assert read_photos(path)[0].path == tmp_path / "images/b.jpg"
    assert read_photos(path, Path("elsewhere"))[0].path == Path("elsewhere/b.jpg")


def test_flickr_tokens_with_a_list_of_names(tmp_path):
    lines = [
        "a.jpg#0\tA dog .",
        "a.jpg#1\tThe dog\truns .",
        "b.jpg#0\tA cat , a dog .",
        "a.jpg.1#0\tstray",
        "b.jpg#1\t",
    ]
    path = write(tmp_path / "Flickr8k.token.txt", "\r\n".join(lines))
    assert captions_by_name(read_photos(path)) == {
        "a.jpg": ("A dog .", "The dog\truns ."),
        "b.jpg": ("A cat , a dog .", ""),
        "a.jpg.1": ("stray",),
    }
    listed = write(tmp_path / "train.txt", "b.jpg\n\n")
    assert [photo.id for photo in read_photos(path, split=listed)] == ["b.jpg"]
    assert [photo.id for photo in read_photos(path, split=str(listed))] == ["b.jpg"]


def test_a_list_of_names_selects_from_coco_too(tmp_path):
    path = write(tmp_path / "captions.json", COCO)
    assert [photo.id for photo in read_photos(path, split=write(tmp_path / "list.txt", "a.jpg\nc.jpg"))] == [4, 5]


def test_kaggle_captions_hold_commas_quoted_or_not(tmp_path):
    path = write(
        tmp_path / "captions.txt", 'image,caption\na.jpg,A dog , fast .\na.jpg,"A ""big"" dog, fast"\nb.jpg,\n'
    )
    assert captions_by_name(read_photos(path)) == {"a.jpg": ("A dog , fast .", 'A "big" dog, fast'), "b.jpg": ("",)}


def test_csv_of_ones_own(tmp_path):
    rows = '\ufeffcaption,who,image\n"A dog, fast",Kim,a.jpg\n\n"two\nlines",Lee,sub/a.jpg\nagain,Kim,a.jpg\n'
    photos = read_photos(write(tmp_path / "mine.csv", rows))
    assert [(photo.id, photo.captions) for photo in photos] == [
        ("a.jpg", ("A dog, fast", "again")),
        ("sub/a.jpg", ("two\nlines",)),
    ]


def test_jsonl_of_ones_own(tmp_path):
    rows = [{"image": "/abroad/a.jpg", "caption": "강아지"}, {"image": "/abroad/a.jpg", "caption": "a dog", "by": 1}]
    photos = read_photos(write(tmp_path / "mine.jsonl", "\n".join(map(json.dumps, rows))))
    assert photos == [Photo("/abroad/a.jpg", Path("/abroad/a.jpg"), ("강아지", "a dog"))]


def test_karpathy_takes_the_splits_that_are_named(tmp_path, caplog):
    path = write(tmp_path / "dataset_coco.json", KARPATHY)
    assert [photo.id for photo in read_photos(path, split="train+restval")] == [7, 8]
    assert not caplog.records
    assert read_photos(path, split="train") == [Photo(7, tmp_path / "val2014/a.jpg", ("A dog.",))]
    assert "train+restval" in caplog.text
    assert [photo.id for photo in read_photos(path)] == [7, 8, 9]
    assert [photo.id for photo in read_photos(path, split=write(tmp_path / "l.txt", "val2014/c.jpg"))] == [9]


@pytest.mark.parametrize("further", [{}, {"categories": []}, {"annotations": [], "categories": []}])
def test_a_split_of_coco_whose_captions_nobody_publishes(tmp_path, further):
    images = [{"id": 5, "file_name": "COCO_test2014_000000000005.jpg", "width": 640, "height": 480}]
    path = write(tmp_path / "image_info_test2014.json", {"images": images, "info": {}, **further})
    assert read_photos(path) == [Photo(5, tmp_path / "COCO_test2014_000000000005.jpg", ())]
    with pytest.raises(FileNotFoundError, match="has no splits of its own"):
        read_photos(path, split="test")


def test_captions_with_a_list_of_categories(tmp_path):
    assert read_photos(write(tmp_path / "a.json", {**COCO, "categories": []}))


def test_karpathy_without_coco_numbers_has_names_as_ids(tmp_path):
    image = {"filename": "a.jpg", "split": "test", "sentences": [{"raw": "a dog"}]}
    photos = read_photos(write(tmp_path / "dataset.json", {"images": [image]}), split="test")
    assert photos == [Photo("a.jpg", tmp_path / "a.jpg", ("a dog",))]


def test_written_coco_captions_read_back_equal(tmp_path):
    (tmp_path / "images").mkdir()
    photos = [
        Photo(3, tmp_path / "images/sub/a.jpg", ("강아지", "a dog")),
        Photo("b.jpg", tmp_path / "abroad/b.jpg", ("",)),
        Photo(4, tmp_path / "images/c.jpg", ()),
    ]
    write_coco_captions(photos, tmp_path / "captions.json")
    assert read_photos(tmp_path / "captions.json") == photos
    assert json.loads((tmp_path / "captions.json").read_text())["images"][0]["file_name"] == "sub/a.jpg"


def changed(**entries: Any) -> dict[str, Any]:
    return {**COCO, **entries}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "a.json is not JSON: .* at line 1"),
        ("a.json", 1, "neither COCO captions"),
        ("a.json", [1], "a.json entry 1 has no 'image'"),
        ("a.json", {"questions": []}, "a.json holds VQA's questions, and captions are needed"),
        ("a.json", '{"a": ' * 100_000, "a.json is nested too deep"),
        ("a.json", "9" * 5000, "a.json holds a number of more digits"),
        ("a.json", '{\n"a": "\\ud83d"}', r"a.json line 2: .ud83d is half a character"),
        ("a.json", {"annotations": []}, "a.json has no 'images'"),
        ("a.json", changed(images=3), "a.json: 'images' must be list, not 3"),
        ("a.json", changed(images=[{"id": 1}]), "a.json image 0 has no 'file_name'"),
        ("a.json", changed(images=[{"id": None, "file_name": "a"}]), "image 0: 'id' must be int or str, not None"),
        ("a.json", changed(images=COCO["images"][:1] * 2), "image 1: id 9 stands twice"),
        ("a.json", changed(annotations=[{"id": 1, "image_id": 2}]), "annotation 0 has no 'caption'"),
        ("a.json", changed(annotations=[{"id": 1, "image_id": 2, "caption": "x"}]), "annotation 0: image_id 2 is not"),
        ("a.json", changed(images=[], annotations=[]), "a.json holds no photos"),
        ("a.json", {"images": [{"split": "train"}]}, "image 0 has no 'filename'"),
        ("a.json", {"images": [{"split": "train", "filename": "a"}]}, "image 0 has no 'sentences'"),
        ("a.jsonl", '{"image": "a", "caption": "b"}\n{"image": "a"}', "a.jsonl line 2 has no 'caption'"),
        ("a.jsonl", '\n{"image": 1, "caption": "b"}', "a.jsonl line 2: 'image' must be str, not 1"),
        ("a.jsonl", "[1", "a.jsonl line 1 is not JSON: .* at column"),
        (
            "a.csv",
            "picture,caption\n",
            "a.csv line 1: no column image, only picture, caption; a header image,caption is needed; rename 'picture'",
        ),
        ("a.csv", "", "a.csv line 1: no column caption and image"),
        ("a.csv", "image,caption\na.jpg,one, two\n", "a.csv line 2 has more fields than the header; put a field"),
        ("a.csv", "image,caption\n\na.jpg\n", "a.csv line 3 has no image or no caption"),
        ("a.csv", 'image,caption\na.jpg,"open\n', "a.csv line 2 is not CSV"),
        ("a.txt", "image,caption\na.jpg\n", "a.txt line 2: a line reads name.jpg,caption, not 'a.jpg'"),
        (
            "a.txt",
            "a.jpg#0\tA dog\na.jpg A dog",
            "a.txt line 2: a line reads name.jpg#0<TAB>caption, not 'a.jpg A dog'",
        ),
        ("a.txt", "what is this", "a.txt: its first line is neither image,caption nor name.jpg#0<TAB>caption"),
        ("a.txt", "", "a.txt: its first line is neither"),
        ("a.csv", "image,caption\n", "a.csv holds no photos"),
    ],
)
def test_malformed_files_are_refused_with_file_and_place(tmp_path, name, content, message):
    with pytest.raises(ValueError, match=message):
        read_photos(write(tmp_path / name, content))


def test_a_line_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "a.txt").write_bytes("a.jpg#0\tA dog\na.jpg#1\tcaf\xe9\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"a.txt line 2 is not UTF-8 text"):
        read_photos(tmp_path / "a.txt")


@pytest.mark.parametrize("name", ["none.json", "none.csv", "none.txt"])
def test_missing_files_are_named(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=f"{name}: no such file"):
        read_photos(tmp_path / name)


def test_a_folder_is_no_captions_file(tmp_path):
    with pytest.raises(ValueError, match="is a folder, and a file of captions is needed"):
        read_photos(tmp_path)


def test_unknown_splits_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"has no split 'dev'; it has train, restval, val; join several with \+"):
        read_photos(write(tmp_path / "dataset.json", KARPATHY), split="train+dev")
    with pytest.raises(FileNotFoundError, match=r"captions.json has no splits of its own, so 'train' must be a file"):
        read_photos(write(tmp_path / "captions.json", COCO), split="train")


def test_a_listed_name_without_captions_is_refused(tmp_path):
    listed = write(tmp_path / "list.txt", "a.jpg\nz.jpg\n")
    with pytest.raises(ValueError, match=r"list.txt line 2: 'z.jpg' has no captions in .*captions.json"):
        read_photos(write(tmp_path / "captions.json", COCO), split=listed)


@pytest.mark.real
def test_flickr8k_reads_the_same_from_tokens_and_from_coco(shared):
    folder = shared / "data/flickr8k"
    for name, listed, count in (("train", "train", 6000), ("val", "dev", 1000), ("test", "test", 1000)):
        coco = read_photos(folder / f"captions_{name}.json")
        tokens = read_photos(folder / "Flickr8k.token.txt", split=folder / f"Flickr_8k.{listed}Images.txt")
        assert len(coco) == len(tokens) == count
        assert captions_by_name(coco) == captions_by_name(tokens)
        assert all(photo.path.parent == folder / "images" and len(photo.captions) == 5 for photo in coco)
