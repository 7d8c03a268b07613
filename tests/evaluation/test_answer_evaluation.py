import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import captioner
from captioner.data.read.questions import AskedPhoto, Question, read_vqa_results
from captioner.evaluation.answers import answer_result, evaluate_answers, exchanged
from captioner.scoring.answers.scores import score_answers
from tests.two_heads import save


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return captioner.load(save(tmp_path_factory.mktemp("two") / "bundle"))


@pytest.fixture
def questions(tmp_path) -> list[Question]:
    """Five questions about three photos, those of one photo apart."""
    asked = []
    for number, (name, text) in enumerate(
        [("a", "what is it?"), ("b", "how many chairs?"), ("a", "what is there?"), ("c", ""), ("b", "what?")]
    ):
        path = tmp_path / f"{name}.png"
        Image.new("RGB", (40, 30), {"a": "red", "b": "blue", "c": "white"}[name]).save(path)
        asked.append(Question(f"q{number}", name, path, text, ("table", "2"), "what" if number else "", "other"))
    return asked


def test_every_question_is_answered_as_if_it_was_asked_alone(model, questions, tmp_path):
    told = []
    found = evaluate_answers(model, questions, batch=2, progress=lambda done, total: told.append((done, total)))
    assert found.answers == {one.id: model.ask(one.path, one.text).text for one in questions}
    assert list(found.answers) == [one.id for one in questions]
    assert found.scores == score_answers(found.answers, questions)
    assert told == [(2, 5), (4, 5), (5, 5)]
    answer_result(found, data={"file": "asked"}).write(tmp_path / "out")
    assert read_vqa_results(tmp_path / "out/results.json") == found.answers
    scores = json.loads((tmp_path / "out/scores.json").read_text())
    assert scores["scores"] == {"accuracy": found.scores.accuracy}
    assert scores["by_answer_type"].keys() == {"other"}
    assert scores["data"] == {"file": "asked"}
    assert scores["surest"][-1]["coverage"] == 1
    assert scores["surest"][-1]["risk"] == pytest.approx(1 - found.scores.accuracy)
    assert (scores["questions"], scores["photos_exchanged_with_seed"]) == (5, None)


def test_questions_without_answers_are_answered_and_not_scored(model, questions, tmp_path):
    bare = [replace(question, answers=()) for question in questions]
    found = evaluate_answers(model, bare, out=tmp_path)
    assert read_vqa_results(tmp_path / "results.json") == found.answers
    assert found.scores is None
    result = answer_result(found, data={"file": "asked"})
    assert result.text == "not scored: 5 of 5 questions have no answers to compare with (--annotations)\n"
    result.write(tmp_path / "out")
    scores = json.loads((tmp_path / "out/scores.json").read_text())
    assert (scores["questions"], scores["scored"], scores["scores"]) == (5, 0, {})
    some = evaluate_answers(model, [questions[0], *bare[1:]])
    assert some.scores == score_answers({questions[0].id: found.answers[questions[0].id]}, questions[:1])


def test_exchanged_photos_are_those_of_others(model, questions):
    found = evaluate_answers(model, questions, exchange_seed=1)
    assert found.exchanged == 1
    photos = asked(questions)
    places = {photo.source: photo.questions for photo in exchanged(photos, 1)}
    assert places.keys() == {photo.source for photo in photos}
    for path, ids in places.items():
        for place in ids:
            assert path != questions[place].path
            assert found.answers[questions[place].id] == model.ask(path, questions[place].text).text


def asked(questions):
    paths = dict.fromkeys(one.path for one in questions)
    return [AskedPhoto(path, tuple(i for i, one in enumerate(questions) if one.path == path)) for path in paths]


def test_exchanging_keeps_no_photo_and_hangs_on_the_seed():
    photos = [AskedPhoto(Path(str(number)), (number,)) for number in range(20)]
    one, other = exchanged(photos, 0), exchanged(photos, 1)
    assert one != other
    assert one == exchanged(photos, 0)
    for photo, new in zip(photos, one, strict=True):
        assert new.questions == photo.questions
        assert new.source != photo.source
    assert {photo.source for photo in one} == {photo.source for photo in photos}
    with pytest.raises(ValueError, match="photos can be exchanged among questions about two photos or more"):
        exchanged(photos[:1], 0)


def test_a_photo_that_cannot_be_read_is_told(model, questions):
    questions[1].path.unlink()
    with pytest.raises(ValueError, match=re.escape("no such photo; `captioner data check` lists all such photos")):
        evaluate_answers(model, questions)
