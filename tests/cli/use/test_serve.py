"""`captioner serve` before it serves; `tests/serving` has the rest."""

from captioner.cli.main import main
from captioner.cli.use import serve
from captioner.models.bundle import save_bundle
from tests import two_heads
from tests.inference.test_texts import language_model


def test_limits_and_bundles_that_cannot_be_are_told(tmp_path, capsys):
    assert main(["serve", "--model", str(tmp_path / "none")]) == 2
    assert "is no bundle: there is no such folder" in capsys.readouterr().err
    assert main(["serve", "--model", str(two_heads.save(tmp_path / "b")), "--places=0"]) == 2
    assert capsys.readouterr().err == "captioner serve: places is 0; it must be at least 1\n"


def test_a_language_model_has_nothing_to_serve(tmp_path, capsys):
    save_bundle(tmp_path / "text", language_model())
    assert main(["serve", "--model", str(tmp_path / "text")]) == 2
    sentence = "neither captions photos nor answers questions, so there is nothing to serve"
    assert capsys.readouterr().err == f"captioner serve: {tmp_path / 'text'} {sentence}\n"


def test_what_is_not_installed_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(serve, "NEEDED", ("fastapi", "no_such_library"))
    assert main(["serve", "--model", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "captioner serve: serving needs no_such_library: pip install 'captioner[serve]'\n"
    )


def test_an_index_is_for_a_gallery(tmp_path, capsys):
    assert main(["serve", "--index", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "captioner serve: --index is for a gallery: add --photos and a folder\n"
