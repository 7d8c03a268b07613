from itertools import chain
from random import Random

import pytest

from captioner.data.questions.asking import gives_away, open_questions
from captioner.data.questions.claims import affirmed
from captioner.data.questions.facts import facts
from captioner.data.questions.photo import Scene
from captioner.data.questions.together import Together
from tests.data.questions.cases import CASES


@pytest.fixture(scope="module")
def asked(parser):
    """Of every case all questions with their answers, before any is drawn."""
    texts = [case.captions.split("|") for case in CASES]
    parses = parser.parse(chain.from_iterable(texts))
    scenes = [Scene(0, "", tuple(facts(text, next(parses)) for text in photo)) for photo in texts]
    made = []
    for scene in scenes:
        found = [(one.text, one.answer) for one in open_questions(scene, Random(0))]
        found += [(claim.text, "yes") for claim, _ in affirmed(scene, Together([scene]))]
        made.append({f"{text} {answer}".replace("color ", "colour ") for text, answer in found})
    return made


def test_there_are_forty_cases():
    assert len(CASES) == 40


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: CASES[place].captions[:40])
def test_what_must_come_and_what_must_not(asked, place):
    case = CASES[place]
    assert case.must <= asked[place]
    assert not [text for text in asked[place] if text.startswith(case.never)] or not case.never


def test_no_question_holds_its_own_answer(asked):
    for text in chain.from_iterable(asked):
        question, _, answer = text.rpartition("? ")
        assert answer in ("yes",) or not set(answer.split()) & set(question.split())


@pytest.mark.parametrize(
    ("text", "answer"),
    [("who is surfing?", "surfer"), ("what is the man riding?", "ride"), ("what is the biker riding?", "bike")],
)
def test_a_question_gives_its_answer_away(text, answer):
    assert gives_away(text, answer)
    assert not gives_away(text, "dog")
