"""What the project promises about itself: one version, the same checks everywhere, pages that a reader finds."""

import re
import runpy
import tomllib

import pytest
import yaml

import captioner
from tests.paths import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
VERSIONS = runpy.run_path(str(ROOT / "scripts/oldest_versions.py"))
PRE_COMMIT = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())


def pages(entry) -> list[str]:
    """The pages of a part of the navigation."""
    if isinstance(entry, str):
        return [entry]
    return [page for part in (entry.values() if isinstance(entry, dict) else entry) for page in pages(part)]


def test_the_version_is_the_same_in_the_citation_and_the_release_notes():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == captioner.__version__
    assert re.findall(r"^## (\S+)", (ROOT / "docs/changelog.md").read_text(), re.M)[0] == captioner.__version__


def test_pre_commit_runs_the_checks_of_ci():
    ci = re.findall(r"^\.venv/bin/(?!pytest)(.*)$", (ROOT / ".ci/run").read_text(), re.M)
    hooks = [hook for repository in PRE_COMMIT["repos"] for hook in repository["hooks"]]
    assert [hook["entry"] for hook in hooks if hook.get("stages") != ["pre-push"]] == ci
    assert len(ci) == 5


@pytest.mark.parametrize("path", [path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").rglob("*.yml")])
def test_files_for_github_are_yaml(path):
    assert yaml.safe_load((ROOT / path).read_text())


def test_every_page_of_docs_is_in_the_navigation_and_every_entry_is_a_page():
    navigation = set(pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]))
    beside = {"contributing.md", "security.md", "data.md"}  # scripts/site_pages.py takes them from elsewhere
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert written | beside == navigation, "mkdocs.yml must name each page of docs/"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_exists(page):
    named = re.findall(r"\b(?:captioner|configs|docs|scripts|tests)/[\w/.]*\w", page.read_text())
    assert [name for name in named if not (ROOT / name).exists() and f"github.com/{name}" not in page.read_text()] == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize(
    ("requirement", "pin"),
    [("numpy>=1.26", "numpy==1.26"), ("a[b]>=4.5,<5", "a==4.5"), ("exact==3.8.0", "exact==3.8.0")],
)
def test_the_oldest_version_is_the_lower_bound(requirement, pin):
    assert VERSIONS["oldest"](requirement) == pin


def test_a_library_without_a_lower_bound_is_refused():
    with pytest.raises(ValueError, match=r"'numpy' in pyproject.toml needs one lower bound, as in numpy>=1.0"):
        VERSIONS["oldest"]("numpy")


def test_every_library_of_the_project_has_an_oldest_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {pin.split("==")[0] for pin in VERSIONS["constraints"]()}
    assert {"torch", "numpy", "onnx", "pytest"} <= named
    assert project["name"] not in named
    assert len(named) >= len(project["dependencies"])
