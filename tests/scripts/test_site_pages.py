"""Links that are right in the repository are right on the site; the site is built without the network."""

import re
import runpy
import subprocess
import sys

import pytest

from tests.paths import ROOT

pytest.importorskip("mkdocs", reason="needs mkdocs: pip install 'captioner[docs]'")
PAGES = runpy.run_path(str(ROOT / "scripts/site_pages.py"))

OFFLINE = """
import socket, sys
def refuse(*_): raise OSError("the network was asked for")
socket.socket.connect = socket.getaddrinfo = refuse
from mkdocs.__main__ import cli
sys.exit(cli(["build", "--strict", "--quiet", "--site-dir", sys.argv[1]]))
"""


@pytest.mark.parametrize(
    ("link", "source", "on_the_site"),
    [
        ("speed.md", "docs/use.md", "speed.md"),
        ("../scores.md", "docs/reference/scores.md", "../scores.md"),
        ("../SECURITY.md", "docs/use.md", "security.md"),
        ("../data/README.md", "docs/training.md", "data.md"),
        ("../../SECURITY.md", "docs/reference/models.md", "../security.md"),
        ("docs/log.md", "CONTRIBUTING.md", "log.md"),
        ("SECURITY.md", "CONTRIBUTING.md", "security.md"),
        ("../docs/training.md", "data/README.md", "training.md"),
    ],
)
def test_a_link_leads_to_the_same_page(link, source, on_the_site):
    assert PAGES["site_link"](link, source) == on_the_site


def test_only_links_to_files_are_changed():
    text = "[a](https://x.org/SECURITY.md) [b](#here) [c](SECURITY.md#reports) `f(../SECURITY.md)`"
    assert PAGES["LINK"].findall(text) == ["SECURITY.md"]


@pytest.mark.slow
def test_the_site_is_built_offline_and_asks_nobody_for_anything(tmp_path):
    command = [sys.executable, "-c", OFFLINE, str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    html = [page.read_text() for page in tmp_path.rglob("*.html")]
    assert len(html) > 25
    for page in html:
        assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?(?:https?:)?//", page)
    assert "captioner.nn.core.attending" in (tmp_path / "reference/network.html").read_text()
