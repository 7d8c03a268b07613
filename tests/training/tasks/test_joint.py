"""Captions and questions in one run: two losses on one core, scores of both, and runs that begin with a bundle."""

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

import captioner
from captioner.data.feed.question_sets import exchanged
from captioner.data.read.questions import by_photo, read_questions
from captioner.models.bundle import load_bundle
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.text.tokenize import words
from captioner.training.run.cli import run
from captioner.training.tasks.answer_part import AnswerPart
from captioner.training.tasks.start import find_components
from tests.training.run.test_cli import in_a_process

SPLITS = ("train", "val", "test")


def questions(folder: Path, *splits: str) -> list[str]:
    named = {"file": "questions", "annotations": "annotations", "image_names": "captions"}
    return [
        f"--data.questions.{split}.{name}={folder / f'{file}_{split}.json'}"
        for split in splits
        for name, file in named.items()
    ]


@pytest.fixture
def fit(scenes, own_folder):
    """`fit("--run=x", captions=…, asked=…)` with the small recipe."""

    def call(*arguments: str, verb: str = "fit", captions: bool = True, asked: bool = True) -> int:
        files = [f"--data.{split}={scenes / f'captions_{split}.json'}" for split in SPLITS] if captions else []
        files += [*questions(scenes, *SPLITS), "--data.questions.batch_size=4"] if asked else []
        monitor = "--monitor=val/bleu4_greedy" if captions and not asked else "--monitor=val/accuracy"
        small = ["--config", str(scenes / "small.yaml"), "--model.network.answers.width=16", monitor]
        return run([verb, *small, *files, *arguments])

    return call


