"""`captioner gradients`: numbers and a picture, of recipes and of bundles."""

from pathlib import Path

import pytest

from captioner.cli.main import main
from captioner.models.bundle import save_bundle
from tests import two_heads
from tests.recurrence import language_model

RECIPE = """
model:
  network:
    core: {cell: gru, embedding: 6, state: 8, layers: 2}
"""


TEXT_RECIPE = "model: {core: {embedding: 6, state: 8}}"


@pytest.fixture
def gradients(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("recipe.yaml").write_text(RECIPE)

    def run(*arguments: str) -> tuple[int, str, str]:
        return main(["gradients", *arguments]), *capsys.readouterr()

    return run


def test_a_recipe_shows_every_cell_of_its_shape(gradients):
    code, out, error = gradients("--config=recipe.yaml", "--length=12", "--rows=2", "--scale", "1", "5")
    assert (code, error) == (0, "")
    assert Path("gradients.png").is_file()
    lines = out.splitlines()
    assert lines[1].split()[-1] == "11"
    assert [line.split()[0] for line in lines[2:5]] == ["rnn", "lstm", "gru"]
    assert "gru              layer 2  r 1.000  z 1.000  n 1.000" in lines
    assert sum("W_hh · 5" in line for line in lines) == 2


def test_a_language_models_recipe_does_too(gradients):
    Path("text.yaml").write_text(TEXT_RECIPE)
    code, out, _ = gradients("--config=text.yaml", "--length=3", "--rows=1", "--scale=1")
    assert code == 0
    assert "lstm             layer 1  i 1.000  f 1.000  g 1.000  o 1.000" in out


def test_a_bundle_stands_beside_untrained_cells_of_its_shape(gradients):
    save_bundle(Path("bundle"), language_model.make("gru"))
    Path("text.py").write_text(3 * language_model.TEXT)
    code, out, _ = gradients("--model=bundle", "--text=text.py", "--length=15", "--rows=2", "--out=flow.png")
    assert code == 0
    lines = out.splitlines()
    assert [line.split("  ")[0] for line in lines[2:6]] == ["gru, trained", "rnn", "lstm", "gru"]
    assert "gru, trained, W_hh · 2" in out
    assert Path("flow.png").is_file()
    assert gradients("--model=bundle", "--text=x")[2] == "captioner gradients: x: no such text\n"
    Path("odd.txt").write_bytes(b"\xff")
    assert gradients("--model=bundle", "--text=odd.txt")[2].endswith("odd.txt is not UTF-8 text; save it as UTF-8\n")


def test_a_captioners_layers_read_noise(gradients):
    two_heads.save(Path("bundle"))
    code, out, _ = gradients("--model=bundle", "--length=5", "--rows=2")
    assert code == 0
    assert out.splitlines()[2].startswith("lstm, trained ")
    error = gradients("--model=bundle", "--text=recipe.yaml")[2]
    assert error.endswith(
        "this bundle sees photos and reads no text of its own; leave --text out, and it reads noise\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give either --model FOLDER, a trained model, or --config FILE, a recipe"),
        (["--config=recipe.yaml", "--out=x.pdf"], "--out x.pdf must end in .png"),
        (["--config=none.yaml"], "none.yaml: no such file"),
        (["--config=recipe.yaml", "--length=0"], "length is 0 and rows 16, but at least 1 of each must be read"),
        (["--config=odd.yaml"], "odd.yaml has no usable core in its model: 'model'"),
        (["--config=list.yaml"], "list.yaml is no recipe: it must hold names with values, as the files in configs/ do"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(gradients, arguments, sentence):
    Path("odd.yaml").write_text("data: {}\n")
    Path("list.yaml").write_text("- 1\n")
    assert gradients(*arguments) == (2, "", f"captioner gradients: {sentence}\n")


def test_what_is_no_yaml_is_one_sentence(gradients):
    Path("broken.yaml").write_text("a: [")
    code, _, error = gradients("--config=broken.yaml")
    assert code == 2
    assert error.startswith("captioner gradients: broken.yaml is not YAML: ")
    assert error.count("\n") == 1
