import pytest

from captioner.scoring.captions.sentences import Faults, faults, shares_of_faults
from captioner.text.penn.ptb import ptb


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a black dog runs through the grass", ()),
        ("a dog on a", ("ends_badly",)),
        ("a man in a shirt with", ("ends_badly",)),
        ("a boy is", ("ends_badly",)),
        ("a dog and", ("ends_badly",)),
        ("a boy jumps off", ()),
        ("two dogs run by", ()),
        ("at the camera", ("begins_badly",)),
        ("of a brick wall wall", ("begins_badly", "repeats_word", "repeats_phrase")),
        ("a man wearing a blue shirt and a blue shirt and a blue shirt", ("repeats_word", "repeats_phrase")),
        ("a black dog wearing a red collar is playing with a black dog", ("repeats_word", "repeats_phrase")),
        ("a brown dog is playing with a black dog", ("repeats_word",)),
        ("two men and two women", ()),
        ("a man in in the snow", ("repeats_phrase",)),
        ("", ()),
    ],
)
def test_what_is_wrong_with_a_caption(caption, expected):
    assert faults(ptb(caption)) == Faults(*(float(name in expected) for name in Faults._fields))


def test_shares_are_means_over_captions():
    found = shares_of_faults(["A dog on a", "A dog.", "With a dog, with a", "a dog dog"])
    assert found == Faults(0.5, 0.25, 0.25, 0.25)
    assert found.total == 1.0


def test_no_captions_is_one_sentence():
    with pytest.raises(ValueError, match=r"^there are no captions to look for faults in$"):
        shares_of_faults([])
