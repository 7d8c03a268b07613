"""What a network takes over from a bundle that learned before it."""

from dataclasses import replace

import pytest
import torch

from captioner.models.bundle import load_bundle
from captioner.text.answer_list import AnswerList
from captioner.training.tasks.start import network_from, take_answers
from tests import two_heads


@pytest.fixture
def bundle(tmp_path):
    """Its answers are 2, table, chair and red."""
    return load_bundle(two_heads.save(tmp_path / "bundle"))


def begun(bundle, answers, **head):
    """A network from the bundle, for other answers."""
    settings = replace(bundle.settings, answers=replace(bundle.settings.answers, **head))
    words = len(bundle.vocabulary)
    torch.manual_seed(1)
    network = network_from(bundle, settings, vocabulary=words, answers=len(answers), captions=True)
    fresh = {name: value.clone() for name, value in network.state_dict().items()}
    take_answers(network, bundle, answers)
    return network.state_dict(), fresh


def test_an_answer_that_both_know_keeps_its_row_and_another_is_new(bundle):
    own, fresh = begun(bundle, AnswerList(("red", "dog", "2")), dropout=0.3)
    learned = bundle.network.state_dict()
    for name in ("answers.answers.weight", "answers.answers.bias"):
        assert torch.equal(own[name], torch.stack([learned[name][3], fresh[name][1], learned[name][0]]))


def test_all_of_the_head_but_the_answers_is_taken_over(bundle):
    own, fresh = begun(bundle, AnswerList(("dog",)))
    learned = bundle.network.state_dict()
    taken = [name for name in own if name.startswith("answers.") and not name.startswith("answers.answers.")]
    assert taken
    assert all(torch.equal(own[name], learned[name]) for name in taken)
    assert torch.equal(own["answers.answers.weight"], fresh["answers.answers.weight"])


def test_a_head_of_another_shape_is_new(bundle):
    own, fresh = begun(bundle, AnswerList(("red", "dog")), glimpses=1)
    assert all(torch.equal(own[name], fresh[name]) for name in own if name.startswith("answers."))


def test_a_bundle_without_answers_gives_none(tmp_path):
    bundle = load_bundle(two_heads.save(tmp_path / "captions", answers=False))
    own, fresh = begun(bundle, AnswerList(("red", "dog")))
    assert all(torch.equal(own[name], fresh[name]) for name in own if name.startswith("answers."))
