import pytest

from captioner.scoring.captions.diversity import diversity


def test_every_number_by_hand():
    found = diversity(["A dog runs.", "a dog sits", "A dog sits!"], training=["a dog sits .", "a cat"])
    assert found.words == 3
    assert found.vocabulary == 4  # a, dog, runs, sits
    assert found.distinct1 == pytest.approx(4 / 9)
    assert found.distinct2 == pytest.approx(3 / 6)  # a dog, dog runs, dog sits
    assert found.unseen == pytest.approx(1 / 3)


def test_without_training_captions_nothing_is_said_about_them():
    assert diversity(["a dog"]).unseen is None


def test_empty_captions_are_no_words():
    found = diversity(["", "..."])
    assert (found.words, found.vocabulary, found.distinct1, found.distinct2) == (0, 0, 0, 0)


def test_no_captions_is_one_sentence():
    with pytest.raises(ValueError, match=r"^there are no captions to describe$"):
        diversity([])
