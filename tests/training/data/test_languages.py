"""Captions files of several languages become one training."""

import csv
import json
from pathlib import Path

import pytest

from captioner.models.bundle import load_bundle
from captioner.training.data.caption_files import CaptionFiles
from captioner.training.data.photos import CaptionData
from captioner.training.data.splits import Part

CHINESE = {"a": "狗在跑", "b": "人在睡"}


@pytest.fixture
def files(tmp_path):
    """Two languages about the same photos, in another order."""
    for code, rows in (("en", {"b": "a man sleeps", "a": "a dog runs"}), ("zh", CHINESE)):
        lines = [json.dumps({"image": f"{name}.jpg", "caption": text}) for name, text in rows.items()]
        (tmp_path / f"{code}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return {code: CaptionFiles(tmp_path / f"{code}.jsonl", tmp_path / f"{code}.jsonl") for code in ("en", "zh")}


def test_a_photo_comes_with_each_language(files):
    part = Part("train", {code: each.train for code, each in files.items()}, None, None, None)
    assert [(photo.path.name, photo.language, *photo.captions) for photo in part.photos] == [
        ("b.jpg", "en", "a man sleeps"),
        ("a.jpg", "en", "a dog runs"),
        ("a.jpg", "zh", "狗在跑"),
        ("b.jpg", "zh", "人在睡"),
    ]
    assert [path.name for path in part.files if isinstance(path, Path)] == ["a.jpg", "b.jpg"]
    assert part.about_captions() == {"file": "en.jsonl, zh.jsonl", "photos": 2, "count": 4}


def test_a_split_that_is_missing_names_its_setting(files):
    part = Part("test", {"zh": files["zh"].of("test")}, None, None, None)
    with pytest.raises(ValueError, match=r"no test split: give its captions file with --data.languages.zh.test"):
        _ = part.photos


def test_the_vocabulary_knows_the_languages(files):
    data = CaptionData(languages=files, tokenizer="mixed", min_count=1)
    assert data.vocabulary.languages == data.languages == ("en", "zh")
    assert "狗" in data.vocabulary


def test_captions_are_given_once(files):
    with pytest.raises(ValueError, match=r"give either data.languages, or data.train, val and test"):
        CaptionData(files["en"].train, files["en"].val, languages=files)
    with pytest.raises(ValueError, match="the language 'english' is no code"):
        CaptionData(languages={"english": files["en"]})
    with pytest.raises(ValueError, match=r"leave data.boxes or data.languages out"):
        CaptionData(languages=files, boxes=files["en"].train)


@pytest.mark.slow
def test_two_languages_are_trained_and_scored_each_by_itself(verb, scenes, own_folder):
    for split in ("train", "val"):
        content = json.loads((scenes / f"captions_{split}.json").read_text("utf-8"))
        for annotation in content["annotations"]:
            annotation["caption"] = "红 狗 " * (annotation["id"] % 2 + 1)
        content["images"] = [
            image | {"file_name": str(scenes / "images" / image["file_name"])} for image in content["images"]
        ]
        (own_folder / f"zh_{split}.json").write_text(json.dumps(content), encoding="utf-8")
    recipe = own_folder / "languages.yaml"
    recipe.write_text(
        f"data:\n  train: null\n  val: null\n  test: null\n  tokenizer: mixed\n  languages:\n"
        f"    en: {{train: {scenes}/captions_train.json, val: {scenes}/captions_val.json}}\n"
        f"    zh: {{train: {own_folder}/zh_train.json, val: {own_folder}/zh_val.json}}\n"
    )
    assert verb("fit", "--run=run", "--config", recipe) == 0
    bundle = load_bundle(own_folder / "run" / "bundle")
    assert bundle.vocabulary.languages == ("en", "zh")
    with (own_folder / "run" / "metrics.csv").open() as file:
        row = [row for row in csv.DictReader(file) if row.get("val/bleu4_greedy")][-1]
    each = [float(row[f"val/bleu1_greedy_{code}"]) for code in ("en", "zh")]
    assert float(row["val/bleu1_greedy"]) == pytest.approx(sum(each) / 2, abs=1e-5)
