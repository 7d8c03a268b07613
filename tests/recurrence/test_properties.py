"""Each property against positions marked by hand below the text."""

import pytest

from captioner.recurrence.properties import PROPERTIES, matching, of_tokens

MARKED = {
    "inside quotes": [
        ('x = "a b" + c', "    ^^^^     "),
        ("f('a', \"it's\")", "  ^^   ^^^^^  "),
        ("don't say 'it' isn't", "          ^^^       "),
        ('r"\\d" and "open', " ^^^           "),
    ],
    "inside brackets": [
        ("f(a[1]) + {2}", " ^^^^^    ^^ "),
        ("a) (b\nc\n\nd", "   ^^^^   "),
    ],
    "indent": [("a\n  b c\n d", "  ^^    ^ ")],
    "late in the line": [(40 * "a" + "bc\nd", 40 * " " + "^^  ")],
    'after "is"': [("this is a dog, it is", "       ^^           ")],
}


@pytest.mark.parametrize(("name", "text", "marks"), [(n, *pair) for n, pairs in MARKED.items() for pair in pairs])
def test_a_property_holds_where_it_is_marked(name, text, marks):
    assert len(marks) == len(text)
    inside = PROPERTIES[name](text)
    assert "".join("^" if yes else " " for yes in inside) == marks


def test_every_default_property_is_tested():
    assert MARKED.keys() == PROPERTIES.keys()


def test_a_word_has_the_property_of_its_last_letter():
    tokens = ("this ", "is ", "a ", "dog\n", "is ", "it ")
    assert of_tokens(PROPERTIES['after "is"'], tokens).tolist() == [False, False, True, False, False, True]
    assert of_tokens(matching("a|b"), ("a", "c", " ", "b")).tolist() == [True, False, False, True]


def test_what_is_no_regular_expression_is_one_sentence():
    with pytest.raises(ValueError, match=r"'\(' is no regular expression: missing \)"):
        matching("(")
