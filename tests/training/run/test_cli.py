"""The trainer as people use it: what a run leaves, going on after Ctrl-C, scoring checkpoints, and errors."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from filelock import FileLock

import captioner
from captioner.cli.main import main
from captioner.models.bundle import load_bundle
from captioner.nn.network import Network
from captioner.training.run.callbacks import _approach
from captioner.training.run.cli import run
from captioner.training.tasks.photos import CaptionTask
from tests.paths import ROOT

SHORT = "--model.validation.max_words=10"  # TensorBoard draws a picture for each word


def in_a_process(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "captioner.cli.main", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=250, check=False)


def files(scenes: Path) -> list[str]:
    return [f"--data.{split}={scenes / f'captions_{split}.json'}" for split in ("train", "val", "test")]


@pytest.fixture(scope="module")
def folder(scenes, tmp_path_factory):
    """A folder with the finished run `runs/whole`, trained by the command itself; what it said is in `said`."""
    folder = tmp_path_factory.mktemp("whole")
    options = ["--config", scenes / "small.yaml", *files(scenes), "--run=runs/whole", SHORT]
    result = in_a_process("fit", *options, "--trainer.enable_progress_bar=true", cwd=folder)
    assert result.returncode == 0, result.stderr
    (folder / "said").write_text(result.stdout + result.stderr)
    return folder


def metrics(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_what_is_needed_to_repeat_resume_judge_and_use_it(folder):
    run = folder / "runs" / "whole"
    assert {path.name for path in run.iterdir()} >= {"config.yaml", "metrics.csv", "checkpoints", "bundle"}
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert {path.name for path in (run / "bundle").iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "encoder.json",
        "vocab.json",
    }
    rows = metrics(run)
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert all(float(row["train/loss"]) > 0 and row["val/bleu4_greedy"] for row in rows)
    assert {row["val/photos"] for row in rows} == {"3.0"}


def test_what_fit_says_is_quiet_and_tells_what_to_do_next(folder):
    said = (folder / "said").read_text()
    assert "train: 40 captions of 8 photos; val: 15 captions of 3 photos" in said
    assert "epoch 1: bleu1_greedy" in said
    assert "loss: " in said
    assert "texts/s: " in said
    assert said.rstrip().endswith("next: captioner caption --model runs/whole/bundle PHOTO")
    for noise in ("Warning", "site-packages", "Tip", "TPU", "v_num", "eval mode", "deprecated"):
        assert noise not in said


def test_checkpoints_hold_no_code(folder):
    for name in ("best", "last"):
        path = folder / "runs/whole/checkpoints" / f"{name}.ckpt"
        assert torch.load(path, weights_only=True)["state_dict"]


def test_the_bundle_is_the_best_checkpoint(folder):
    network = load_bundle(folder / "runs/whole/bundle").network
    best = torch.load(folder / "runs/whole/checkpoints/best.ckpt", weights_only=True)["state_dict"]
    for name, value in network.state_dict().items():
        assert torch.equal(value, best[f"network.{name}"]), name


def test_tensorboard_gets_sample_captions_with_their_attention(folder):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder / "runs/whole/tensorboard"))
    events.Reload()
    tags = events.Tags()
    assert tags["images"] == [f"attention/val_{number:06}.png" for number in range(3)]
    assert events.Images(tags["images"][0])[0].width > 300
    assert "samples/text_summary" in tags["tensors"]


def test_a_second_fit_into_the_same_run_is_refused(folder, verb):
    with pytest.raises(ValueError, match=r"whole holds a run already: go on with --resume, or name another with --run"):
        verb("fit", "--run", folder / "runs/whole")


def test_a_second_fit_while_the_first_one_trains_is_refused(verb, tmp_path):
    (tmp_path / "run").mkdir()
    with (
        FileLock(tmp_path / "run/lock"),
        pytest.raises(ValueError, match=r"run is being trained by another process; name another run with --run"),
    ):
        verb("fit", "--run=run", "--trainer.max_epochs=1")
    assert {path.name for path in (tmp_path / "run").iterdir()} <= {"lock"}


def test_the_last_checkpoint_knows_the_best_one(folder):
    callbacks = torch.load(folder / "runs/whole/checkpoints/last.ckpt", weights_only=True)["callbacks"]
    best = max(float(row["val/bleu4_greedy"]) for row in metrics(folder / "runs/whole"))
    (state,) = (state for name, state in callbacks.items() if "ModelCheckpoint" in name and "bleu4" in name)
    assert float(state["best_model_score"]) == pytest.approx(best)
    assert callbacks["BestBundle"]["best"] == pytest.approx(best)


def test_what_a_killed_run_left_is_cleared(verb, tmp_path):
    left = [
        tmp_path / "run" / name
        for name in (".bundle.unfinished", "bundle/.onnx.unfinished", "checkpoints/.x.unfinished")
    ]
    for place in left:
        place.mkdir(parents=True)
    assert verb("fit", "--run=run", "--trainer.max_epochs=1") == 0
    assert not any(place.exists() for place in left)


def test_validate_and_test_score_the_best_checkpoint_and_leave_the_run_alone(folder, verb, capsys, caplog):
    run = folder / "runs/whole"
    before = {path: path.read_bytes() for path in (run / "config.yaml", run / "metrics.csv")}
    assert verb("validate", "--run", run, SHORT, "--trainer.enable_progress_bar=true") == 0
    shown = capsys.readouterr().out
    best = max(metrics(run), key=lambda row: float(row["val/bleu4_greedy"]))
    assert f"{float(best['val/bleu1_greedy']):.5f}"[:7] in shown
    assert verb("test", "--ckpt_path", run / "checkpoints/last.ckpt") == 0
    assert "test/bleu4_beam5" in capsys.readouterr().out
    assert [record.message for record in caplog.records if "scoring" in record.message] == [
        f"scoring {run / 'checkpoints' / name}" for name in ("best.ckpt", "last.ckpt")
    ]
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.slow
def test_two_processes_give_the_scores_of_one(folder, scenes):
    tables = []
    for devices in (1, 2):
        options = ["--config", scenes / "small.yaml", *files(scenes), "--run=runs/whole", "--data.batch_size=1"]
        many = [] if devices == 1 else ["--trainer.devices=2", "--trainer.strategy=ddp"]
        result = in_a_process("validate", *options, *many, cwd=folder)
        assert result.returncode == 0, result.stderr
        tables.append([line for line in result.stdout.splitlines() if "val/" in line])
    assert len(tables[0]) == 8
    assert tables[0] == tables[1]


@pytest.mark.slow
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(verb, monkeypatch, tmp_path):
    chance = ("--data.mirror=true", "--data.captions_per_photo=2", "--model.scheduled_sampling=0.5", "--average=0.9")
    often = ("--trainer.log_every_n_steps=1", "--data.batch_size=2", *chance)
    assert verb("fit", "--run=whole", *often) == 0
    step = CaptionTask.training_step

    def interrupted(self, batch, index):
        if self.current_epoch == 1 and index == 2:
            raise KeyboardInterrupt
        return step(self, batch, index)

    monkeypatch.setattr(CaptionTask, "training_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verb("fit", "--run=cut", *often)
    monkeypatch.setattr(CaptionTask, "training_step", step)
    assert [row["step"] for row in metrics(tmp_path / "cut")] == ["0", "1", "2", "3", "4", "5", "6"]
    assert verb("fit", "--run=cut", "--resume", "--data.workers=1", *often) == 0

    whole, resumed = (torch.load(tmp_path / run / "checkpoints/last.ckpt") for run in ("whole", "cut"))
    assert whole["global_step"] == resumed["global_step"] == 8
    for name, value in whole["state_dict"].items():
        assert torch.equal(value, resumed["state_dict"][name]), name
    rows = [metrics(tmp_path / run) for run in ("whole", "cut")]
    for row in [*rows[0], *rows[1]]:
        row.pop("train/texts_per_s")
    assert rows[0] == rows[1]
    assert "resume: false" in (tmp_path / "cut/config.yaml").read_text()


@pytest.mark.slow
def test_averaged_weights_leave_a_frozen_encoder_as_it_is_so_its_features_are_found_again(verb, own_folder):
    frozen = ("--model.network.encoder.trainable_stages=0", "--data.batch_size=1", "--average=0.9")
    assert verb("fit", "--run=first", *frozen) == 0
    stores = {path.name for path in (own_folder / "features").iterdir()}
    assert verb("fit", "--run=second", *frozen, "--model.start_from=first/bundle") == 0
    assert {path.name for path in (own_folder / "features").iterdir()} == stores


def test_averaging_leaves_what_is_not_trained_as_it_is_to_the_bit():
    frozen = torch.tensor([-0.0, 0.0, 0.1, -3e38])
    assert _approach(frozen, frozen.clone(), None, share=0.3).numpy().tobytes() == frozen.numpy().tobytes()


def test_a_decay_that_is_none(verb):
    with pytest.raises(ValueError, match=r"^--average is 1\.5, but must be a number from 0 to 1$"):
        verb("fit", "--run=run", "--average=1.5")


def test_control_c_ends_with_one_word_and_code_130(verb, scenes, monkeypatch, capsys):
    def interrupted(self, batch, index):
        raise KeyboardInterrupt

    monkeypatch.setattr(CaptionTask, "training_step", interrupted)
    assert main(["fit", "--config", str(scenes / "small.yaml"), *files(scenes), "--run=cut"]) == 130
    assert capsys.readouterr().err.endswith("stopped\n")


@pytest.mark.slow
def test_eight_pairs_are_learned_by_heart(verb, scenes, tmp_path):
    content = json.loads((scenes / "captions_train.json").read_text())
    content["annotations"] = content["annotations"][::5]  # one caption of each
    pairs = scenes / "captions_pairs.json"
    pairs.write_text(json.dumps(content))
    settings = [
        *("--trainer.max_epochs=300", "--trainer.check_val_every_n_epoch=150", "--data.batch_size=8"),
        *("--model.network.dropout=0", "--model.smoothing=0", "--model.coverage=0", "--model.learning_rate=0.005"),
        *("--model.encoder_learning_rate=0.001", "--model.network.core.embedding=32", "--model.network.core.state=64"),
    ]
    assert verb("fit", "--run=learned", *settings, train=pairs, val=pairs) == 0
    bundle = tmp_path / "learned" / "bundle"
    assert json.loads((bundle / "config.json").read_text())["about"]["scores"]["val/bleu4_greedy"] > 1 - 1e-6
    names = {image["id"]: scenes / "images" / image["file_name"] for image in content["images"]}
    said = captioner.load(bundle).caption(list(names.values()))
    assert [one.text for one in said] == [one["caption"].rstrip(".").lower() for one in content["annotations"]]


def test_korean_goes_in_and_comes_out(verb, scenes, tmp_path):
    words = ["빨간", "파란", "세모가", "네모가", "위에", "있다"]
    lines = [
        json.dumps({"image": f"train_{number:06}.png", "caption": " ".join(words[number % 2 :: 2])})
        for number in range(8)
    ]
    korean = scenes / "korean.jsonl"
    korean.write_text("\n".join(lines), encoding="utf-8")
    assert verb("fit", "--run=korean", train=korean, val=korean) == 0
    said = captioner.load(tmp_path / "korean/bundle").caption(scenes / "images/val_000000.png")[0]
    assert said.text
    assert set(said.text.split()) <= set(words)


def test_the_best_epoch_is_chosen_and_training_ends_when_generated_captions_stop_improving(verb, tmp_path):
    settings = ("--model.learning_rate=0", "--model.encoder_learning_rate=0", "--patience=1", "--trainer.max_epochs=5")
    assert verb("fit", "--run=idle", *settings) == 0
    assert [row["epoch"] for row in metrics(tmp_path / "idle")] == ["0", "1"]
    about = json.loads((tmp_path / "idle/bundle/config.json").read_text())["about"]
    assert about["epoch"] == 0
    assert about["scores"].keys() >= {"val/bleu4_greedy", "val/cider_d_greedy"}


@pytest.mark.parametrize("setting", ["--trainer.precision=bf16-mixed", "--precision=auto"])
def test_bfloat16_trains(verb, tmp_path, monkeypatch, setting):
    monkeypatch.setattr("captioner.nn.precision.bfloat16_speed", lambda: 2.0)
    halves, step = [], CaptionTask.training_step

    def watched(self, batch, index):
        halves.append(torch.is_autocast_enabled("cpu"))
        return step(self, batch, index)

    monkeypatch.setattr(CaptionTask, "training_step", watched)
    assert verb("fit", "--run=half", setting, "--trainer.max_epochs=1") == 0
    assert halves == [True, True]
    assert load_bundle(tmp_path / "half/bundle").network.words.weight.dtype == torch.float32


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler for processors")
def test_a_compiled_run_learns_what_a_plain_one_learns(verb, tmp_path):
    for name in ("plain", "compiled"):
        assert verb("fit", f"--run={name}", f"--model.compile={name == 'compiled'}", "--average=0.9") == 0
    plain, compiled = ([float(row["train/loss"]) for row in metrics(tmp_path / run)] for run in ("plain", "compiled"))
    assert compiled == pytest.approx(plain, rel=1e-3)


def test_scheduled_sampling_replaces_words_inside_captions_by_words_only(verb, monkeypatch):
    caption, seen = Network.caption, []

    def watched(self, memory, words, lengths):
        said = caption(self, memory, words, lengths)
        seen.append((words.clone(), lengths, said.logits.requires_grad))
        return said

    monkeypatch.setattr(Network, "caption", watched)
    assert verb("fit", "--run=own", "--model.scheduled_sampling=1", "--trainer.max_epochs=3") == 0
    pairs = [(true, given) for true, given in pairwise(seen) if given[2] and not true[2]]
    assert len(pairs) == 5  # all steps but the first, in which nothing is sampled yet
    replaced = 0
    for (true, lengths, _), (given, _, _) in pairs:
        changed = true != given
        inside = torch.arange(true.shape[1]) < lengths[:, None]
        assert not changed[:, 0].any()  # the start
        assert not (changed & ~inside).any()  # padding
        assert (given[changed] > 3).all()  # never padding, start, end or unknown
        replaced += int(changed.sum())
    assert replaced > 20


@pytest.mark.parametrize("recipe", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_parses(recipe, verb, capsys):
    with pytest.raises(SystemExit) as end:
        main(["fit", "--config", str(recipe), "--print_config"])
    assert end.value.code == 0
    assert "learning_rate" in capsys.readouterr().out


ERRORS = {
    "--config=nonsense.yaml": r"File does not exist: '.*nonsense.yaml'; `captioner fit --help` lists the settings",
    "--data.train=missing.json": r"missing.json: no such file",
    "--model.network.core.cell=lstn": r"model.network.core.cell.*'rnn', 'lstm', 'gru'.* Got value: lstn",
    "--model.network.encoder.name=resnet5": r"unknown encoder 'resnet5'",
    "--model.nonsense=3": r"--model.nonsense",
    "--data.batch_size=many": r"data.batch_size.*int.*many",
    "--monitor=val/cider_d": r"--monitor val/cider_d is no score of this recipe; choose one of .*val/cider_d_greedy",
    "--resume": r"there is nothing to resume: runs/captions/checkpoints/last.ckpt does not exist; leave --resume out",
    "--trainer.enable_checkpointing=false": r"enable_checkpointing=False",
    "--ckpt_path=missing.ckpt": r"missing.ckpt: no such checkpoint",
}


@pytest.mark.parametrize("argument", ERRORS)
def test_a_wrong_setting_is_one_sentence_and_code_2(argument, verb, scenes, capsys):
    code = main(["fit", "--config", str(scenes / "small.yaml"), *files(scenes), argument])
    sentence = capsys.readouterr().err
    assert code == 2
    assert re.fullmatch(rf"captioner fit: .*{ERRORS[argument]}.*\n", sentence), sentence


class Damaged(torch.utils.data.Dataset):
    def __getitem__(self, index):
        raise ValueError("features.bin is damaged: remove it")


def test_what_a_process_that_loads_photos_says_is_one_sentence(monkeypatch):
    def fit(*_: object, **__: object) -> None:
        next(iter(torch.utils.data.DataLoader(Damaged(), sampler=[0], num_workers=1)))

    monkeypatch.setattr("captioner.training.run.cli.CaptionerCLI", fit)
    with pytest.raises(ValueError, match=r"^features.bin is damaged: remove it$"):
        run(["fit"])


def test_an_unknown_key_of_a_recipe_is_named(verb, tmp_path):
    (tmp_path / "wrong.yaml").write_text("model: {learning_rat: 3}")
    with pytest.raises(ValueError, match=r"does not accept option 'model.learning_rat'"):
        verb("fit", "--config", tmp_path / "wrong.yaml")


def test_scoring_without_a_checkpoint_is_refused(verb):
    with pytest.raises(FileNotFoundError, match=r"best.ckpt: no such checkpoint; name the folder of a run with --run"):
        verb("test", "--run=nowhere")


def test_a_checkpoint_of_another_network_is_refused(folder, verb):
    with pytest.raises(
        ValueError, match=r"does not fit the recipe: .* trained with another recipe or other captions\?"
    ):
        verb("test", "--run", folder / "runs/whole", "--model.network.core.state=25")
