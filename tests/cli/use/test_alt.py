"""`captioner alt`: shows what would change, and writes it only when it is told to."""

import shutil

import pytest

from captioner.cli.main import main
from tests import two_heads
from tests.paths import FIXTURES

PHOTO = FIXTURES / "images/test_000000.png"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("runs") / "mine/bundle")


def test_the_difference_is_printed_and_the_page_written_when_told(bundle, tmp_path, capsys):
    shutil.copy(PHOTO, tmp_path / "a.png")
    page = tmp_path / "page.html"
    page.write_text("<p>\n<img src=a.png>\n<img src=b.png>\n")
    before = page.read_bytes()
    assert main(["alt", str(page), "--model", str(bundle)]) == 1
    out, error = capsys.readouterr()
    assert page.read_bytes() == before
    assert "-<img src=a.png>" in out.splitlines()
    assert error.splitlines()[0] == f"captioner alt: {page} line 3: 'b.png': no such file"
    assert error.splitlines()[1].endswith("1 filled in, 0 had a text, 0 are decorative, 1 failed")
    assert main(["alt", str(page), "--model", str(bundle), "--write"]) == 1
    assert capsys.readouterr().out == out
    added = next(line for line in out.splitlines() if line.startswith("+<img"))
    assert added[1:] == page.read_text().splitlines()[1]
    assert 'data-alt-by="mine" src=a.png>' in added
