import re
import sys
from subprocess import run

import pytest

from captioner.decoding.settings import Decoding


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "best"}, "method is 'best'; choose one of beam, greedy, sample"),
        ({"beam": 0}, "beam is 0, but must be a whole number from 1 to 1,000"),
        ({"n_best": 0}, "n_best is 0, but must be a whole number from 1 to 10,000"),
        ({"max_words": 0}, "max_words is 0, but must be a whole number from 1 to 1,000,000,000"),
        ({"min_words": -1}, "min_words is -1, but must be a whole number from 0 to 1,000,000,000"),
        ({"no_repeat_ngram": -1}, "no_repeat_ngram is -1, but must be a whole number from 0 to 1,000,000,000"),
        ({"top_k": -1}, "top_k is -1, but must be a whole number from 0 to 1,000,000,000"),
        ({"length_exponent": -0.5}, "length_exponent is -0.5, but must be a number from 0 to 10"),
        ({"length_exponent": 1e308}, "length_exponent is 1e+308, but must be a number from 0 to 10"),
        ({"length_exponent": float("nan")}, "length_exponent is nan, but must be a number from 0 to 10"),
        ({"temperature": -1.0}, "temperature is -1.0, but must be a number from 0 to 1,000,000"),
        ({"temperature": float("inf")}, "temperature is inf, but must be a number from 0 to 1,000,000"),
        ({"top_p": 0.0}, "top_p is 0.0, but must be a number above 0 to 1"),
        ({"top_p": 1.5}, "top_p is 1.5, but must be a number above 0 to 1"),
        ({"seed": -1}, "seed is -1, but must be a whole number from 0 to 9,223,372,036,854,775,807, or none"),
        ({"min_words": 9, "max_words": 8}, "min_words is 9 and max_words 8; lower min_words or raise max_words"),
        ({"beam": 2, "n_best": 3}, "n_best is 3 and beam 2; a beam search finds at most beam captions"),
        (
            {"method": "greedy", "n_best": 2},
            "n_best is 2, but greedy search finds one caption; use method beam or sample",
        ),
    ],
)
def test_unusable_settings_are_refused_in_one_sentence(given, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Decoding(**given)


def test_the_widest_usable_settings_are_accepted():
    Decoding(beam=1, n_best=1, max_words=1, min_words=0, length_exponent=0, temperature=0, top_p=1e-9)
    Decoding(method="sample", n_best=50, min_words=8, max_words=8)


def test_settings_need_no_torch():
    code = "import sys, captioner.decoding.settings; sys.exit('torch' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
