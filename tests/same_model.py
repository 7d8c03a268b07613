"""Whether two models say, read and answer the same; for tests of whatever runs a bundle in another way."""

import numpy as np
import pytest
from PIL import Image

import captioner
from captioner.inference.judging.judge import Judge

TEXT = "What is on the quux?"
SEARCHES = [
    captioner.Decoding(),
    captioner.Decoding("greedy", max_words=5),
    captioner.Decoding("beam", beam=4, n_best=3, no_repeat_ngram=2),
    captioner.Decoding("sample", n_best=2, seed=4),
    captioner.Decoding("beam", beam=3, n_best=2, consensus=6, seed=4),
]
PICTURES = [
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (40, 50, 3), dtype=np.uint8)) for seed in range(5)
]


def check_same(one, other):
    if "captions" in one.bundle.heads:
        for search in SEARCHES:
            check_captions(one, other, search)
        given = [(PICTURES[0], [TEXT, "how many chairs are on the table"]), (PICTURES[1], ["what"])]
        for a, b in zip(one.explain_each(given), other.explain_each(given), strict=True):
            for wanted, found in zip(a.captions, b.captions, strict=True):
                assert (wanted.text, wanted.words) == (found.text, found.words)
                assert found.log_probability == pytest.approx(wanted.log_probability, abs=1e-4)
                np.testing.assert_allclose(wanted.attention, found.attention, atol=1e-5)
                check_evidence(wanted.evidence, found.evidence)
        check_judgments(Judge(one), Judge(other))
    if "answers" in one.bundle.heads:
        check_answers(one, other)


def check_judgments(one, other):
    texts = [TEXT, "how many chairs are on the table", "how many chairs"]
    for wanted, found in zip(one.match(PICTURES[0], texts), other.match(PICTURES[0], texts), strict=True):
        assert found.text == wanted.text
        assert found[1:] == pytest.approx(wanted[1:], abs=1e-3)
    looked = [next(judge.look_each([PICTURES[0]])) for judge in (one, other)]
    sentences = [one.numbered(text) for text in texts]
    exact = [
        judge.read({name: values[None] for name, values in each.kept.items()}, sentences)
        for judge, each in zip((one, other), looked, strict=True)
    ]
    np.testing.assert_allclose(exact[0], exact[1], atol=0.05)  # half precision, of other things
    np.testing.assert_allclose(looked[0].kept["expected"], looked[1].kept["expected"], atol=1e-2)


def check_captions(one, other, search):
    for wanted, found in zip(one.caption(PICTURES, search), other.caption(PICTURES, search), strict=True):
        assert [each.text for each in wanted.captions] == [each.text for each in found.captions]
        for a, b in zip(wanted.captions, found.captions, strict=True):
            assert b.log_probability == pytest.approx(a.log_probability, abs=1e-4)
            assert b.score == pytest.approx(a.score, abs=1e-4)
            np.testing.assert_allclose(a.attention, b.attention, atol=1e-5)
            check_evidence(a.evidence, b.evidence)


def check_evidence(wanted, found):
    assert [[name for name, _ in each.classes] for each in wanted] == [[n for n, _ in each.classes] for each in found]
    np.testing.assert_allclose([each.share for each in wanted], [each.share for each in found], atol=1e-5)


def check_answers(one, other):
    asked = [(PICTURES[0], [TEXT, "", "how many chairs"]), (PICTURES[1], ["what"])]
    for wanted, found in zip(one.ask_each(asked, top=3), other.ask_each(asked, top=3), strict=True):
        for a, b in zip(wanted.answers, found.answers, strict=True):
            assert (a.words, a.unknown, [x.text for x in a.best]) == (b.words, b.unknown, [x.text for x in b.best])
            np.testing.assert_allclose([x.probability for x in a.best], [x.probability for x in b.best], atol=1e-5)
            np.testing.assert_allclose(a.attention, b.attention, atol=1e-5)
            np.testing.assert_allclose(a.glimpses, b.glimpses, atol=1e-5)
