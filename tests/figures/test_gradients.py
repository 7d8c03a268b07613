"""The picture of gradient flow: what is drawn, on which scale."""

import numpy as np
import pytest
from PIL import Image

from captioner.figures.gradients import gradient_figure, save_gradient_png

FADES = {"rnn": 4 * 0.1 ** np.arange(50.0), "lstm": 0.9 ** np.arange(50.0)}


def test_curves_are_relative_to_the_last_time_on_a_logarithmic_scale():
    figure = gradient_figure([("cells", FADES), ("scaled", {"gru": np.ones(3)})])
    left, right = figure.axes
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "log"]
    rnn = np.asarray(left.lines[0].get_ydata())
    assert rnn[:3] == pytest.approx([1, 0.1, 0.01])
    assert np.isnan(rnn[-1])  # below what is drawn
    assert left.get_legend_handles_labels()[1] == ["rnn", "lstm"]
    assert right.get_title() == "scaled"


def test_png(tmp_path):
    save_gradient_png(tmp_path / "flow.png", [("cells", FADES)])
    with Image.open(tmp_path / "flow.png") as picture:
        assert picture.width > 500
