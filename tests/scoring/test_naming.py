"""Which words name which category."""

from captioner.scoring.naming import named, singulars, spellings


def test_the_last_word_of_the_longest_name_counts():
    names = spellings(["light", "traffic light", "red circle"])
    assert named(["a", "Traffic", "Light", "and", "a", "light"], names) == [(2, "traffic light"), (5, "light")]
    assert named(["the", "circle", "beside", "a", "small", "red", "circle"], names) == [(6, "red circle")]


def test_plurals_and_everyday_names():
    names = spellings(["person", "bus", "dining table"])
    found = named(["two", "women", "and", "some", "persons", "near", "buses", "at", "a", "table"], names)
    assert found == [(1, "person"), (4, "person"), (6, "bus"), (9, "dining table")]


def test_a_name_of_its_own_comes_before_an_everyday_name_that_follows():
    assert spellings(["table", "dining table"])["table",] == "table"


def test_nothing_named():
    assert named([], spellings(["dog"])) == []
    assert named(["a", "dog"], {}) == []


def test_a_noun_in_the_other_number_is_the_same():
    for one, many in (
        ("dog", "dogs"), ("bus", "buses"), ("dress", "dresses"), ("man", "men"), ("baby", "babies"),
        ("knife", "knives"), ("leaf", "leaves"), ("shoe", "shoes"), ("person", "people"), ("grass", "grass"),
    ):  # fmt: skip
        assert singulars(one) & singulars(many), (one, many)
    for one, other in (("dog", "cat"), ("glass", "gla"), ("man", "woman"), ("as", "a")):
        assert not singulars(one) & singulars(other), (one, other)
    assert not singulars("it")