def metrics(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_joint_run_leaves_one_bundle_that_captions_and_answers(fit, scenes, tmp_path):
    assert fit("--run=joint", "--monitor=val/bleu4_plus_accuracy") == 0
    rows = metrics(tmp_path / "joint")
    for row in rows:
        assert float(row["train/loss"]) > 0
        assert float(row["train/answer_loss"]) > 0
        total = float(row["val/bleu4_greedy"]) + float(row["val/accuracy"])
        assert float(row["val/bleu4_plus_accuracy"]) == pytest.approx(total)
    asked = read_questions(
        scenes / "questions_val.json", scenes / "annotations_val.json", image_names=scenes / "captions_val.json"
    )
    assert {row["val/questions"] for row in rows} == {f"{len(asked):.1f}"}
    model = captioner.load(tmp_path / "joint/bundle")
    assert model.bundle.heads == ["captions", "answers"]
    about = model.bundle.about["train"]
    assert (about["captions"]["photos"], about["questions"]["photos"]) == (8, 8)
    # the scores of the bundle are those of what it says
    right = [model.ask(one.path, one.text).text == one.answers[0] for one in asked]
    assert model.bundle.about["scores"]["val/accuracy"] == pytest.approx(sum(right) / len(right))
    assert model.caption(asked[0].path)[0].captions[0].attention.shape[1] == 16


@pytest.mark.slow
def test_eight_questions_are_learned_by_heart(fit, scenes, tmp_path):
    content, notes = (json.loads((scenes / f"{kind}_train.json").read_text()) for kind in ("questions", "annotations"))
    answers = {note["question_id"]: note["answers"][0]["answer"] for note in notes["annotations"]}
    names = {one["id"]: one["file_name"] for one in json.loads((scenes / "captions_train.json").read_text())["images"]}
    first = {question["image_id"]: question for question in reversed(content["questions"])}
    rows = [
        {"image": names[image], "question": one["question"], "answer": answers[one["question_id"]]}
        for image, one in first.items()
    ]
    table = scenes / "eight.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    files = [f"--data.questions.{split}.file={table}" for split in ("train", "val")]
    often = ["--trainer.max_epochs=60", "--trainer.check_val_every_n_epoch=20", "--model.network.dropout=0"]
    still = ["--model.network.answers.dropout=0", f"--data.questions.images={scenes / 'images'}"]
    assert fit("--run=eight", *files, *often, *still, captions=False, asked=False) == 0
    model = captioner.load(tmp_path / "eight/bundle")
    assert model.bundle.heads == ["answers"]
    assert model.bundle.about["scores"]["val/accuracy"] == 1


@pytest.mark.slow
def test_questions_begin_with_what_a_captioner_has_learned(fit, scenes, tmp_path, caplog):
    assert fit("--run=captions", asked=False) == 0
    begun = [f"--model.start_from={tmp_path / 'captions/bundle'}", "--trainer.max_epochs=1"]
    still = ["--model.learning_rate=0", "--model.encoder_learning_rate=0", "--model.network.core.state=7"]
    assert fit("--run=still", *begun, *still) == 0
    assert "keeps the bundle's shape: model.network.core.state is" in caplog.text
    first, then = (load_bundle(tmp_path / name / "bundle") for name in ("captions", "still"))
    words = len(first.vocabulary)
    assert then.vocabulary.tokens[:words] == first.vocabulary.tokens
    assert len(then.vocabulary) > words  # "how", "many", …
    assert then.image == first.image
    state = then.network.state_dict()
    for name, value in first.network.state_dict().items():
        assert torch.equal(state[name][: len(value)] if value.ndim else state[name], value), name
    assert fit("--run=questions", *begun, captions=False) == 0
    again = [f"--model.start_from={tmp_path / 'questions/bundle'}", "--trainer.max_epochs=1", "--model.learning_rate=0"]
    assert fit("--run=again", *again, "--model.encoder_learning_rate=0", captions=False) == 0
    learned, kept = (load_bundle(tmp_path / name / "bundle").network.state_dict() for name in ("questions", "again"))
    assert all(torch.equal(learned[name], kept[name]) for name in learned if name.startswith("answers."))
    assert load_bundle(tmp_path / "questions/bundle").heads == ["answers"]
    with pytest.raises(FileNotFoundError, match="none is no bundle: there is no such folder"):
        fit("--run=other", "--model.start_from=none")


@pytest.mark.slow
def test_a_second_phase_trains_stages_of_the_encoder_that_were_frozen_before(fit, tmp_path):
    stages = "--model.network.encoder.trainable_stages={}".format
    assert fit("--run=frozen", stages(0), "--trainer.max_epochs=1", asked=False) == 0
    begun = [f"--model.start_from={tmp_path / 'frozen/bundle'}", stages(1), "--trainer.max_epochs=1"]
    assert fit("--run=still", *begun, "--model.learning_rate=0", "--model.encoder_learning_rate=0", asked=False) == 0
    assert fit("--run=tuned", *begun, asked=False) == 0
    first, still, tuned = (load_bundle(tmp_path / name / "bundle") for name in ("frozen", "still", "tuned"))
    assert [each.settings.encoder.trainable_stages for each in (first, still, tuned)] == [0, 1, 1]
    assert still.about["scores"] == pytest.approx(first.about["scores"])
    pixels = torch.randn(2, 3, 32, 32)
    grids = [each.network.encoder(pixels) for each in (first, still, tuned)]
    torch.testing.assert_close(grids[1], grids[0], rtol=1e-4, atol=1e-4)
    assert not torch.allclose(grids[2], grids[0], rtol=1e-3, atol=1e-3)
    # what is stored now is what the frozen part says, of the same photos in both runs
    shapes = {tuple(json.loads(path.read_text())["shape"]) for path in tmp_path.glob("features/*/store.json")}
    assert shapes == {(4, 4, first.network.encoder.channels), (4, 4, 96)}
    assert len(list(tmp_path.glob("features/*/store.json"))) == 4


@pytest.mark.slow
def test_photos_that_captions_and_questions_share_are_looked_at_once(fit, monkeypatch):
    remember, looks = Network.remember, []

    def watched(self, maps, frames):
        if self.training:
            looks.append(len(maps))
        return remember(self, maps, frames)

    monkeypatch.setattr(Network, "remember", watched)
    assert fit("--run=same", "--trainer.max_epochs=1") == 0
    assert looks == [4, 4]
    looks.clear()
    assert fit("--run=others", "--data.questions.batch_size=3", "--trainer.max_epochs=1") == 0
    assert looks == [4, 3, 4, 3, 4, 2]


def test_questions_about_some_of_the_captioned_photos_need_no_store_of_their_own(fit, scenes, tmp_path):
    files = [f"--data.questions.images={scenes / 'images'}"]
    for split in ("train", "val"):
        content = json.loads((scenes / f"questions_{split}.json").read_text())
        last = content["questions"][-1]["image_id"]
        content["questions"] = [one for one in reversed(content["questions"]) if one["image_id"] != last]
        some = tmp_path / f"some_{split}.json"
        some.write_text(json.dumps(content))
        files.append(f"--data.questions.{split}.file={some}")
    assert fit("--run=some", *files, "--trainer.max_epochs=1", "--monitor=val/bleu4_plus_accuracy") == 0
    assert len(list(tmp_path.glob("features/*/store.json"))) == 2
    names = scenes / "captions_val.json"
    asked = read_questions(some, scenes / "annotations_val.json", scenes / "images", image_names=names)
    model = captioner.load(tmp_path / "some/bundle")
    right = [model.ask(one.path, one.text).text == one.answers[0] for one in asked]
    assert model.bundle.about["scores"]["val/accuracy"] == pytest.approx(sum(right) / len(right))


@pytest.mark.slow
def test_losses_have_weights(fit, tmp_path):
    assert fit("--run=captions-only", "--model.answer_weight=0", "--model.weight_decay=0") == 0
    assert fit("--run=begin", "--model.learning_rate=0", "--model.weight_decay=0") == 0
    one, other = (
        torch.load(tmp_path / name / "checkpoints/last.ckpt")["state_dict"] for name in ("captions-only", "begin")
    )
    moved = {name for name, value in one.items() if not torch.equal(value, other[name])}
    assert "network.captions.hidden.weight" in moved
    assert not any(name.startswith("network.answers.") for name in moved)


@pytest.mark.slow
def test_what_questions_need(fit, scenes):
    with pytest.raises(ValueError, match=re.escape("there is nothing to train on: give captions with --data.train")):
        fit(captions=False, asked=False)
    with pytest.raises(ValueError, match=re.escape("captions need a validation split: give its captions file")):
        fit(f"--data.train={scenes / 'captions_train.json'}", captions=False)
    names = [option for option in questions(scenes, "train", "val") if "annotations" not in option]
    with pytest.raises(
        ValueError, match=re.escape("has no answers; give them with --data.questions.train.annotations")
    ):
        fit(*names, captions=False, asked=False)
    with pytest.raises(ValueError, match=re.escape("--monitor val/accuracy is no score of this recipe")):
        fit("--monitor=val/accuracy", asked=False)
    with pytest.raises(ValueError, match=re.escape("set crops or questions.mirror, not both")):
        fit("--data.crops=true", "--data.questions.mirror=[left,right]")
    assert (
        fit("--run=r", *questions(scenes, "train", "val"), "--trainer.max_epochs=1", captions=False, asked=False) == 0
    )
    with pytest.raises(ValueError, match=re.escape("there are no test questions: give their file with")):
        fit("--run=r", *questions(scenes, "train", "val"), verb="test", captions=False, asked=False)


def test_mirror_images_are_asked_about_with_left_and_right_exchanged(fit, scenes, tmp_path, monkeypatch):
    learn, read = AnswerPart.loss, set[str]()

    def loss(self, memory, batch, vocabulary):
        read.update(vocabulary.decode(words.tolist()) for words in batch["words"].flatten(0, 1))
        return learn(self, memory, batch, vocabulary)

    monkeypatch.setattr(AnswerPart, "loss", loss)
    assert fit("--run=mirrored", "--data.questions.mirror=[left,right]", captions=False) == 0
    asked = read_questions(
        scenes / "questions_train.json", scenes / "annotations_train.json", image_names=scenes / "captions_train.json"
    )
    about_sides = [one for one in asked if {"left", "right"} & set(one.text.split())]
    as_read = {" ".join(words(one.text)) for one in about_sides}
    turned = {" ".join(words(exchanged(one, ("left", "right")).text)) for one in about_sides}
    assert read & (as_read - turned)
    assert read & (turned - as_read)
    views = [json.loads(about.read_text())["identity"]["views"] for about in tmp_path.glob("features/*/store.json")]
    assert sorted(views) == [1, 2]


@pytest.mark.slow
def test_two_processes_give_the_answers_of_one(scenes, tmp_path):
    options = ["--config", scenes / "small.yaml", *questions(scenes, *SPLITS), "--monitor=val/accuracy"]
    assert in_a_process("fit", *options, "--run=one", cwd=tmp_path).returncode == 0
    tables = []
    for many in ([], ["--trainer.devices=2", "--trainer.strategy=ddp"]):
        single = ["--run=one", "--data.questions.batch_size=1"]
        result = in_a_process("validate", *options, *single, *many, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        tables.append([line for line in result.stdout.splitlines() if "val/" in line])
    assert tables[0] == tables[1]
    assert any("val/accuracy" in line for line in tables[0])
    photos = by_photo(read_questions(scenes / "questions_val.json", image_names=scenes / "captions_val.json"))
    assert len(photos) % 2 == 1  # so that one rank is given a photo a second time


@pytest.mark.slow
def test_components_are_found_before_a_run_and_stay(fit, tmp_path, monkeypatch):
    found = []

    def watched(network, *rest):
        find_components(network, *rest)
        found.append(network.core.project.weight.clone())

    monkeypatch.setattr("captioner.training.tasks.photos.find_components", watched)
    components = ["--model.network.core.components=true", "--model.network.core.grid=8", "--average=0.9"]
    assert fit("--run=first", *components, "--trainer.max_epochs=1") == 0
    assert fit("--run=first", *components, "--trainer.max_epochs=2", "--resume") == 0
    assert fit("--run=second", *components, f"--model.start_from={tmp_path / 'first/bundle'}") == 0
    (weight,) = found
    for run_name in ("first", "second"):
        kept = load_bundle(tmp_path / run_name / "bundle").network.core.project.weight
        torch.testing.assert_close(kept, weight, rtol=0, atol=0)


def test_all_processes_take_the_components_of_the_first():
    def process(seed, broadcast):
        core = CoreSettings(embedding=4, state=5, grid=6, width=4, components=True)
        network = Network(NetworkSettings(EncoderSettings("small", "none"), core), vocabulary=9)
        pixels = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(seed))  # each sees other photos
        batches: Any = DataLoader([{"pixels": photo} for photo in pixels], batch_size=2)  # type: ignore[arg-type]
        strategy: Any = SimpleNamespace(broadcast=broadcast)
        find_components(network, batches, strategy)
        return network.core.project

    sent = []

    def send(value):
        sent.append(value.clone())
        return value

    first = process(0, send)
    second = process(1, lambda value: sent.pop(0))
    torch.testing.assert_close(first.state_dict(), second.state_dict(), rtol=0, atol=0)
    assert not torch.equal(process(1, lambda value: value).weight, first.weight)
