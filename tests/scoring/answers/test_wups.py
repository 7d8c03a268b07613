"""WUPS against its definition, the similarities that its paper names, and the message where WordNet is absent."""

from itertools import product
from typing import NamedTuple

import pytest

from captioner.scoring.answers.scores import score_answers
from captioner.scoring.answers.wups import THRESHOLDS, items, similarity, wups
from captioner.text import wordnet as module


def wu_palmer(wordnet, one: str, other: str) -> float:
    if one == other:
        return 1.0
    pairs = product(wordnet.synsets(one, pos="n"), wordnet.synsets(other, pos="n"))
    return max((a.wup_similarity(b) for a, b in pairs), default=0.0)


def by_definition(wordnet, said: set[str], true: set[str], threshold: float) -> float:
    def near(one: str, other: str) -> float:
        score = wu_palmer(wordnet, one, other)
        return score if score >= threshold else 0.1 * score

    left = right = 1.0
    for one in said:
        left *= max(near(one, other) for other in true)
    for other in true:
        right *= max(near(one, other) for one in said)
    return min(left, right)


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [("curtain", "blinds", 0.94), ("carton", "box", 0.94), ("stove", "fire_extinguisher", 0.82)],
)
def test_similarities_named_in_the_paper(wordnet, one, other, score):
    assert similarity(one, other) == pytest.approx(score, abs=0.005)
    assert similarity(one.replace("_", " "), other.replace("_", " ")) == similarity(one, other)


def test_the_same_string_is_the_same_also_outside_of_wordnet(wordnet):
    assert similarity("garbage_bin", "garbage_bin") == 1
    assert similarity("garbage_bin", "box") == 0
    assert similarity("quickly", "slowly") == 0  # no nouns


def test_synonyms_are_the_same(wordnet):
    assert similarity("sofa", "couch") == 1


@pytest.mark.parametrize("threshold", [*THRESHOLDS, 0.85])
@pytest.mark.parametrize(
    ("said", "true"),
    [
        ("table", "table"),
        ("table", "chair"),
        ("curtain", "blinds"),
        ("table, chair", "chair, table"),
        ("table", "table, chair"),
        ("table, chair", "table"),
        ("sofa, lamp", "couch, night_stand, garbage_bin"),
        ("2", "3"),
        ("garbage_bin", "box"),
    ],
)
def test_wups_is_its_definition(wordnet, said, true, threshold):
    expected = by_definition(wordnet, set(said.split(", ")), set(true.split(", ")), threshold)
    assert wups(said, [true], threshold) == pytest.approx(expected, abs=1e-12)


def test_below_the_threshold_a_tenth_counts(wordnet):
    score = wups("table", ["chair"], 0.0)
    assert 0 < score < 0.9
    assert wups("table", ["chair"], 0.9) == pytest.approx(0.1 * score)
    assert wups("table", ["chair"], score) == score


def test_the_worse_of_both_directions_counts(wordnet):
    assert wups("table", ["table, chair"], 0.0) == pytest.approx(similarity("table", "chair"))
    assert wups("table, chair", ["table"], 0.0) == pytest.approx(similarity("table", "chair"))


def test_sets_have_neither_order_nor_number():
    assert items("table,  chair,table") == ("table", "chair")
    assert wups("chair,table, chair", ["table, chair"], 0.9) == 1


def test_several_annotators_are_averaged(wordnet):
    expected = (2 + similarity("table", "chair")) / 3
    assert wups("table", ["table", "chair", "table"], 0.0) == pytest.approx(expected)


def test_wups_of_a_set_of_questions(wordnet):
    class Asked(NamedTuple):
        id: int
        answers: tuple[str, ...]
        answer_type: str = ""
        question_type: str = ""

    near = similarity("table", "chair")
    scores = score_answers({1: "table", 2: "table"}, [Asked(1, ("table",)), Asked(2, ("chair",))], wups=THRESHOLDS)
    assert scores.accuracy == 0.5
    assert scores.wups == pytest.approx({0.9: (1 + 0.1 * near) / 2, 0.0: (1 + near) / 2})


def test_the_message_where_wordnet_is_absent(monkeypatch):
    import nltk
    from nltk.corpus.reader.wordnet import WordNetCorpusReader
    from nltk.corpus.util import LazyCorpusLoader

    monkeypatch.setattr(nltk.data, "path", [])
    monkeypatch.setattr(nltk.corpus, "wordnet", LazyCorpusLoader("wordnet", WordNetCorpusReader, None))
    module._synsets.cache_clear()
    with pytest.raises(FileNotFoundError, match=r"python -m nltk.downloader wordnet`, or set NLTK_DATA to the folder"):
        wups("spoon", ["ladle"], 0.9)


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_outside_of_its_range(threshold):
    with pytest.raises(ValueError, match=rf"^a WUPS threshold lies in 0..1 .* not at {threshold}$"):
        wups("table", ["table"], threshold)


def test_no_answers():
    with pytest.raises(ValueError, match=r"^WUPS needs one annotator's answer or more, and there is none$"):
        wups("table", [], 0.9)
