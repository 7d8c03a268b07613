"""AUC against its definition over all pairs; a unit that tells a property is found, and checked on the other half."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.recurrence.activations import Activations
from captioner.recurrence.properties import matching
from captioner.recurrence.search import auc, search


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_order(items):
    values, yes = (np.array(each) for each in zip(*items, strict=True))
    found = auc(values[:, None].astype(np.float32), yes[None])[0, 0]
    if yes.all() or not yes.any():
        assert np.isnan(found)
        return
    pairs = np.subtract.outer(values[yes], values[~yes])
    assert found == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())


def read(chance: np.random.Generator, letters: str, *, size: int = 4) -> Activations:
    return Activations(tuple(letters), chance.normal(size=(len(letters), 2 * size)).astype(np.float32), size, "c")


def test_the_unit_that_tells_is_found_with_its_sign_and_means():
    chance = np.random.default_rng(0)
    activations = read(chance, "".join(chance.choice(list("abc"), 400)))
    yes = np.array(activations.tokens) == "a"
    activations.values[:, 6] = np.where(yes, -2, 1) + 0.01 * chance.normal(size=400)
    found = search(activations, {"is a": matching("a"), "is d": matching("d")}, top=2)
    best = found["is a"].detectors[0]
    assert (str(best.unit), best.sign) == ("2:2", -1)
    assert (best.auc, best.held_out) == pytest.approx((1, 1))
    assert best.yes == pytest.approx(-2, abs=0.01)
    assert best.no == pytest.approx(1, abs=0.01)
    assert found["is a"].share == pytest.approx(yes.mean())
    assert len(found["is a"].detectors) == 2
    assert found["is d"] == (0, [])


def test_a_unit_that_only_tells_the_half_it_was_chosen_on_does_not_pass_the_check():
    chance = np.random.default_rng(1)
    activations = read(chance, "".join(chance.choice(list("ab"), 2000)))
    yes = np.array(activations.tokens) == "a"
    activations.values[:1000, 3] = yes[:1000]
    best = search(activations, {"is a": matching("a")}, top=1)["is a"].detectors[0]
    assert str(best.unit) == "1:3"
    assert best.auc == pytest.approx(1)
    assert best.held_out == pytest.approx(0.5, abs=0.1)
