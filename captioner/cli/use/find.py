"""Find photos by words: those that fit best, best first, with how much likelier the words are for them than for any."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.console import json_line, listed
from captioner.cli.model import add_device, add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.progress import progress
from captioner.disk.writing import check_writable
from captioner.photos import find_photos
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.folders.finding.index import Index
    from captioner.folders.finding.query import Hit
    from captioner.inference import Judge


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    text = "folders, files or patterns; - reads a list of files from stdin"
    parser.add_argument("photos", nargs="+", metavar="folder", help=text)
    parser.add_argument("query", help='what to look for, such as "two dogs on a beach"')
    add_model(parser)
    parser.add_argument("--top", type=int, default=10, metavar="N", help="photos to give (10)")
    parser.add_argument("--json", action="store_true", help="JSON lines with scores")
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE", help="contact sheet of the photos with the attention, .html"
    )
    add_index(parser)
    parser.add_argument(
        "--candidates", type=int, metavar="N", help="photos that are judged exactly; 0 for all of them (500)"
    )
    add_device(parser)
    add_max_pixels(parser)


def add_index(parser: argparse.ArgumentParser) -> None:
    """Adds `--index`."""
    text = "folder where what the model saw of photos is kept (one in the user's cache)"
    parser.add_argument("--index", type=Path, metavar="DIR", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Brings the index up to date, then prints the photos; 1 if a photo could not be read."""
    if arguments.sheet is not None:
        if arguments.sheet.suffix.lower() != ".html":
            raise ValueError(f"--sheet {arguments.sheet} is a page; let its name end in .html")
        check_writable(arguments.sheet)

    from captioner.files import write_text
    from captioner.folders.finding.index import Index
    from captioner.folders.finding.query import CANDIDATES, check_counts, find
    from captioner.inference import Judge, load

    candidates = CANDIDATES if arguments.candidates is None else arguments.candidates
    check_counts(arguments.top, candidates)
    judge = Judge(load(arguments.model, arguments.device, max_pixels=arguments.max_pixels, engine=arguments.engine))
    warn(judge, [arguments.query])
    judge.numbered(arguments.query)  # refused before all photos are looked at
    with Index(arguments.index or cache(judge), judge) as index:
        photos, broken = updated(index, arguments.photos, "find")
        hits = find(index, arguments.query, photos, top=arguments.top, candidates=candidates)
    for hit in hits:
        show(hit, as_json=arguments.json)
    if arguments.sheet is not None:
        from captioner.folders.finding.sheet import contact_sheet

        write_text(arguments.sheet, contact_sheet(judge.model, arguments.query, hits))
        print(f"captioner find: {shown(arguments.sheet)}", file=sys.stderr)
    return 1 if broken else 0


def updated(index: "Index", named: Sequence[str], verb: str) -> tuple[list[Path], int]:
    """The photos that the words name, with an index brought up to date, and how many could not be read."""
    listing = map(Path, listed(sys.stdin)) if "-" in named else ()
    photos = list(dict.fromkeys([*find_photos(each for each in named if each != "-"), *listing]))
    with progress("photos") as advance:
        changes = index.update(photos, below=folders(named), progress=advance)
    for photo in changes.unreadable:
        print(f"captioner {verb}: {shown(photo.reason)}", file=sys.stderr)
    return photos, len(changes.unreadable)


def folders(named: Sequence[str]) -> list[Path]:
    """Those of the names that are folders, of which all photos are seen."""
    return [Path(name) for name in named if Path(name).is_dir()]


def cache(judge: "Judge") -> Path:
    """Where the index of a model lies by default: below XDG_CACHE_HOME, or ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root, "captioner", "find", judge.identity[:16])


def warn(judge: "Judge", texts: list[str]) -> None:
    """Tells which words the model does not know, on stderr."""
    if missing := judge.vocabulary.coverage(texts).missing:
        print(f"captioner: the model does not know {shown(', '.join(missing))}", file=sys.stderr)


def show(hit: "Hit", *, as_json: bool) -> None:
    """Prints one photo."""
    if as_json:
        print(json_line({"photo": str(hit.photo), "score": hit.score, "log_probability": hit.log_probability}))
    else:
        print(f"{hit.score:+.2f}\t{shown(hit.photo)}")
