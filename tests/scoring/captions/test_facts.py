import pytest

from captioner.scoring.captions.facts import facts


def test_facts_are_those_of_diversity_and_sentences():
    found = facts(["A dog on a", "a dog"], training=["A dog."])
    assert found["words in a caption"] == 3
    assert found["captions not among the training captions"] == 0.5
    assert found["share that ends in an article, preposition or conjunction"] == 0.5
    assert found["share that says a phrase twice"] == 0
    assert "captions not among the training captions" not in facts(["a dog"])


def test_no_captions_is_one_sentence():
    with pytest.raises(ValueError, match=r"^there are no captions to describe$"):
        facts([])
