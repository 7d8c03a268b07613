"""A translator trained as the command line trains it."""

import json
from pathlib import Path

import pytest

import captioner
from captioner.training.run.cli import run
from captioner.training.run.kinds import chosen
from captioner.training.tasks.translation import TranslationTask
from tests.translator import REVERSED, SENTENCES

RECIPE = """
task: translate
data: {train: "{language}.txt", val: "{language}.txt", test: "{language}.txt", target: ne, subwords: 60, batch_size: 4}
model:
  core: {cell: gru, embedding: 8, state: 8, grid: 8, width: 8}
  reader: {cell: gru, state: 8}
trainer: {accelerator: cpu, devices: 1, max_epochs: 2, enable_progress_bar: false}
"""


@pytest.fixture
def fit(own_folder):
    """`fit("--run=x")` of a small recipe and eight sentences."""
    pytest.importorskip("tokenizers", reason="needs tokenizers: pip install 'captioner[translate]'")
    Path("recipe.yaml").write_text(RECIPE)
    Path("en.txt").write_text("\n".join(SENTENCES))
    Path("ne.txt").write_text("\n".join(REVERSED))
    return lambda *arguments, verb="fit": run([verb, "--config=recipe.yaml", *arguments])


@pytest.mark.slow
def test_it_trains_turned_round_too_and_goes_on(fit, capsys):
    assert fit("--run=x") == 0
    bundle = captioner.load("x/bundle").bundle
    assert bundle.heads == ["translation"]
    assert bundle.about["languages"] == ["en", "ne"]
    assert "translates sentences" in Path("x/bundle/README.md").read_text()
    assert fit("--run=x", verb="test") == 0
    assert "test/bleu_beam5" in capsys.readouterr().out
    assert fit("--run=x", "--resume", "--trainer.max_epochs=3") == 0
    assert fit("--run=y", "--data.source=ne", "--data.target=en", "--trainer.max_epochs=1") == 0
    assert json.loads(Path("y/bundle/config.json").read_text())["about"]["languages"] == ["ne", "en"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("--data.train=en.txt", r"--data.train en.txt names one file; write {language} where the two differ"),
        ("--data.source=fr", "fr.txt: no such file"),
        ("--data.subwords=3", "data.subwords is 3, but must be a whole number from 8"),
        ("--model.reader.state=0", "reader.state is 0, but must be"),
        ("--model.core.positions=true", "core.positions and core.components are of photos"),
    ],
)
def test_what_cannot_be_trained_is_said_in_a_sentence(fit, given, reason):
    with pytest.raises((ValueError, FileNotFoundError), match=reason):
        fit(given)


def test_the_recipe_names_its_kind_and_its_files_exist():
    kind = chosen(["--config", "configs/multi30k.yaml"])
    assert kind.task is TranslationTask
