"""The list of answers: what is kept and in which order, the targets of each kind, the round trip, the errors."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.text.answer_list import AnswerList

LISTED = AnswerList(("yes", "no", "red"))


def test_the_most_frequent_answers_in_order():
    answers = [["red", "red", "blue"], ["no"], ["no", "blue", "a"]]
    assert AnswerList.build(answers, 3) == AnswerList(("blue", "no", "red"))
    assert AnswerList.build(answers, 9).answers == ("blue", "no", "red", "a")
    assert len(AnswerList.build(answers, 2)) == 2


@given(st.permutations([["red", "red", "blue"], ["no"], ["no", "blue", "a"], ["b"], ["c"]]), st.integers(1, 9))
def test_the_order_of_the_questions_does_not_matter(answers, k):
    assert AnswerList.build(answers, k) == AnswerList.build(sorted(answers), k)


def test_targets_by_share():
    assert LISTED.targets(["no", "yes", "no", "blue"], "share") == {1: 0.5, 0: 0.25}


def test_targets_as_vqa_counts():
    answers = ["no"] * 5 + ["yes"] * 2 + ["blue"] * 3
    assert LISTED.targets(answers, "vqa") == {1: 1.0, 0: pytest.approx(2 / 3)}


def test_one_voice_is_worth_all_where_there_is_no_other():
    assert LISTED.targets(["red"], "vqa") == LISTED.targets(["red"], "share") == {2: 1.0}
    assert LISTED.targets(["red", "no"], "vqa") == {2: 0.5, 1: 0.5}


def test_the_most_frequent_known_answer_alone():
    assert LISTED.targets(["blue", "blue", "red", "red", "no"], "one") == {2: 1.0}
    assert LISTED.targets(["red", "no", "red", "no"], "one") == {1: 1.0}


@pytest.mark.parametrize("kind", ["share", "vqa", "one"])
def test_unknown_answers_have_no_targets(kind):
    assert LISTED.targets(["blue", "Yes"], kind) == {}


def test_round_trip(tmp_path):
    answers = AnswerList(("zwölf", "table, chair"))
    answers.save(tmp_path / "answers.json")
    assert json.loads((tmp_path / "answers.json").read_text()) == {"answers": ["zwölf", "table, chair"]}
    assert AnswerList.load(tmp_path / "answers.json") == answers


def test_a_data_sets_own_list(tmp_path):
    (tmp_path / "answer_space.txt").write_text("1\n10\n\nnight_stand \n")
    assert AnswerList.load(tmp_path / "answer_space.txt").answers == ("1", "10", "night_stand")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ((), "an answer list needs at least one answer"),
        (("a", " "), "every answer of an answer list is a text of at least one letter, not ' '"),
        (("a", 2), "every answer of an answer list is a text of at least one letter, not 2"),
        (("a", "b", "a"), "the answer 'a' stands twice in the answer list; keep one of them"),
    ],
)
def test_faulty_lists_in_memory_and_on_disk(tmp_path, answers, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        AnswerList(answers)
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"answers": answers}))
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path}: {message}')}$"):
        AnswerList.load(path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"answers": "yes"}'])
def test_another_file_is_no_list(tmp_path, content):
    (tmp_path / "answers.json").write_text(content)
    with pytest.raises(ValueError, match=r"answers.json is no answer list: it must hold a list `answers`$"):
        AnswerList.load(tmp_path / "answers.json")


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"answers.json: no such file$"):
        AnswerList.load(tmp_path / "answers.json")


@pytest.mark.parametrize("k", [0, -1, 2.5, True])
def test_an_impossible_number_of_answers(k):
    with pytest.raises(ValueError, match=rf"^the number of answers to keep must be a whole number from 1 on, not {k}$"):
        AnswerList.build([["a"]], k)


def test_no_answers_to_build_from():
    with pytest.raises(ValueError, match=r"^an answer list needs at least one answer$"):
        AnswerList.build([[]], 3)


def test_targets_of_no_answers():
    with pytest.raises(ValueError, match=r"^a question without answers has no targets; train on questions with"):
        LISTED.targets([], "share")


def test_an_unknown_kind_of_targets():
    with pytest.raises(ValueError, match=r"^answer targets must be one of share, vqa, one, not 'soft'$"):
        LISTED.targets(["yes"], "soft")  # type: ignore[arg-type]
