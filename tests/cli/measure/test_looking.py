"""`captioner evaluate --attention`: tables, files, and what does not go together."""

import json

import pytest

from captioner.cli.main import main
from tests import two_heads
from tests.paths import FIXTURES

CAPTIONS = FIXTURES / "captions_val.json"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def entities(tmp_path):
    """Annotations of the two photos: each caption is a phrase that fills the left half."""
    content = json.loads(CAPTIONS.read_text())
    for image in content["images"]:
        number = image["file_name"].partition(".")[0].partition("_")[0]
        texts = [each["caption"] for each in content["annotations"] if each["image_id"] == image["id"]]
        box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>10</ymax></bndbox>"
        xml = f"<a><size><width>10</width><height>10</height></size><object><name>1</name>{box}</object></a>"
        text = "".join(f"[/EN#1/scene {each}]\n" for each in texts)
        for name, written in ((f"Annotations/{number}.xml", xml), (f"Sentences/{number}.txt", text)):
            file = tmp_path / "entities" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text((file.read_text() if file.is_file() and name.endswith("txt") else "") + written)
    return tmp_path / "entities"


def evaluate(bundle, out, *flags, captions=CAPTIONS):
    return main(
        ["evaluate", "--model", str(bundle), str(captions), "--out", str(out), "--method=greedy", *map(str, flags)]
    )


def test_phrases_are_measured_written_and_shown(bundle, entities, tmp_path, capsys):
    lines = tmp_path / "lines.jsonl"
    flags = ["--attention", "--deletion=0", "--entities", entities, "--per-image", lines]
    assert evaluate(bundle, tmp_path / "out", *flags) == 0
    out = capsys.readouterr().out
    assert "where it looks while it reads the photos' own captions" in out
    assert "where it looks while it says its own" in out
    assert "deletion" not in out
    given = json.loads((tmp_path / "out/scores.json").read_text())["attention"]["given"]
    assert given["photos"] == 2
    assert given["mass"]["even"][0] == pytest.approx(0.5)
    assert given["kinds"]["scene"]["mentions"] == given["mentions"] > 0
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [set(row) for row in rows] == [{"image_id", "given", "said"}] * 2
    assert sum(len(row["given"]) for row in rows) == given["mentions"]


@pytest.mark.slow
def test_without_a_file_of_objects_movement_is_measured(bundle, tmp_path, capsys):
    alone = tmp_path / "captions.json"  # no instances lie beside it
    alone.write_bytes(CAPTIONS.read_bytes())
    flags = ["--attention", "--deletion=1", "--images", CAPTIONS.parent / "images"]
    assert evaluate(bundle, tmp_path / "out", *flags, captions=alone) == 0
    out = capsys.readouterr().out
    assert "the map moves by" in out
    assert "deletion" in out
    assert list(json.loads((tmp_path / "out/scores.json").read_text())["attention"]) == ["said"]


def test_annotations_of_other_photos_are_refused_before_anything_is_computed(bundle, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("captioner.evaluation.captions.evaluate", None)
    for folder in ("Annotations", "Sentences"):
        (tmp_path / "other" / folder).mkdir(parents=True)
    assert evaluate(bundle, tmp_path / "out", "--attention", "--entities", tmp_path / "other") == 2
    assert "knows none of the 2 photos; is it of the same data set?" in capsys.readouterr().err
    instances = CAPTIONS.with_name("instances_train.json")
    assert evaluate(bundle, tmp_path / "out", "--attention", "--instances", instances) == 2
    assert "is it of the same photos as the captions?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--entities", "x.zip"], "--entities is for --attention only"),
        (["--per-image", "x"], "--per-image is for --attention only"),
        (["--attention", "--entities", "x.zip", "--instances", "y.json"], "give one of them"),
        (["--attention", "--deletion", "-1"], "--deletion is -1, but it is a number of photos"),
        (["--attention", "--with", "another"], "--attention is of one model's weights"),
        (["--attention", "--entities", "no.zip"], "no.zip: no such folder or ZIP file of Flickr30k Entities"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(bundle, tmp_path, capsys, flags, message):
    assert evaluate(bundle, tmp_path / "out", *flags) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_photos_without_captions_are_measured_while_it_speaks(bundle, tmp_path, capsys):
    images = json.loads(CAPTIONS.read_text())["images"]
    (tmp_path / "info.json").write_text(json.dumps({"images": images}))
    sized = [image | {"width": 10, "height": 10} for image in images]
    objects = {"images": sized, "categories": [{"id": 1, "name": "dog"}], "annotations": []}
    (tmp_path / "objects.json").write_text(json.dumps(objects))
    flags = ["--attention", "--deletion=0", "--instances", tmp_path / "objects.json", "--images", FIXTURES / "images"]
    assert evaluate(bundle, tmp_path / "out", *flags, captions=tmp_path / "info.json") == 0
    out = capsys.readouterr().out
    assert "not scored: 2 of 2 photos have no caption" in out
    assert "where it looks while it says its own" in out
    assert set(json.loads((tmp_path / "out/scores.json").read_text())["attention"]) == {"said"}
