"""The official VQA accuracy: every normalisation rule by hand, the average by brute force, the errors word for word."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.scoring.answers.scores import AnswerScores, score_answers
from captioner.scoring.answers.vqa import CONTRACTIONS, as_compared, normalise_answer, vqa_accuracy

FEW = st.sampled_from(["red", "the red", "Red.", "red ", "two", "2", "dont", "don't", "red-ish"])


class Asked(NamedTuple):
    id: int | str
    answers: tuple[str, ...]
    answer_type: str = ""
    question_type: str = ""


def leave_one_out(prediction: str, answers: list[str]) -> float:
    """The definition, read aloud: every annotator is left out once, three of the others make an answer right."""
    if len({answer.strip() for answer in answers}) > 1:
        prediction, answers = normalise_answer(prediction.strip()), [normalise_answer(a.strip()) for a in answers]
    else:
        prediction, answers = prediction.strip(), [answer.strip() for answer in answers]
    scores = []
    for left_out in range(len(answers)):
        others = answers[:left_out] + answers[left_out + 1 :]
        scores.append(min(1.0, sum(other == prediction for other in others) / 3))
    return sum(scores) / len(scores)


@given(FEW, st.lists(FEW, min_size=10, max_size=10))
def test_the_accuracy_is_the_average_over_nine_of_ten_annotators(prediction, answers):
    assert vqa_accuracy(prediction, answers) == pytest.approx(leave_one_out(prediction, answers), abs=1e-12)


@given(FEW, st.lists(FEW, min_size=4, max_size=14))
def test_the_rule_is_the_same_for_any_number_of_annotators_from_four(prediction, answers):
    assert vqa_accuracy(prediction, answers) == pytest.approx(leave_one_out(prediction, answers), abs=1e-12)


@pytest.mark.parametrize(("agree", "score"), [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (10, 1)])
def test_the_worth_of_agreeing_annotators_among_ten(agree, score):
    answers = ["cat"] * agree + [f"other {number}" for number in range(10 - agree)]
    assert vqa_accuracy("cat", answers) == pytest.approx(score)


@pytest.mark.parametrize("total", [2, 3, 4])
def test_with_up_to_four_annotators_the_accuracy_is_the_share_who_agree(total):
    for agree in range(total + 1):
        assert vqa_accuracy("cat", ["cat"] * agree + ["dog"] * (total - agree)) == pytest.approx(agree / total)


def test_a_single_answer_must_be_met_exactly():
    assert vqa_accuracy("table, chair", ["table, chair"]) == 1
    assert vqa_accuracy(" table, chair\n", ["table, chair"]) == 1
    assert vqa_accuracy("table chair", ["table, chair"]) == 0
    assert vqa_accuracy("chair, table", ["table, chair"]) == 0


def test_one_voice_is_not_normalised_and_many_are():
    assert vqa_accuracy("Black.", ["black"] * 10) == 0
    assert vqa_accuracy("Black.", ["black"] * 9 + ["gray"]) == 1
    assert vqa_accuracy("black", [" black", "black\n"] * 5) == 1
    assert vqa_accuracy("Black.", ["black"] * 10, normalise="always") == 1


def test_answers_as_they_are_compared():
    assert as_compared(["the cat", "the cat\n"]) == ("the cat", "the cat")
    assert as_compared(["the cat", "two cats"]) == ("cat", "2 cats")
    assert as_compared(["the cat"], normalise="always") == ("cat",)


@pytest.mark.parametrize(
    ("answer", "normal"),
    [
        ("Red", "red"),
        ("  red   car ", "red car"),
        ("a cat on the mat", "cat on mat"),
        ("an apple", "apple"),
        ("The", ""),
        ("two and ten", "2 and 10"),
        ("none", "0"),
        ("zero one three four five six seven eight nine", "0 1 3 4 5 6 7 8 9"),
        ("eleven", "eleven"),
        ("dont", "don't"),
        ("DONT", "don't"),
        ("don't", "don't"),
        ("couldntve", "couldntve"),  # two apostrophes lost are too many
        ("couldn'tve", "couldn't've"),
        ("couldnt've", "couldn't've"),
        ("yall", "y'all"),
        ("somebody'd", "somebodyd"),  # the public table's own slip
        ("Im", "im"),  # its forms with a capital are never met
        ("girl's", "girl's"),
        ("2:50 pm", "2:50 pm"),
        ("yes.", "yes"),
        ("3.5", "3.5"),
        (".5", ".5"),
        ("5.", "5"),
        ("v.2", "v.2"),
        ("u.s.a.", "usa"),
        ("100,978", "100978"),
        ("red,blue", "red blue"),
        ("red, blue", "red blue"),
        ("red ,blue", "red blue"),
        ("1,000 red/blue", "1000 redblue"),  # a comma between digits takes the space from every mark
        ("red/blue", "red blue"),
        ("red/ blue/green", "red bluegreen"),  # a mark beside a space somewhere gives no space anywhere
        ("t-shirt", "t shirt"),
        ("garbage_bin", "garbage bin"),
        ("what?!", "what"),
        (';x/x[x]x"x{x}x(x)x=x+x\\x_x-x>x<x@x`x,x?x!', " ".join("x" * 20)),
        ("a.b" + "." * 40, "ab" + "." * 9),  # 32 periods at most: a flag passed as a count
        ("5$ & 10%", "5$ & 10%"),
    ],
)
def test_normalisation_rule(answer, normal):
    assert normalise_answer(answer) == normal


def test_the_table_of_contractions_is_whole():
    assert len(CONTRACTIONS) == 114
    assert CONTRACTIONS["yall'd've"] == CONTRACTIONS["y'alld've"] == CONTRACTIONS["y'all'dve"] == "y'all'd've"
    assert CONTRACTIONS["ow's'at"] == "'ow's'at"


def test_scores_overall_and_by_type():
    questions = [
        Asked(1, ("2",) * 10, "number", "how many"),
        Asked(2, ("red",) * 10, "other", "what color"),
        Asked("three", ("cat", "dog") * 5, "other", "what"),
        Asked(4, ("cat",)),
    ]
    predictions: dict[int | str, str] = {4: "cat", 1: "2", 2: "blue", "three": "the dog"}
    assert score_answers(predictions, questions) == AnswerScores(
        accuracy=0.75,
        by_answer_type={"other": 0.5, "number": 1.0},
        by_question_type={"how many": 1.0, "what": 1.0, "what color": 0.0},
        wups={},
        per_question={1: 1.0, 2: 0.0, "three": 1.0, 4: 1.0},
        count=4,
    )


def test_normalising_always_reaches_the_scores():
    questions = [Asked(1, ("black",) * 10)]
    assert score_answers({1: "Black."}, questions).accuracy == 0
    assert score_answers({1: "Black."}, questions, normalise="always").accuracy == 1


@pytest.mark.parametrize(
    ("predictions", "questions", "message"),
    [
        ({}, [], "there are no questions to score"),
        ({1: "a"}, [Asked(1, ("b",)), Asked(1, ("b",))], "questions 1 occur more than once among the questions"),
        ({1: "a"}, [Asked(1, ())], "questions 1 have no annotators' answers and cannot be scored"),
        ({1: "a"}, [Asked(1, ("b",)), Asked("1", ("b",))], "questions '1' have no prediction"),
        ({}, [Asked(n, ("b",)) for n in range(7)], "questions 0, 1, 2, 3, 4 and 2 more have no prediction"),
        ({1: "a", 9: "b"}, [Asked(1, ("b",))], "questions 9 are predicted but are not among the questions"),
    ],
)
def test_faulty_sets_are_named(predictions, questions, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        score_answers(predictions, questions)


def test_no_answers_at_all():
    with pytest.raises(ValueError, match=r"^an answer can only be scored against one annotator's answer or more, and"):
        vqa_accuracy("cat", [])


def test_an_unknown_way_to_normalise():
    with pytest.raises(ValueError, match=r"^normalise must be official or always, not 'never'$"):
        vqa_accuracy("cat", ["cat"], normalise="never")  # type: ignore[arg-type]
