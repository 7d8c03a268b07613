"""Kendall's tau against its definition, and the published agreement of the scores with people."""

import math
from importlib.util import module_from_spec, spec_from_file_location
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.scoring.captions.scores import score_captions
from tests.paths import ROOT

SCRIPT = ROOT / "scripts" / "human_judgments.py"
SPEC = spec_from_file_location("human_judgments", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
judgments = module_from_spec(SPEC)
SPEC.loader.exec_module(judgments)
ITEMS = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), min_size=2, max_size=20)


@given(ITEMS)
def test_tau_is_what_its_definition_says(items):
    scores, levels = (np.array(each) for each in zip(*items, strict=True))
    if len(set(scores)) == 1 or len(set(levels)) == 1:
        return
    pairs = list(combinations(items, 2))
    surplus = sum(np.sign(one[0] - other[0]) * np.sign(one[1] - other[1]) for one, other in pairs)
    untied = [sum(one[side] != other[side] for one, other in pairs) for side in (0, 1)]
    fewest = min(len(set(scores)), len(set(levels)))
    tau_c, tau_b = judgments.kendall(scores.astype(float), levels)
    assert tau_b == pytest.approx(surplus / math.sqrt(untied[0] * untied[1]))
    assert tau_c == pytest.approx(surplus / (len(items) ** 2 / 2 * (fewest - 1) / fewest))


@pytest.mark.real
def test_scores_agree_with_the_experts_as_published(shared):
    judged = judgments.read_judged(shared / "data/flickr8k")
    assert len(judged.said) == 5664
    found = judgments.correlations(score_captions(judged.said, judged.references), judged.judgments)
    for name in ("bleu1", "bleu4", "rouge_l", "cider_d"):
        assert round(100 * found[name][0], 1) == judgments.PUBLISHED[name], name
