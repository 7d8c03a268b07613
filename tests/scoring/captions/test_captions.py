"""Caption scores: equal to the official ones, published numbers, properties, and what is refused."""

import json
import random
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.scoring.captions.scores import score_captions
from captioner.text.penn.ptb import ptb
from tests.scoring.official import assert_official, damaged, needs_pycocoevalcap

CAPTION = st.lists(st.sampled_from("abcd"), max_size=8).map(" ".join)
REFERENCES = st.lists(CAPTION, min_size=1, max_size=3)
SETS = st.lists(st.tuples(CAPTION, REFERENCES), min_size=1, max_size=4)


def scores(pairs):
    pairs = list(pairs)
    return score_captions(
        {number: said for number, (said, _) in enumerate(pairs)},
        {number: wanted for number, (_, wanted) in enumerate(pairs)},
        tokenize=str.split,
    )


@needs_pycocoevalcap
@pytest.mark.real
@pytest.mark.parametrize("photos", [300, pytest.param(6000, marks=pytest.mark.slow)])
def test_scores_are_the_official_ones_on_flickr8k(shared, photos):
    generator = random.Random(0)
    captions: dict[str, list[str]] = {}
    for line in (shared / "data/flickr8k/Flickr8k.token.txt").read_text(encoding="utf-8").splitlines():
        name, caption = line.split("\t")
        captions.setdefault(name.partition("#")[0], []).append(caption)
    wanted = {photo: captions[photo] for photo in list(captions)[:photos]}
    assert all(len(references) == 5 for references in wanted.values())
    sources = {photo: [*references, *generator.choice(list(wanted.values()))] for photo, references in wanted.items()}
    said = {photo: damaged(generator.choice(source), generator) for photo, source in sources.items()}
    assert_official(said, wanted, tokenize=ptb)


@needs_pycocoevalcap
@settings(max_examples=60)
@given(SETS)
def test_scores_are_the_official_ones_in_small_sets(pairs):
    assert_official(dict(enumerate(said for said, _ in pairs)), dict(enumerate(wanted for _, wanted in pairs)))


@needs_pycocoevalcap
@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", ["a dog runs"]),
        ("", [""]),
        ("a dog", [""]),
        ("dog", ["dog"]),
        ("the the the the", ["the cat"]),
        ("a a b b a a b b", ["a b a b", "b a"]),
        ("one two three four", ["one two three four", "one two three four five six"]),
        ("one two three", ["one two", "one two three four"]),  # equally close references: the shorter one counts
        ("a", ["b c d e f g h i j k"]),
        ("nothing in common", ["dogs run far"]),
    ],
)
def test_scores_are_the_official_ones_at_the_edges(said, wanted):
    assert_official({1: said}, {1: wanted})
    assert_official({1: said, 2: "a cat sits"}, {1: wanted, 2: ["the cat sat", "a cat"]})


@needs_pycocoevalcap
def test_tokens_that_hold_a_space_are_counted_as_the_official_code_counts_them():
    said = {1: "about 1 1/2 tons of fish", 2: "a cat"}
    wanted = {1: ["1 1/2 tons of fish", "some fish"], 2: ["the cat"]}
    assert "1\u00a01/2" in ptb(said[1])
    assert_official(said, wanted, tokenize=ptb)


def test_published_scores_of_a_set(shared):
    folder = shared / "data/eval_fixtures/nlg_eval"
    corpus = json.loads((folder / "expected.json").read_text())["corpus"]
    said = (folder / corpus["hyp"]).read_text().splitlines()
    wanted = list(zip(*((folder / name).read_text().splitlines() for name in corpus["refs"]), strict=True))
    found = scores(zip(said, wanted, strict=True)).values
    for name, value in found.items():
        published = {"rouge_l": "ROUGE_L", "cider_d": "CIDEr"}.get(name, name.replace("bleu", "Bleu_"))
        if published in corpus["expected"]:
            assert round(value, 6) == corpus["expected"][published], name


def test_published_scores_of_single_captions(shared):
    for case in json.loads((shared / "data/eval_fixtures/nlg_eval/expected.json").read_text())["single"]:
        found = scores([(case["hyp"], case["refs"])]).values
        found |= {f"Bleu_{order}": found[f"bleu{order}"] for order in range(1, 5)}
        found |= {"ROUGE_L": found["rouge_l"], "CIDEr": found["cider_d"]}
        for name, value in case["expected"].items():
            if name in found:
                # printed cut off after the sixth or seventh decimal
                assert found[name] == pytest.approx(value, rel=2e-6, abs=1e-7), (case["hyp"], name)


def test_plain_cider_neither_clips_nor_minds_length():
    found = scores([("a dog a dog a dog", ["a dog"]), ("x y", ["the cat sat"])]).per_image[0]
    # The hypothesis' words and the reference's have the same direction, so the plain cosine for words is 1.
    assert found["cider"] > found["cider_d"]
    once = scores([("a dog", ["a dog"]), ("x y", ["the cat sat"])]).per_image[0]
    assert once["cider"] == pytest.approx(once["cider_d"]) == pytest.approx(5)  # two orders of four exist


def test_plain_cider_by_hand():
    # Three photos; "dog" is in the references of one, "a" of two. Words only, for captions of one word have no pairs.
    found = scores([("dog", ["dog", "a"]), ("x", ["a"]), ("y", ["z"])]).per_image
    assert found[0]["cider"] == pytest.approx(10 / 4 * 1 / 2)
    assert found[1]["cider"] == 0


