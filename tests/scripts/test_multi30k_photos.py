"""Photos of Multi30k's sentences are found by their captions in Flickr8k."""

import gzip
import json
import runpy

import pytest

from tests.paths import ROOT

SCRIPT = runpy.run_path(str(ROOT / "scripts/multi30k_photos.py"))
CAPTIONS = {
    "a.jpg": ["A dog runs .", "The same ."],
    "b.jpg": ["Two birds, singing .", "The same ."],
    "c.jpg": ["A cat ."],
}


@pytest.fixture
def flickr8k(tmp_path):
    """One photo in each split."""
    folder = tmp_path / "flickr8k"
    folder.mkdir()
    for split, (name, texts) in zip(("train", "val", "test"), CAPTIONS.items(), strict=True):
        said = [{"id": number, "image_id": 1, "caption": text} for number, text in enumerate(texts)]
        content = {"images": [{"id": 1, "file_name": name}], "annotations": said}
        (folder / f"captions_{split}.json").write_text(json.dumps(content))
    return folder


def test_pairs_are_written_whose_sentence_is_a_caption_of_one_photo_alone(flickr8k, tmp_path, capsys):
    sentences = {"en": "a dog runs\nThe same.\nTwo birds singing!\nA horse.\n", "de": "eins\nzwei\ndrei\nvier\n"}
    folder = tmp_path / "multi30k"
    folder.mkdir()
    for split in ("train", "val", "test_2016_flickr"):
        for language, lines in sentences.items():
            (folder / f"{split}.{language}.gz").write_bytes(gzip.compress(lines.encode()))
    SCRIPT["main"]([str(folder), str(flickr8k), str(tmp_path / "out")])
    found = {name: (tmp_path / f"out/test.{name}").read_text().splitlines() for name in ("en", "de", "photos")}
    assert found == {"en": ["a dog runs", "Two birds singing!"], "de": ["eins", "drei"], "photos": ["a.jpg", "b.jpg"]}
    assert capsys.readouterr().out.splitlines()[0] == "train: 2 of 4 pairs have a photo"
