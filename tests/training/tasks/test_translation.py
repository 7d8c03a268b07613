"""A translator trained as the command line trains it."""

import json
from pathlib import Path

import pytest
from PIL import Image

import captioner
from captioner.images import ImageSpec
from captioner.recipes import recipe
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


BESIDE = (
    "--data.photos=photos",
    "--data.image.size=32",
    "--model.encoder.name=small",
    "--model.encoder.weights=none",
    "--model.encoder.side=2",
)


@pytest.fixture
def with_photos(fit):
    """The same with a photo for each sentence but the last; two share one."""
    Path("images").mkdir()
    for number in range(6):
        Image.new("RGB", (40, 30), (40 * number, 0, 0)).save(f"images/{number}.png")
    Path("photos.txt").write_text("".join(f"{number % 6}.png\n" for number in range(7)) + "\n")
    return lambda *arguments, **verb: fit(*BESIDE, *arguments, **verb)


@pytest.mark.slow
def test_it_trains_with_photos_beside_and_goes_on(with_photos, capsys):
    photo_dropout = "--model.photo_dropout=0.5"
    assert with_photos("--run=x", photo_dropout) == 0
    bundle = captioner.load("x/bundle").bundle
    assert bundle.heads == ["translation"]
    assert bundle.transform == ImageSpec(size=32)
    assert next(iter(bundle.about["train"].values()))["photos"] == 6
    assert "--photo dog.jpg" in Path("x/bundle/README.md").read_text()
    assert with_photos("--run=x", verb="test") == 0
    assert "test/bleu_beam5" in capsys.readouterr().out
    assert with_photos("--run=x", photo_dropout, "--resume", "--trainer.max_epochs=3") == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("--model.encoder=null", "photos beside the sentences need both: their names, data.photos, and what sees them"),
        ("--data.photos=null", "photos beside the sentences need both: their names, data.photos, and what sees them"),
        ("--data.photos=fotos", "fotos.txt: no such file"),
        ("--data.images=nowhere", "photos.txt line 1: nowhere/0.png: no such photo"),
        ("--data.image.frames=2", "data.image.frames makes clips of them: leave it out"),
        ("--model.encoder.trainable_stages=1", "beside sentences is not trained: set encoder.trainable_stages to 0"),
        ("--model.encoder.name=none", "photos beside sentences need an encoder that sees them, and it is none"),
        ("--model.photo_dropout=2", "model.photo_dropout is 2"),
    ],
)
def test_photos_that_cannot_stand_beside_are_told_in_a_sentence(with_photos, given, reason):
    with pytest.raises((ValueError, FileNotFoundError), match=reason):
        with_photos(given)


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


@pytest.mark.parametrize("name", ["multi30k", "multi30k_photos"])
def test_the_recipe_names_its_kind(name):
    kind = chosen(["--config", str(recipe(name))])
    assert kind.task is TranslationTask
