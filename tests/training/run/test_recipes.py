"""The recipes for what a person brings: each trains for a step as it stands, but for the files, on a small encoder."""

import csv
import json
from pathlib import Path

import pytest

import captioner
from captioner.data.read.questions import read_questions
from captioner.recipes import read_recipe, recipe
from captioner.training.run.cli import run
from tests.paths import FIXTURES

SMALL = (
    "--model.network.encoder.name=small",
    "--model.network.encoder.weights=none",
    *(f"--model.network.core.{size}=16" for size in ("embedding", "state", "grid", "width")),
    "--data.image.size=32",
    "--data.min_count=1",
)
BRIEF = ("--trainer.max_epochs=1", "--trainer.limit_train_batches=1", "--trainer.enable_progress_bar=false")


def captions() -> list[str]:
    """COCO's files, whose photos lie beside them."""
    return [
        *(f"--data.{split}={FIXTURES / f'captions_{split}.json'}" for split in ("train", "val")),
        f"--data.images={FIXTURES / 'images'}",
    ]


def questions(folder: Path) -> list[str]:
    """Of one's own: JSON lines to train on, a CSV to validate on."""
    rows = {}
    for split in ("train", "val"):
        files = (FIXTURES / f"{file}_{split}.json" for file in ("questions", "annotations", "captions"))
        asked, annotations, names = files
        rows[split] = [
            {"image": question.path.name, "question": question.text, "answer": question.answers[0]}
            for question in read_questions(asked, annotations, image_names=names)
        ]
    (folder / "train.jsonl").write_text("\n".join(map(json.dumps, rows["train"])))
    with (folder / "val.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["image", "question", "answer"])
        table.writeheader()
        table.writerows(rows["val"])
    named = {"train.file": folder / "train.jsonl", "val.file": folder / "val.csv", "images": FIXTURES / "images"}
    return [f"--data.questions.{name}={path}" for name, path in named.items()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "heads"),
    [("captions", ["captions"]), ("questions", ["answers"]), ("both", ["captions", "answers"])],
)
def test_photos_with_texts_of_ones_own_are_learned(name, heads, own_folder):
    files = (captions() if "captions" in heads else []) + (questions(own_folder) if "answers" in heads else [])
    assert run(["fit", "--config", str(recipe(name)), *SMALL, *BRIEF, *files]) == 0
    assert captioner.load(own_folder / f"runs/{name}/bundle").bundle.heads == heads


@pytest.mark.slow
def test_a_text_of_ones_own_is_learned(own_folder):
    Path("book.txt").write_text("it was a dark and stormy night. " * 400)
    brief = (*BRIEF, "--trainer.val_check_interval=1", "--model.core.state=16")
    assert run(["fit", "--config", str(recipe("text")), "--data.text=book.txt", *brief]) == 0
    assert captioner.load(own_folder / "runs/text/bundle").bundle.heads == ["text"]


@pytest.mark.parametrize("name", ["captions", "questions", "both", "text"])
def test_what_is_to_be_changed_is_said_where_it_stands(name):
    """Every file of the recipe, and nothing else, is marked."""
    lines = recipe(name).read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert ("my/" in line) == ("# CHANGE" in line) or line.startswith("#"), line
    assert read_recipe(recipe(name))["run"] == f"runs/{name}"
