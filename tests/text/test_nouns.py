"""Which words a classifier's evidence can name, and which captioned noun each new one borrows from."""

import pytest

from captioner.text.nouns import CLASSES, Nouns, class_names, classes_of, plural
from captioner.text.vocabulary import Vocabulary

CAPTIONED = Vocabulary.build(["a dog runs", "two dogs bark at a man", "a red car near a plate"], min_count=1)


@pytest.fixture(scope="module")
def nouns() -> Nouns:
    return Nouns.of(CAPTIONED)


def word(nouns: Nouns, number: int) -> str:
    return nouns.vocabulary.tokens[number]


def test_classes_count_for_their_own_words_and_those_above():
    assert len(class_names()) == CLASSES
    assert {"Egyptian cat", "tabby", "tiger cat"} <= {class_names()[each] for each in classes_of("cat")}
    assert len(classes_of("dog")) == 118
    assert classes_of("cats") == classes_of("cat")
    assert [class_names()[each] for each in classes_of("missile")] == ["missile", "projectile"]
    assert classes_of("man") == ()


def test_new_nouns_stand_behind_captioned_words_and_borrow_from_the_nearest(nouns):
    assert nouns.vocabulary.tokens[: len(CAPTIONED)] == CAPTIONED.tokens
    borrowed = {token: word(nouns, row) for token, row in zip(nouns.vocabulary.tokens, nouns.rows, strict=True)}
    assert all(borrowed[token] == token for token in CAPTIONED.tokens)
    assert (borrowed["cat"], borrowed["wolves"], borrowed["bus"]) == ("dog", "dogs", "car")
    assert "puppy" not in borrowed  # no class, and none above one, is called so
    assert "animal" not in borrowed  # too wide
    assert "coffee" in borrowed
    assert "coffees" not in borrowed  # nobody counts it


def test_a_wider_word_is_not_learned_where_captions_say_most_of_what_it_means():
    cats = Vocabulary.build(["a cat", "a lion and a tiger", "a leopard"], min_count=1)
    assert "feline" not in Nouns.of(cats).vocabulary
    assert "feline" in Nouns.of(Vocabulary.build(["a lion and a tiger"], min_count=1)).vocabulary


def test_each_form_of_a_word_stands_for_the_same_classes(nouns):
    ids = nouns.vocabulary.ids
    kind = nouns.kinds[nouns.slots[ids["cat"]] - 1]
    assert kind == classes_of("cat")
    assert nouns.slots[ids["cat"]] == nouns.slots[ids["cats"]]
    assert nouns.slots[ids["man"]] == nouns.slots[ids["runs"]] == nouns.slots[CAPTIONED.end] == 0


def test_captioned_nouns_have_another_to_borrow_from_in_training(nouns):
    others = {token: word(nouns, row) for token, row in zip(nouns.vocabulary.tokens, nouns.others, strict=True)}
    assert others["dog"] in ("car", "plate")
    assert others["runs"] == "runs"
    assert others["cat"] == "dog"


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        *(
            ("dog", "dogs"),
            ("bus", "buses"),
            ("berry", "berries"),
            ("wolf", "wolves"),
            ("goose", "geese"),
            ("toy", "toys"),
        ),
        *(("person", "people"), ("fireman", "firemen"), ("woman", "women"), ("child", "children"), ("human", "humans")),
        *(("knife", "knives"), ("fish", "fish")),
    ],
)
def test_plurals(noun, many):
    assert plural(noun) == many


@pytest.mark.parametrize("captioned", [["ein Mann rennt"], ["the quick and the dead"]])
def test_captions_without_any_such_noun_are_refused(captioned):
    with pytest.raises(ValueError, match="no caption has one that the encoder's classifier knows; leave it out"):
        Nouns.of(Vocabulary.build(captioned, min_count=1))


def test_characters_name_nothing():
    with pytest.raises(ValueError, match="give captions of words in English"):
        Nouns.of(Vocabulary.build(["a dog"], "characters", 1))
