"""Scores of translations are sacrebleu's own, and add up over sentences."""

import sys

import numpy as np
import pytest

from captioner.scoring.resample import intervals
from captioner.scoring.translations import score_translations

SAID = ["Ein Hund läuft im Schnee.", "Zwei Männer sitzen auf einer Bank .", "Eine Frau singt"]
REFERENCES = ["Ein Hund läuft durch den Schnee.", "Zwei Männer sitzen auf einer Bank.", "Eine Frau singt ein Lied."]


def test_they_are_those_of_sacrebleu():
    sacrebleu = pytest.importorskip("sacrebleu", reason="needs sacrebleu: pip install 'captioner[translate]'")
    scores = score_translations(SAID, REFERENCES)
    assert scores.values["bleu"] == pytest.approx(sacrebleu.corpus_bleu(SAID, [REFERENCES]).score / 100)
    assert scores.values["chrf"] == pytest.approx(sacrebleu.corpus_chrf(SAID, [REFERENCES]).score / 100)
    assert "tok:13a" in scores.signatures["bleu"]
    found = intervals(scores.tallies, resamples=20)
    assert found["bleu"].low <= found["bleu"].value <= found["bleu"].high
    alone = sacrebleu.corpus_bleu(SAID[1:2], [REFERENCES[1:2]]).score / 100
    np.testing.assert_allclose(scores.tallies[0].each()[1], alone)


def test_what_cannot_be_scored_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="1 translations cannot be scored against 3 references"):
        score_translations(SAID[:1], REFERENCES)
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics.bleu", None)
    with pytest.raises(ValueError, match=r"pip install 'captioner\[translate\]'"):
        score_translations(SAID, REFERENCES)
