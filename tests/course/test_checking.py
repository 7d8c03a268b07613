"""What a reader is told of an exercise: right, not yet right and why, or not yet written."""

import numpy as np
import pytest
import torch

from course.checking import check, verdict


def double(x):
    return 2 * x


@pytest.mark.parametrize("x", [3.0, np.arange(3), torch.ones(2, 2)])
def test_what_equals_the_reference_is_right_of_any_kind_of_numbers(x):
    assert verdict(lambda x: x + x, double, (x,)) == "right"


def test_a_blank_is_not_yet_written():
    assert verdict(lambda x: None, double, (1.0,)) == "not yet written"
    assert verdict(lambda x: ..., double, (1.0,)) == "not yet written"


def test_the_first_number_that_differs_is_told():
    told = verdict(lambda x: x + np.array([0.0, 1.0]), double, (np.array([0.0, 2.0]),))
    assert told == "not yet right, 1 of 2 numbers differ: 3, and 4 is expected"


def test_every_case_counts_and_so_does_nan():
    assert verdict(lambda x: 4.0, double, (2.0,), (3.0,)).startswith("not yet right")
    assert verdict(lambda x: float("nan"), double, (2.0,)).startswith("not yet right")


def test_another_shape_is_told():
    assert (
        verdict(lambda x: x[None], double, (np.ones(3),)) == "not yet right, its shape is (1, 3), and (3,) is expected"
    )


def test_several_results_are_compared_one_by_one():
    def both(x):
        return x, 2 * x

    assert verdict(lambda x: (x, x + x), both, (1.0,)) == "right"
    assert verdict(lambda x: (x, x), both, (1.0,)).startswith("not yet right, in result 2:")
    assert verdict(lambda x: x, both, (1.0,)) == "not yet right, it must return 2 things, separated by commas"


def test_texts_and_dictionaries_must_be_equal():
    assert verdict(lambda x: {"a": 1.0}, lambda x: {"a": 1.0}, (1,)) == "right"
    assert (
        verdict(lambda x: "helo", lambda x: "hello", (1,)) == "not yet right, it gave 'helo', and 'hello' is expected"
    )


def test_a_fault_in_the_exercise_is_told_and_stops_nothing(capsys):
    def wrong(x):
        raise IndexError("too far")

    check(wrong, double, (1.0,))
    assert capsys.readouterr().out == "wrong: not yet right, it stops with IndexError: too far\n"


def test_an_exercise_that_spoils_its_arguments_does_not_spoil_the_reference():
    def spoiling(x):
        x *= 2
        return x

    x = np.ones(2)
    assert verdict(spoiling, double, (x,), (x,)) == "right"
    assert x.tolist() == [1, 1]
