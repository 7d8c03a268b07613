"""A language model trained as the command line trains it, on a text that is learned in a second."""

import csv
import itertools
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import captioner
from captioner.cli.main import main
from captioner.models.bundle import load_bundle
from captioner.nn.network import Network
from captioner.training.run.cli import run
from captioner.training.run.kinds import chosen
from captioner.training.tasks.text import TextTask
from tests.paths import ROOT

RECIPE = """
task: text
data: {streams: 4, window: 10}
model:
  core: {cell: gru, embedding: 8, state: 24}
  learning_rate: 0.02
trainer: {accelerator: cpu, devices: 1, max_epochs: 2, enable_progress_bar: false}
"""
TEXT = "".join(f"the {'cat' if number % 3 else 'dog'} says ({number % 7})\n" for number in range(60))


@pytest.fixture
def fit(own_folder):
    """`fit("--run=x")` of a small recipe and text."""
    (own_folder / "recipe.yaml").write_text(RECIPE)
    (own_folder / "text.txt").write_text(TEXT)
    (own_folder / "short.txt").write_text("hello")
    return lambda *arguments, verb="fit": run([verb, "--config=recipe.yaml", "--data.text=text.txt", *arguments])


def metrics(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_command_trains_a_text_into_a_bundle_that_writes(tmp_path):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "text.txt").write_text(TEXT)
    command = [sys.executable, "-m", "captioner.cli.main", "fit", "--config=recipe.yaml", "--data.text=text.txt"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    more = ["--run=r", "--trainer.max_epochs=5"]
    done = subprocess.run([*command, *more], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "train: 969 characters; val: 51 characters; 21 different characters; " in done.stderr
    assert done.stderr.rstrip().endswith("next: captioner write --model r/bundle --prompt TEXT")
    assert "Warning" not in done.stderr
    rows = [float(row["val/bits_per_character"]) for row in metrics(tmp_path / "r") if row["val/bits_per_character"]]
    assert len(rows) == 5
    assert min(rows) < 0.8 * rows[0]
    about = json.loads((tmp_path / "r/bundle/config.json").read_text())["about"]
    assert about["scores"]["val/bits_per_character"] == min(rows)  # the best is the least
    assert about["train"] == {"characters": {"file": "text.txt", "count": 969}}
    said = "".join(captioner.load(tmp_path / "r/bundle").write("the ", length=100, temperature=0))
    assert re.search(r"(cat|dog) says \(\d\)\nthe ", said)


@pytest.mark.slow
def test_bits_and_perplexity_are_those_of_one_long_run_over_the_held_out_text(fit, tmp_path):
    assert fit("--run=r", "--data.streams=1", "--data.held_out=0.2") == 0
    bundle = load_bundle(tmp_path / "r/bundle")
    vocabulary, held_out = bundle.vocabulary, TEXT[math.ceil(0.8 * len(TEXT)) :]
    ids = torch.tensor([[vocabulary.start, *vocabulary.encode(held_out)]])
    log_p = bundle.network.read(ids[:, :-1]).logits.log_softmax(2).gather(2, ids[:, 1:, None]).mean()
    last = metrics(tmp_path / "r")[-1]
    assert float(last["val/bits_per_character"]) == pytest.approx(-log_p.item() / math.log(2), abs=1e-4)
    assert float(last["val/perplexity"]) == pytest.approx(math.exp(-log_p.item()), abs=1e-3)


def test_the_state_goes_on_from_window_to_window_and_begins_anew_with_the_text(fit, monkeypatch):
    read, seen = Network.read, []

    def watched(self, words, state=None, *, gates=False):
        result = read(self, words, state, gates=gates)
        seen.append((self.training, state, result.state))
        return result

    monkeypatch.setattr(Network, "read", watched)
    assert fit("--run=r", "--data.window=50") == 0
    for training in (True, False):
        assert sum(state is None for mode, state, _ in seen if mode == training) == 2  # once an epoch
    train = [(before, after) for mode, before, after in seen if mode]
    assert len(train) == 2 * math.ceil(969 // 4 / 50)
    for (_, after), (before, _) in itertools.pairwise(train):
        if before is not None:
            assert torch.equal(before.hidden, after.hidden)
            assert not before.hidden.requires_grad  # the gradient is cut at the window's edge
            assert after.hidden.requires_grad


def test_a_step_changes_the_weights_as_the_window_alone_demands(fit, monkeypatch):
    """Gradients of a window, with the state before it as given numbers, are those that the task gets."""
    step, checked = TextTask.training_step, []

    def watched(self, batch, index):
        state = self.state
        loss = step(self, batch, index)
        assert isinstance(loss, torch.Tensor)
        if index == 3:
            weights = list(self.network.parameters())
            read = self.network.read(
                batch.words, type(state)(*(torch.tensor(part.tolist()) for part in state[:1]), state.cell)
            )
            alone = torch.nn.functional.cross_entropy(read.logits.flatten(0, 1), batch.following.flatten())
            gradients = [torch.autograd.grad(cost, weights, retain_graph=True) for cost in (loss, alone)]
            for one, other in zip(*gradients, strict=True):
                torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
            checked.append(index)
        return loss

    monkeypatch.setattr(TextTask, "training_step", watched)
    assert fit("--run=r") == 0
    assert checked == [3, 3]


@pytest.mark.slow
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(fit, monkeypatch, tmp_path):
    assert fit("--run=whole", "--model.dropout=0.3") == 0
    step = TextTask.training_step

    def interrupted(self, batch, index):
        if self.current_epoch == 1 and index == 5:
            raise KeyboardInterrupt
        return step(self, batch, index)

    monkeypatch.setattr(TextTask, "training_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit("--run=cut", "--model.dropout=0.3")
    monkeypatch.setattr(TextTask, "training_step", step)
    assert fit("--run=cut", "--resume", "--model.dropout=0.3") == 0
    whole, cut = (torch.load(tmp_path / name / "checkpoints/last.ckpt")["state_dict"] for name in ("whole", "cut"))
    for name, value in whole.items():
        assert torch.equal(value, cut[name]), name


def test_words_are_counted_by_the_word(fit, tmp_path):
    assert fit("--run=r", "--data.tokenizer=words", "--data.held_out=0.2", "--monitor=val/bits_per_word") == 0
    assert load_bundle(tmp_path / "r/bundle").vocabulary.tokenizer == "words"
    assert "".join(captioner.load(tmp_path / "r/bundle").write("the cat", length=3, temperature=0)).startswith(" ")


def test_validate_scores_the_best_checkpoint_and_there_is_no_test_part(fit, capsys, tmp_path):
    assert fit("--run=r") == 0
    assert fit("--run=r", verb="validate") == 0
    best = min(float(row["val/perplexity"]) for row in metrics(tmp_path / "r") if row["val/perplexity"])
    assert f"{best:.6f}"[:5] in capsys.readouterr().out
    with pytest.raises(ValueError, match="a text has no test part; `captioner validate` scores the part that was held"):
        fit("--run=r", verb="test")


@pytest.mark.slow
def test_two_processes_share_the_streams_and_give_the_score_of_one(fit, tmp_path):
    assert fit("--run=r") == 0
    command = [sys.executable, "-m", "captioner.cli.main", "validate", "--config=recipe.yaml", "--data.text=text.txt"]
    more = ["--run=r", "--data.window=5", "--data.held_out=0.2"]
    tables = []
    for devices in ([], ["--trainer.devices=2", "--trainer.strategy=ddp"]):
        done = subprocess.run(
            [*command, *more, *devices],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        tables.append([line[:40] for line in done.stdout.splitlines() if "val/" in line])
    assert len(tables[0]) == 2
    assert tables[0] == tables[1]


def test_the_kind_is_what_the_command_line_or_the_last_recipe_names(tmp_path):
    photos, text = tmp_path / "photos.yaml", tmp_path / "text.yaml"
    photos.write_text("run: x\n")
    text.write_text("run: x\ntask: text  # no photos\n")
    assert chosen(["fit"]).name == "photos"
    assert chosen(["fit", "--config", str(photos)]).name == "photos"
    assert chosen(["fit", f"--config={photos}", "--config", str(text), "--run=y"]).name == "text"
    assert chosen(["fit", "--config", str(text), "--task=photos"]).name == "photos"


ERRORS = {
    "--data.text=short.txt": r"short.txt is too short: of its 5 characters, 5 are to train on and 0 to be judged on",
    "--data.text=missing.txt": r"missing.txt: no such text",
    "--data.held_out=0": r"data.held_out is 0(\.0)?, but must be a number above 0 and below 1",
    "--data.streams=2000": r"the text has 969 tokens, too few for 2000 streams; lower --data.streams",
    "--monitor=val/loss": r"--monitor val/loss is no score of this recipe; choose one of val/bits_per_character",
    "--task=songs": r"task.*songs",
    "--model.core.cell=lstn": r"model.core.cell.*'rnn', 'lstm', 'gru'.* Got value: lstn",
    "--data.captions=3": r"--data.captions",
}


@pytest.mark.parametrize("argument", ERRORS)
def test_a_wrong_setting_is_one_sentence_and_code_2(argument, fit, capsys):
    code = main(["fit", "--config=recipe.yaml", "--data.text=text.txt", argument])
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert code == 2
    assert re.fullmatch(rf"captioner fit: .*{ERRORS[argument]}.*", sentence), sentence
