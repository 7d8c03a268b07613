import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from captioner.data.questions.asking import Made, gives_away
from captioner.data.questions.balance import Asked, levelled, words_alone
from captioner.data.questions.making import make_questions, scenes
from captioner.data.questions.parsing import check_english
from captioner.data.questions.photo import Scene
from captioner.data.questions.writing import check_out, write_questions
from captioner.data.read.questions import annotations_beside, read_questions
from captioner.data.read.records import Photo, read_photos
from captioner.scoring.answers.scores import score_answers

# Photos of a small world, so that there is something to rule out.
WHO = [
    "A black dog",
    "A white dog",
    "A brown horse",
    "A man",
    "A woman",
    "A boy in a red shirt",
    "A girl in a blue hat",
]
DOES = ["is running on a beach", "is sitting on a bench", "is sleeping in the snow", "is jumping into a pool"]


@pytest.fixture(scope="module")
def small(parser):
    texts = [f"{who} {does}." for who in WHO for does in DOES]
    texts += [f"{many} dogs are playing." for many in ("Two", "Three")]
    photos = [Photo(place, Path(f"{place}.jpg"), (text, text)) for place, text in enumerate(texts, 1)]
    return scenes(photos, parser.parse)


@pytest.fixture(scope="module")
def twenty(parser, shared):
    file = shared / "data/flickr8k/captions_val.json"
    return file, scenes(read_photos(file)[:20], parser.parse)


def test_twenty_real_photos_from_captions_to_scores(twenty, tmp_path):
    file, found = twenty
    asked = make_questions(found, seed=1, most=2)
    written = write_questions(tmp_path / "questions_val.json", found, asked)
    assert written == [tmp_path / "questions_val.json", annotations_beside(written[0])]
    read = read_questions(*written, image_names=file)
    assert [one.text for one in read] == [one.made.text for one in asked]
    assert {one.path.name for one in read} <= {scene.name for scene in found}
    assert len({one.question_type for one in read}) >= 8
    assert all(1 <= len(one.answers) <= 5 for one in read)
    captions = {text.caption for scene in found for text in scene.captions}
    assert all(note["caption"] in captions for note in json.loads(written[1].read_text())["annotations"])
    assert score_answers({one.id: one.answers[0] for one in read}, read).accuracy > 0.5


def test_official_accuracy_on_them_is_the_brute_force(twenty):
    _, found = twenty
    for one in make_questions(found):
        answers = [voice for voice in one.made.voices if voice is not None]
        shares = []
        for left_out in range(len(answers)):
            others = answers[:left_out] + answers[left_out + 1 :]
            agree = sum(other == one.made.answer for other in others)
            shares.append(agree / min(3, len(others)) if others else float(answers[0] == one.made.answer))
        asked = [Known(1, tuple(answers), "", "")]
        expected = sum(min(1.0, share) for share in shares) / len(shares)
        assert score_answers({1: one.made.answer}, asked).accuracy == pytest.approx(expected)


class Known:
    def __init__(self, id, answers, question_type, answer_type):
        self.id, self.answers, self.question_type, self.answer_type = id, answers, question_type, answer_type


def test_the_same_seed_gives_the_same_questions(small, twenty):
    for found in (small, twenty[1]):
        assert make_questions(found, seed=3) == make_questions(found, seed=3)
    assert make_questions(small, seed=3) != make_questions(small, seed=4)


def test_yes_and_no_are_as_frequent_in_the_same_words(small):
    answers: Counter[str] = Counter()
    kinds = set()
    for one in make_questions(small, most=3):
        if one.made.kind.startswith("yes/no"):
            answers[one.made.text] += 1 if one.made.answer == "yes" else -1
            kinds.add(one.made.kind)
    assert kinds == {"yes/no thing", "yes/no colour", "yes/no number", "yes/no action", "yes/no place"}
    assert set(answers.values()) == {0}


def test_no_is_said_of_what_no_caption_says(small):
    for one in make_questions(small, most=3):
        if one.made.kind == "yes/no thing" and one.made.answer == "no":
            thing = one.made.text.rstrip("?").split()[-1]
            assert thing not in small[one.photo].nouns
            assert one.made.voices == ("no", "no")


def test_no_question_of_real_captions_gives_its_answer_away(twenty):
    assert not [one for one in make_questions(twenty[1], most=9) if gives_away(one.made.text, one.made.answer)]


def test_words_alone_tell_no_more_than_the_stated_share():
    made = [Made("what", "what is it?", answer, (answer,), 0) for answer in ["dog"] * 5 + ["cat", "cow"]]
    kept = levelled([Asked(place, one) for place, one in enumerate(made)], Random(0))
    assert Counter(one.made.answer for one in kept) == {"dog": 1, "cat": 1, "cow": 1}
    assert words_alone([Asked(place, one) for place, one in enumerate(made)]) == {"what": pytest.approx(5 / 7)}


def test_most_questions_of_a_type_about_a_photo(small):
    counts = Counter((one.photo, one.made.kind, one.made.answer) for one in make_questions(small, most=1))
    assert set(counts.values()) == {1}


@pytest.mark.parametrize(
    "captions",
    [["Ein Hund läuft in dem Schnee .", "Ein Mann sitzt auf einer Bank ."], ["Un chien court dans la neige ."], [""]],
)
def test_captions_of_other_languages_are_refused(captions):
    with pytest.raises(
        ValueError, match=r"^questions are made from English captions only, .*; give captions in English$"
    ):
        check_english(captions)
    check_english(["A dog is in the snow ."])


def test_where_questions_cannot_be_written(tmp_path, small, twenty):
    with pytest.raises(ValueError, match=r"\.json \(VQA's pair of files\) or \.jsonl \(one table\)$"):
        check_out(tmp_path / "questions.csv")
    with pytest.raises(ValueError, match=r"name it so, or \.jsonl$"):
        check_out(tmp_path / "vqa.json")
    named = [Scene("a.jpg", "a.jpg", ())]
    with pytest.raises(ValueError, match=r"write a \.jsonl instead$"):
        check_out(tmp_path / "questions.json", named)
    table = write_questions(tmp_path / "q.jsonl", small, make_questions(small))
    assert {one.question_type for one in read_questions(table[0])} >= {"colour", "wearing", "where"}


def test_questions_of_named_and_numbered_photos_have_ids_of_their_own(tmp_path, small):
    mixed = [replace(scene, id=f"frame {place}") if place % 2 else scene for place, scene in enumerate(small)]
    (table,) = write_questions(tmp_path / "q.jsonl", mixed, make_questions(small))
    ids = [one.id for one in read_questions(table)]  # which refuses an id that stands twice
    assert ids == list(range(1, len(ids) + 1))
