import pytest

from captioner.cli.main import main
from captioner.models.bundle import save_bundle
from tests import two_heads
from tests.inference.test_texts import language_model


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text") / "bundle"
    save_bundle(folder, language_model())
    return str(folder)


def test_the_prompt_and_what_follows_are_printed_and_a_seed_repeats_them(bundle, capsys):
    said = []
    for _ in range(2):
        assert (
            main(["write", "--model", bundle, "--prompt", "a cafe", "--length", "40", "--seed", "1", "--top-k", "3"])
            == 0
        )
        out, err = capsys.readouterr()
        assert err == ""
        said.append(out)
    assert said[0] == said[1]
    assert said[0].startswith("a cafe")
    assert len(said[0]) == len("a cafe") + 40 + 1


def test_it_is_printed_as_it_is_sampled(bundle, monkeypatch, capsys):
    """Letter by letter: what was chosen is out before the next is."""
    seen = []

    def pieces(self, prompt, **settings):
        for letter in "abc":
            seen.append(capsys.readouterr().out)
            yield letter

    monkeypatch.setattr("captioner.inference.model.Captioner.write", pieces)
    assert main(["write", "--model", bundle, "--prompt", "d"]) == 0
    assert seen == ["d", "a", "b"]
    assert capsys.readouterr().out == "c\n"


def test_letters_that_the_model_does_not_know_are_told(bundle, capsys):
    assert main(["write", "--model", bundle, "--prompt", "xaxy", "--length", "3"]) == 0
    assert capsys.readouterr().err == "captioner write: the model does not know 'x', 'y'; it read over it\n"


def test_a_captioner_is_refused_in_one_sentence_and_code_2(tmp_path, capsys):
    assert main(["write", "--model", str(two_heads.save(tmp_path / "bundle"))]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("captioner write: this bundle looks at photos and writes no texts;")
