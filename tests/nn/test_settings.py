import re
from dataclasses import replace

import pytest

from captioner.nn.settings import AnswerSettings, CoreSettings, NetworkSettings


def test_settings_make_the_round_trip():
    settings = NetworkSettings(core=CoreSettings(cell="gru"), answers=AnswerSettings(glimpses=1, loss="binary"))
    assert NetworkSettings.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"glimpses": -1}, "answers.glimpses is -1, but must be a whole number from 0 to 100"),
        ({"kind": "parallel", "glimpses": 0}, "answers.glimpses is 0, but must be a whole number from 1 to 100"),
        ({"kind": "serial"}, "answers.kind is 'serial', but there are stacked and parallel"),
        ({"width": 0}, "answers.width is 0, but must be a whole number from 1 to 65,536"),
        ({"counters": 2}, "answers.counters is 2, but a stacked head has none: set 0, or parallel"),
        ({"join": "product"}, "answers.join is product, but a stacked head adds its glimpses: set sum, or parallel"),
        ({"kind": "parallel", "join": "mean"}, "answers.join is 'mean', but there are sum, product"),
        ({"loss": "hinge"}, "answers.loss is 'hinge', but there are cross_entropy, binary"),
    ],
)
def test_answer_settings_that_cannot_be(values, message, unchecked):
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(AnswerSettings(), **values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"state": 0}, "core.state is 0, but must be a whole number from 1 to 65,536"),
        ({"layers": -1}, "core.layers is -1, but must be a whole number from 1 to 100"),
        ({"layers": "2"}, "core.layers is '2', but must be a whole number from 1 to 100"),
        ({"components": float("nan")}, "core.components is nan, but must be a number from 0 to 1,000"),
        ({"positions": -1.0}, "core.positions is -1.0, but must be a number from 0 to 1,000"),
        ({"start": "ones"}, "core.start is 'ones', but there are grid, learned"),
        (
            {"attention": "none", "start": "learned"},
            "core.attention none leaves nothing for core.word_query to ask, and",
        ),
        ({"attention": "none", "word_query": True}, "core.attention none leaves nothing for core.word_query to ask"),
    ],
)
def test_core_settings_that_cannot_be(values, message, unchecked):
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(CoreSettings(), **values)
