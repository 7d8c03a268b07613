"""The arguments of a search are the fields of `Decoding`, with its defaults and its checks."""

import argparse
from dataclasses import fields

import pytest

from captioner.cli.decoding import add_decoding, decoding
from captioner.decoding.settings import MEANING, Decoding


def parse(*arguments: str) -> Decoding:
    parser = argparse.ArgumentParser()
    add_decoding(parser)
    return decoding(parser.parse_args(arguments))


def test_without_arguments_it_is_the_default():
    assert parse() == Decoding()


def test_every_setting_has_a_flag():
    assert MEANING.keys() == {field.name for field in fields(Decoding)}
    given = ["--method=sample", "--beam=4", "--n-best=2", "--max-words=9", "--min-words=2", "--length-exponent=0.5"]
    given += ["--no-repeat-ngram=3", "--temperature=0.8", "--top-k=5", "--top-p=0.9", "--seed=7"]
    assert parse(*given) == Decoding("sample", 4, 2, 9, 2, 0.5, 3, 0.8, 5, 0.9, 7)


def test_settings_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match=r"n_best is 4 and beam 3"):
        parse("--n-best=4")
