"""A hook of mkdocs: the pages that stand beside `docs/`, where GitHub looks for them, are pages of the site too.

`mkdocs build --strict` (or `mkdocs serve`) reads it by mkdocs.yml. Nothing is downloaded.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
BESIDE = {"CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md", "data/README.md": "data.md"}
"""The file in the repository, and the page of the site."""

LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)[^)\s#]+")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that stand beside `docs/`."""
    for source, page in BESIDE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turns links that are right in the repository into links that are right on the site."""
    source = {site: source for source, site in BESIDE.items()}.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return LINK.sub(lambda link: site_link(link.group(), source), markdown)


def site_link(link: str, source: str) -> str:
    """Gives a link of a page, as the site has it.

    Args:
        link: relative to the file, such as "../SECURITY.md".
        source: the file in the repository that holds the link, such as "docs/use.md".

    Returns:
        The page's name where the link leads to another page of the site; else the link as it was.
    """
    target = normal(PurePosixPath(source).parent / link)
    if target not in BESIDE and source not in BESIDE:
        return link
    here = PurePosixPath("docs", BESIDE[source]) if source in BESIDE else PurePosixPath(source)
    return "../" * (len(here.parts) - 2) + BESIDE.get(target, target.removeprefix("docs/"))


def normal(path: PurePosixPath) -> str:
    """Gives a path without `..`: docs/../SECURITY.md is SECURITY.md."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
