import builtins

import pytest

from captioner.cli.main import main
from captioner.data.questions.parsing import Parser


def test_questions_from_a_table_of_captions(tmp_path, capsys, monkeypatch, parser):
    captions = tmp_path / "captions.csv"
    lines = [f"{colour}.jpg,A {colour} dog is running in the snow." for colour in ("black", "white", "brown") * 2]
    captions.write_text("image,caption\n" + "\n".join(lines) + "\n")
    monkeypatch.setattr("captioner.data.questions.parsing.Parser", lambda: parser)
    out = tmp_path / "made.jsonl"
    assert main(["data", "questions", str(captions), "--out", str(out), "--most", "1"]) == 0
    assert "words alone" in capsys.readouterr().out
    first = out.read_bytes()
    assert main(["data", "questions", str(captions), "--out", str(out), "--most", "1"]) == 0
    assert out.read_bytes() == first
    assert b"what col" in first


def test_without_the_library_or_its_model(tmp_path, capsys, monkeypatch):
    captions = tmp_path / "captions.csv"
    captions.write_text("image,caption\na.jpg,A dog is running in the snow.\n")
    monkeypatch.setattr("captioner.data.questions.parsing.MODELS", ("no_such_model", "nor_this_one"))
    arguments = ["data", "questions", str(captions), "--out", str(tmp_path / "q.jsonl")]
    pytest.importorskip("spacy")
    assert main(arguments) == 2
    assert "python -m spacy download en_core_web_sm` or `pip install nor-this-one`" in capsys.readouterr().err
    usual = builtins.__import__

    def without(name, *rest):
        if name == "spacy":
            raise ImportError(name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r"pip install 'captioner\[questions\]'"):
        Parser()


def test_how_many_must_be_one_or_more(tmp_path, capsys):
    assert main(["data", "questions", "c.csv", "--out", str(tmp_path / "q.jsonl"), "--most", "0"]) == 2
    assert "--most is 1 or more, not 0" in capsys.readouterr().err
