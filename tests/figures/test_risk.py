import numpy as np
from PIL import Image

from captioner.figures.plots.risk import risk_figure, save_risk_png


def test_risk_against_coverage(tmp_path):
    curves = {"colour": [(0.5, 0.1), (1.0, 0.4)], "all": [(0.2, 0.0), (1.0, 0.3)]}
    (axes,) = risk_figure(curves).axes
    assert axes.get_legend_handles_labels()[1] == ["colour", "all"]
    assert np.asarray(axes.lines[0].get_xdata()).tolist() == [0.5, 1.0]
    assert axes.get_xlim() == (0, 1)
    save_risk_png(tmp_path / "risk.png", curves)
    with Image.open(tmp_path / "risk.png") as picture:
        assert picture.width > 500
