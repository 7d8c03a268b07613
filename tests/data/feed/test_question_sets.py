from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from captioner.data.feed.batches import collate_questions
from captioner.data.feed.question_sets import Asking, MirroredQuestions, QuestionDataset, exchanged
from captioner.data.read.questions import AskedPhoto, Question, by_photo
from captioner.text.vocabulary import Vocabulary

VOCABULARY = Vocabulary.build(["what is it", "how many dogs"], min_count=1)
WHAT, IS, IT, HOW, MANY, DOGS = VOCABULARY.encode("what is it how many dogs")
START, UNKNOWN = VOCABULARY.start, VOCABULARY.unknown


def question(number: int, photo: str, text: str) -> Question:
    return Question(number, photo, Path(photo), text, ("2",))


QUESTIONS = [
    question(1, "b.png", "what is it?"),
    question(2, "a.png", "How many dogs?"),
    question(3, "b.png", ""),
    question(4, "b.png", "how many blue dogs is it?"),
]
TARGETS = [{0: 1.0}, {1: 0.5, 2: 0.25}, {}, {2: 1.0}]


class Seen:
    """Photo i is the number i."""

    def __getitem__(self, index):
        return torch.full((1, 2, 2), float(index))


def dataset(**settings) -> QuestionDataset:
    source: Any = Seen()
    return QuestionDataset(QUESTIONS, source, Asking(VOCABULARY, **settings), TARGETS)


def test_photos_stand_in_the_order_of_their_first_question():
    assert by_photo(QUESTIONS) == [AskedPhoto(Path("b.png"), (0, 2, 3)), AskedPhoto(Path("a.png"), (1,))]


def test_an_item_is_a_photo_with_its_numbered_questions():
    item = dataset()[0]
    assert item.index == 0
    assert [one.place for one in item.questions] == [0, 2, 3]
    assert [one.words for one in item.questions] == [
        [START, WHAT, IS, IT],
        [START],
        [START, HOW, MANY, UNKNOWN, DOGS, IS, IT],
    ]
    assert [one.targets for one in item.questions] == [{0: 1.0}, {}, {2: 1.0}]


def test_long_questions_are_cut_and_some_of_many_are_drawn():
    assert [len(one.words) for one in dataset(longest=2)[0].questions] == [3, 1, 3]
    torch.manual_seed(0)
    drawn = [tuple(one.place for one in dataset(slots=2)[0].questions) for _ in range(60)]
    assert {frozenset(places) for places in drawn} == {frozenset({0, 2}), frozenset({0, 3}), frozenset({2, 3})}
    assert len(dataset(slots=2)[1].questions) == 1


def test_questions_of_some_types_are_drawn_more_often():
    source: Any = Seen()
    asked = [replace(each, question_type="hard" if each.id == 4 else "") for each in QUESTIONS]
    often = QuestionDataset(asked, source, Asking(VOCABULARY, slots=1, often={"hard": 6.0}), TARGETS)
    torch.manual_seed(0)
    drawn = [often[0].questions[0].place for _ in range(400)]
    assert drawn.count(3) / 400 == pytest.approx(6 / 8, abs=0.07)
    assert drawn.count(0) / 400 == pytest.approx(1 / 8, abs=0.05)
    for wrong in ({"hard": 0.0}, {"easy": 2.0}):
        with pytest.raises(ValueError, match=r"questions.often has [02] for '(hard|easy)', but weights are above"):
            QuestionDataset(asked, source, Asking(VOCABULARY, slots=1, often=wrong), TARGETS)


def test_a_batch_keeps_places_and_targets_in_the_order_of_its_rows():
    data = dataset()
    batch = collate_questions([data[0], data[1]], pad=0, answers=3)
    assert batch["index"].tolist() == [0, 1]
    assert batch["seen"].shape == (2, 1, 2, 2)
    assert batch["words"].shape == (2, 3, 7)
    assert batch["lengths"].tolist() == [[7, 4, 1], [4, 0, 0]]
    assert batch["places"].tolist() == [[3, 0, 2], [1, -1, -1]]
    assert batch["words"][1].tolist() == [[START, HOW, MANY, DOGS, 0, 0, 0], [0] * 7, [0] * 7]
    assert batch["targets"].tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0], [0, 0.5, 0.25]]


def test_questions_that_are_only_asked_have_no_targets():
    source: Any = Seen()
    data = QuestionDataset(QUESTIONS, source, Asking(VOCABULARY))
    assert not collate_questions([data[0]], pad=0, answers=3)["targets"].any()


def test_sides_change_places_as_words_in_questions_and_answers():
    asked = Question(
        1, "b.png", Path("b.png"), "Left of the right bag, what is left in the leftmost box?", ("right", "2")
    )
    turned = exchanged(asked, ("left", "right"))
    assert turned.text == "right of the left bag, what is right in the leftmost box?"
    assert turned.answers == ("left", "2")
    assert exchanged(turned, ("left", "right")).text == asked.text.replace("Left", "left")
    assert (turned.id, turned.path) == (asked.id, asked.path)


def test_a_mirrored_photo_comes_with_its_own_questions():
    plain, mirrored = dataset(), dataset(longest=1)
    both = MirroredQuestions(plain, mirrored)
    torch.manual_seed(0)
    drawn = {len(both[0].questions[0].words) for _ in range(20)}
    assert drawn == {4, 2}
    assert len(both) == 2
    assert both.questions == QUESTIONS
