import pytest

from captioner.serving.work.settings import Limits


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"places": 0}, "places is 0; it must be at least 1"),
        ({"batch": -1}, "batch is -1; it must be at least 1"),
        ({"gather": -0.1}, "gather is -0.1; it must be a finite number of seconds, 0 or above"),
        ({"patience": 0.0}, "patience is 0.0; it must be a finite number above 0"),
        ({"megabytes": float("inf")}, "megabytes is inf; it must be a finite number above 0"),
        ({"megapixels": float("nan")}, "megapixels is nan; it must be a finite number above 0"),
    ],
)
def test_impossible_limits_are_told(given, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        Limits(**given)