@settings(max_examples=50)
@given(SETS)
def test_the_order_of_the_photos_does_not_matter(pairs):
    forward, backward = scores(pairs).values, scores(pairs[::-1]).values
    assert forward == pytest.approx(backward, abs=1e-12)


@settings(max_examples=50)
@given(SETS, st.integers(0, 3))
def test_duplicating_a_reference_never_lowers_bleu(pairs, number):
    said, wanted = pairs[number % len(pairs)]
    changed = list(pairs)
    changed[number % len(pairs)] = (said, [*wanted, wanted[0]])
    before, after = scores(pairs).values, scores(changed).values
    assert all(after[f"bleu{order}"] >= before[f"bleu{order}"] for order in range(1, 5))


@settings(max_examples=50)
@given(CAPTION, SETS)
def test_a_perfect_caption_scores_highest(other, pairs):
    wanted = ["b a d c b", "a b c d"]  # of four words at least, for shorter captions have no BLEU-4
    perfect = scores([("a b c d", wanted), *pairs]).per_image[0]
    worse = scores([(other, wanted), *pairs]).per_image[0]
    for name in ("bleu1", "bleu2", "bleu3", "bleu4", "rouge_l"):
        assert perfect[name] == pytest.approx(1)
        assert worse[name] <= perfect[name] + 1e-8
    perfect = scores([("a b c d", ["a b c d"]), *pairs]).per_image[0]
    worse = scores([(other, ["a b c d"]), *pairs]).per_image[0]
    assert worse["cider"] <= perfect["cider"] + 1e-9
    assert worse["cider_d"] <= perfect["cider_d"] + 1e-9


@settings(max_examples=30)
@given(SETS)
def test_scores_stay_on_their_scales(pairs):
    for values in (scores(pairs).values, *scores(pairs).per_image.values()):
        for name, value in values.items():
            assert 0 <= value <= (10 if name.startswith("cider") else 1) + 1e-9, name


def test_nltk_differs_only_where_captions_are_shorter_than_four_words():
    from nltk.translate.bleu_score import corpus_bleu

    long = [
        ("a dog runs over green grass", ["a brown dog runs over grass", "the dog runs"]),
        ("one two three four", ["one two three four five"]),
    ]
    theirs = corpus_bleu([[one.split() for one in wanted] for _, wanted in long], [said.split() for said, _ in long])
    assert scores(long).values["bleu4"] == pytest.approx(theirs, abs=1e-9)
    short = [*long, ("a dog", ["a dog"])]
    theirs = corpus_bleu([[one.split() for one in wanted] for _, wanted in short], [said.split() for said, _ in short])
    # It counts one 3-gram and one 4-gram in "a dog", which has none.
    assert scores(short).values["bleu4"] - theirs > 0.01


@pytest.mark.slow  # importing it takes long
def test_torchmetrics_differs_only_where_two_references_are_equally_close():
    from torchmetrics.functional.text import bleu_score

    same = [("a dog runs over green grass", ["a brown dog runs over grass", "the dog runs"])]
    theirs = bleu_score([said for said, _ in same], [wanted for _, wanted in same], n_gram=2).item()
    assert scores(same).values["bleu2"] == pytest.approx(theirs, abs=1e-6)
    tie = [("a dog runs over", ["a dog runs over grass", "a dog runs"])]
    theirs = bleu_score([said for said, _ in tie], [wanted for _, wanted in tie], n_gram=2).item()
    assert scores(tie).values["bleu2"] == pytest.approx(1, abs=1e-6)  # measured against the shorter one
    assert theirs == pytest.approx(2.718281828 ** (1 - 5 / 4), abs=1e-4)  # against the first one


@pytest.mark.parametrize(
    ("said", "wanted", "sentence"),
    [
        ({}, {}, "there are no photos to score: give at least one caption and its references"),
        ({1: "a"}, {1: ["a"], 2: ["b"]}, "no caption was given for 1 photo (2)"),
        ({1: "a", 7: "b", 8: "c"}, {1: ["a"]}, "no references were given for 2 photos (7, 8)"),
        ({1: "a"}, {1: []}, "no references were given for 1 photo (1)"),
        ({1: "a"}, {1: "a dog"}, "one text stands for a list of references for 1 photo (1)"),
        ({1: float("nan")}, {1: ["a dog"]}, "the caption is no text for 1 photo (1)"),
        ({}, {n: ["a"] for n in range(7)}, "no caption was given for 7 photos (0, 1, 2, 3, 4, …)"),
    ],
)
def test_what_cannot_be_scored_is_named_in_one_sentence(said, wanted, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        score_captions(said, wanted)


def test_ids_may_be_anything_and_keep_their_order():
    found = score_captions({"b.jpg": "a dog", "a.jpg": "a cat"}, {"a.jpg": ["a cat"], "b.jpg": ["a cow"]})
    assert found.count == 2
    assert list(found.per_image) == ["a.jpg", "b.jpg"]
    assert found.per_image["a.jpg"]["bleu1"] == pytest.approx(1)


def test_scoring_needs_neither_torch_nor_java():
    heavy = "torch", "matplotlib", "nltk", "pycocoevalcap", "pytorch_lightning"
    code = f"import sys, captioner.scoring.captions.scores; assert not set(sys.modules) & set({heavy})"
    subprocess.run([sys.executable, "-c", code], check=True)
