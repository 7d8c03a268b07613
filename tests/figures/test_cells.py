"""The page of units is whole in itself, says what it was given, and shows the first unit without JavaScript."""

import re
from base64 import b64decode

import numpy as np
import pytest

from captioner.figures.cells import ShownUnit, Teller, Telling, cells_html, save_cells_html

TOKENS = ("a", "<", "\n", "b")
UNITS = [ShownUnit("1:7", np.array([3.5, 2, 3, 4])), ShownUnit("2:0", np.array([0.0, 0, 0, 0]))]
TELLERS = [Teller("1:7", 0.98, 0.91, 1.25, -1), Teller("2:9", 0.7, 0.6, 0, 0)]
TELLING = Telling("inside <b>", 0.25, np.array([0, 1, 0, 1], bool), TELLERS)
BETTER = Telling("b", 0.5, np.array([1, 0, 0, 1], bool), [Teller("1:7", 0.9, 0.95, 1, 0)])


def data(html, select):
    options = re.findall(
        r'<option value="([^"]*)" data-of="([^"]*)"', html.split(f'class="{select}"')[1].split("</select>")[0]
    )
    return {value: np.frombuffer(b64decode(packed), np.int8).tolist() for value, packed in options}


def test_the_text_has_the_first_units_colours_and_all_units_are_there():
    html = cells_html(TOKENS, UNITS, [TELLING])
    spans = re.findall(
        r'<span style="background:rgba\((\d+),\d+,\d+,([\d.]+)\)">(.*?)</span>', html.split("<pre")[1], re.S
    )
    assert spans == [("224", "0.43", "a"), ("0", "0.85", "&lt;"), ("0", "0.02", "\n"), ("224", "0.85", "b")]
    assert data(html, "unit") == {"1:7": [51, -100, -2, 100], "2:0": [0, 0, 0, 0]}
    assert data(html, "mark") == {"0": [0, 1, 0, 1]}


def test_tables_name_units_and_only_shown_ones_can_be_chosen():
    html = cells_html(TOKENS, UNITS, [TELLING, Telling("never", 0, np.zeros(4, bool), [])])
    assert "inside &lt;b&gt; <small>25.0% of positions</small>" in html
    assert (
        '<button type="button" data-unit="1:7" data-mark="0">1:7</button><td>0.980<td>0.910<td>+1.25<td>-1.00' in html
    )
    assert "<td>2:9<td>0.700<td>0.600" in html
    assert "it does not change within a half of the text" in html


def test_the_property_that_the_first_unit_tells_best_is_underlined():
    html = cells_html(TOKENS, UNITS, [TELLING, BETTER])
    assert re.findall(r'value="(\d)" data-of="[^"]*" selected>', html) == ["1"]


def test_a_page_needs_no_other_file(tmp_path):
    save_cells_html(tmp_path / "cells.html", TOKENS, UNITS, title="units & more")
    page = (tmp_path / "cells.html").read_text(encoding="utf-8")
    assert "<title>units &amp; more</title>" in page
    assert not re.search(r"https?://|src=|href=|@import", page)


def test_what_cannot_be_shown_is_one_sentence():
    with pytest.raises(ValueError, match="there is no unit to show"):
        cells_html(TOKENS, [])
    with pytest.raises(ValueError, match="unit 1:7 has 4 values for 3 tokens"):
        cells_html(TOKENS[:3], UNITS)
