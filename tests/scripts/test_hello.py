"""The 20-line example runs as its docstring says, and says the word."""

import runpy

from tests.paths import ROOT

SCRIPT = ROOT / "scripts" / "examples" / "hello.py"


def test_it_says_hello_from_h_and_shows_four_probabilities_at_each_step(capfd):
    runpy.run_path(str(SCRIPT), run_name="__main__")
    out, error = capfd.readouterr()
    *table, said = out.splitlines()
    assert said == "hello"
    assert table[0].split() == ["after", "h", "e", "l", "o"]
    rows = [line.split() for line in table[1:]]
    assert [row[0] for row in rows] == ["h", "he", "hel", "hell"]
    for row, wanted in zip(rows, "ello", strict=True):
        p = dict(zip("helo", map(float, row[1:]), strict=True))
        assert abs(sum(p.values()) - 1) < 0.03
        assert p[wanted] > 0.9
    assert error == ""
