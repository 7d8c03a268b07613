"""The page of units is whole in itself, says what it was given, and shows the first unit without JavaScript."""

import json
import re
from base64 import b64decode

import numpy as np
import pytest

from captioner.figures.behind import Behind, Saturated
from captioner.figures.cells import ShownUnit, Teller, Telling, cells_html, save_cells_html

TOKENS = ("a", "<", "\n", "b")
UNITS = [ShownUnit("1:7", np.array([3.5, 2, 3, 4])), ShownUnit("2:0", np.array([0.0, 0, 0, 0]))]
TELLERS = [Teller("1:7", 0.98, 0.91, 1.25, -1), Teller("2:9", 0.7, 0.6, 0, 0)]
TELLING = Telling("inside <b>", 0.25, np.array([0, 1, 0, 1], bool), TELLERS)
BETTER = Telling("b", 0.5, np.array([1, 0, 0, 1], bool), [Teller("1:7", 0.9, 0.95, 1, 0)])

CHANCES = np.array([[[0.5, 0.25]], [[1.0, 0.0]], [[0.2, 0.1]]])
BEHIND = Behind(
    np.array([[2.0, np.nan], [1, 4], [0, 0]]), np.array([0.1, 0.5, 1]), CHANCES.argsort(axis=2), CHANCES, ["</b>", "b"]
)
GATES = [Saturated("f", np.array([[0.95, 0.1], [0, 0.5]]), np.array([[0.0, 0.9], [1, 0]]))]


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


def test_what_a_unit_costs_and_what_probes_tell_stands_in_the_tables():
    telling = TELLING._replace(tellers=[TELLERS[0]._replace(cost=0.0123)], probes=[None, (0.912, 0.534)])
    html = cells_html(TOKENS, UNITS, [telling])
    assert "<th>held, bits</thead>" in html
    assert "<td>-1.00<td>+0.0123" in html
    assert "linear probe, layer 2: AUC 0.912 (control 0.534)" in html
    assert "layer 1: AUC" not in html
    assert "held, bits" not in cells_html(TOKENS, UNITS, [TELLING])


def test_what_stands_behind_a_token_lies_in_the_page_as_bytes():
    html = cells_html(TOKENS, UNITS, [], BEHIND)
    packed = json.loads(re.findall(r'class="behind">(.*?)</script>', html)[0])
    assert np.frombuffer(b64decode(packed["influence"]), np.uint8).tolist() == [255, 0, 64, 255, 0, 0]
    assert np.frombuffer(b64decode(packed["expected"]), np.uint8).tolist() == [26, 128, 255]
    assert np.frombuffer(b64decode(packed["tokens"]), "<u2").tolist() == [1, 0, 1, 0, 1, 0]
    assert packed["vocabulary"] == ["</b>", "b"]
    assert (packed["back"], packed["layers"], packed["top"]) == (2, 1, 2)


def test_gates_are_points_by_how_often_they_are_shut_and_open():
    html = cells_html(TOKENS, UNITS, saturated=GATES)
    assert html.count("<circle") == 4
    assert "<title>1:0: shut 95%, open 0%</title>" in html
    assert 'aria-label="gate f: of 4 units 1 are shut and 1 open in more than 90 % of the time"' in html
    assert "<circle" not in cells_html(TOKENS, UNITS)


def test_the_property_that_the_first_unit_tells_best_is_underlined():
    html = cells_html(TOKENS, UNITS, [TELLING, BETTER])
    assert re.findall(r'value="(\d)" data-of="[^"]*" selected>', html) == ["1"]


def test_a_page_needs_no_other_file(tmp_path):
    save_cells_html(tmp_path / "cells.html", cells_html(TOKENS, UNITS, [], BEHIND, GATES), title="units & more")
    page = (tmp_path / "cells.html").read_text(encoding="utf-8")
    assert "<title>units &amp; more</title>" in page
    assert not re.search(r"https?://|src=|href=|@import", page)


def test_what_cannot_be_shown_is_one_sentence():
    with pytest.raises(ValueError, match="there is no unit to show"):
        cells_html(TOKENS, [])
    with pytest.raises(ValueError, match="unit 1:7 has 4 values for 3 tokens"):
        cells_html(TOKENS[:3], UNITS)
