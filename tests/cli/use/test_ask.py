import io
import json

import pytest
from PIL import Image

import captioner
from captioner.cli.main import main
from captioner.inference.answers import Answers
from tests.two_heads import ANSWERS, save


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A bundle, and two photos."""
    folder = tmp_path_factory.mktemp("ask")
    save(folder / "bundle")
    for name, colour in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (40, 30), colour).save(folder / f"{name}.png")
    return folder


def ask(folder, *arguments: object) -> int:
    return main(["ask", "--model", str(folder / "bundle"), *map(str, arguments)])


def test_one_question_gives_one_answer(folder, capsys):
    assert ask(folder, folder / "a.png", "what is on the table?") == 0
    said = capsys.readouterr()
    assert said.out.strip() in ANSWERS.answers
    assert said.err == ""


def test_the_likeliest_answers_with_their_probability(folder, capsys):
    assert ask(folder, folder / "a.png", "what is on the table?", "--top", 3) == 0
    best = captioner.load(folder / "bundle").ask(folder / "a.png", "what is on the table?", top=3).best
    assert capsys.readouterr().out.splitlines() == [f"{100 * p:5.1f} %  {text}" for text, p in best]


def test_unknown_words_and_no_words_are_told(folder, capsys):
    assert ask(folder, folder / "a.png", "what is the quux?") == 0
    assert capsys.readouterr().err == "captioner: the model does not know quux; it read: what is the <unk>\n"
    assert ask(folder, folder / "a.png", "?") == 0
    assert capsys.readouterr().err == "captioner: the question has no words; the model guesses from the photo alone\n"


def test_json_lines(folder, capsys):
    assert ask(folder, folder / "a.png", "what quux", "--json", "--top", 2) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["photo"] == str(folder / "a.png")
    assert (line["question"], line["unknown"]) == ("what quux", ["quux"])
    assert line["top"][0] == {"answer": line["answer"], "probability": line["probability"]}
    assert len(line["top"]) == 2


def test_a_conversation_reads_a_question_a_line(folder, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("what is it?\n\nhow many chairs?\n"))
    assert ask(folder, folder / "a.png") == 0
    model = captioner.load(folder / "bundle")
    answers = [model.ask(folder / "a.png", text).text for text in ("what is it?", "how many chairs?")]
    assert capsys.readouterr().out.splitlines() == answers


def test_a_table_of_questions_and_one_photo_that_is_missing(folder, capsys):
    rows = ["a.png,what?", "none.png,what?", "b.png,how many chairs are there?", "a.png,what is it?"]
    table = folder / "asked.csv"
    table.write_text("\n".join(["image,question", *rows]))
    assert ask(folder, table) == 1
    said = capsys.readouterr()
    assert [line.split("\t")[:2] for line in said.out.splitlines()] == [
        [str(folder / "a.png"), "what?"],
        [str(folder / "a.png"), "what is it?"],
        [str(folder / "b.png"), "how many chairs are there?"],
    ]
    assert "captioner ask: " in said.err
    assert "none.png: no such photo" in said.err


def test_a_table_and_a_question_are_too_much(folder, capsys):
    assert ask(folder, folder / "asked.csv", "what?") == 2
    assert "asked.csv holds questions already: leave 'what?' out, or give a photo" in capsys.readouterr().err


def test_a_bundle_without_the_head_is_told(folder, tmp_path, capsys):
    save(tmp_path / "bundle", answers=False)
    assert main(["ask", "--model", str(tmp_path / "bundle"), str(folder / "a.png"), "what?"]) == 2
    assert "this model cannot answer questions" in capsys.readouterr().err


def test_attending_to_a_question_draws_its_words_and_glimpses(folder, capsys, tmp_path):
    out = tmp_path / "q.html"
    arguments = ["attend", "--model", str(folder / "bundle"), str(folder / "a.png"), "--out", str(out)]
    assert main([*arguments, "--question", "what is the quux?"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0].startswith("what is the quux? ")
    assert "does not know quux" in said.err
    page = out.read_text()
    assert all(f">{name}</button>" in page for name in ("what", "&lt;unk&gt;", "glimpse 1", "glimpse 2"))
    assert main([*arguments, "--question", "what?", "--caption", "a table"]) == 2
    assert "--caption and --question are two pictures: give one of them" in capsys.readouterr().err


def test_evaluate_knows_questions(folder, capsys, tmp_path):
    table = folder / "answered.csv"
    table.write_text("image,question,answer,answer_type\na.png,what?,table,other\nb.png,how many?,2,number\n")
    arguments = ["evaluate", "--model", str(folder / "bundle"), str(table), "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines()[:3]] == ["accuracy", "number", "other"]
    assert printed.splitlines()[-1].startswith("2 questions, ")
    assert main([*arguments, "--shuffle-photos", "3"]) == 0
    assert "2 questions, each about another photo, " in capsys.readouterr().out
    assert json.loads((tmp_path / "out/scores.json").read_text())["photos_exchanged_with_seed"] == 3
    table.write_text(table.read_text() + 'b.png,what?,"table, 2",list\n')
    assert main([*arguments, "--single-answers"]) == 0
    assert "2 questions, " in capsys.readouterr().out
    assert json.loads((tmp_path / "out/scores.json").read_text())["data"] == {
        "file": str(table),
        "single_answers": True,
    }
    assert main([*arguments, "--attention"]) == 2
    assert "answered.csv holds questions, and --attention is for captions only" in capsys.readouterr().err
    captions = folder / "captions.csv"
    captions.write_text("image,caption\na.png,a table\n")
    assert main(["evaluate", "--model", str(folder / "bundle"), str(captions), "--wups"]) == 2
    assert "captions.csv holds captions, and --wups is for questions only" in capsys.readouterr().err


def test_an_answer_that_is_not_sure_enough_is_not_given(folder, capsys, monkeypatch):
    question = (folder / "a.png", "what is on the table?")
    best = captioner.load(folder / "bundle").ask(*question, top=1)
    assert ask(folder, *question, "--at-least", best.probability + 0.01, "--top", 2) == 0
    assert capsys.readouterr().out == "I cannot tell\n"
    assert ask(folder, *question, "--at-least", best.probability - 0.01) == 0
    assert capsys.readouterr().out == f"{best.text}\n"
    assert ask(folder, *question, "--at-least", best.probability + 0.01, "--json") == 0
    line = json.loads(capsys.readouterr().out)
    assert line["answer"] is None
    assert line["top"][0]["answer"] == best.text
    monkeypatch.setattr(Answers, "sure", 0.5)  # as a calibration has it
    assert ask(folder, *question, "--at-least", 0.51) == 0
    assert capsys.readouterr().out == "I cannot tell\n"
    assert ask(folder, *question, "--at-least", 0.5) == 0
    assert capsys.readouterr().out == f"{best.text}\n"
    assert ask(folder, *question, "--at-least", 1.1) == 2
    assert "--at-least is a probability, from 0 to 1, not 1.1" in capsys.readouterr().err
