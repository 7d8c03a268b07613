"""`captioner caption --write`: captions as files beside photos, instead of lines."""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from captioner import __version__
from captioner.cli.console import listed
from captioner.cli.decoding import decoding, models, opened
from captioner.cli.progress import progress
from captioner.folders.writing.places import ENDINGS, XmpName
from captioner.folders.writing.policy import MEANING, Policy
from captioner.folders.writing.tables import FORMATS
from captioner.photos import HAS_VIDEO, IMAGE_SUFFIXES, VIDEO_SUFFIXES, Found, find_below
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.folders.writing.plan import Plan
    from captioner.folders.writing.run import Captions, Counts, Job

KINDS = (*ENDINGS, *FORMATS)


def add_writing(parser: argparse.ArgumentParser) -> None:
    """Adds `--write` and its like."""
    group = parser.add_argument_group(
        "files", "with --write, captions go into files, and photos that have one are done"
    )
    add = group.add_argument
    text = f"kinds of files: {', '.join(ENDINGS)} a photo; {', '.join(FORMATS)} one table"
    add("--write", type=kind, nargs="+", metavar="KIND", help=text)
    add("--out", type=Path, metavar="DIR", help="write below this folder, in the same tree (beside the photos)")
    meaning = "; ".join(f"{name}: {meaning}" for name, meaning in MEANING.items())
    add("--done", choices=MEANING, default="skip", help=f"what becomes of a text that is there ({meaning})")
    add("--prefix", default="", metavar="TEXT", help="what every caption begins with")
    add("--suffix", default="", metavar="TEXT", help="what it ends with")
    text = "how a sidecar is named (the one that is there, else photo.jpg.xmp)"
    add("--xmp-name", choices=get_args(XmpName), help=text)
    add("--same", action="store_true", help="caption photos with the same content once")
    add("--watch", action="store_true", help="go on with what arrives in the folders, until Ctrl-C")


def kind(text: str) -> str:
    """One kind of file.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if text not in KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(KINDS)}; photos stand before --write")
    return text


def check_unwritten(arguments: argparse.Namespace) -> None:
    """Refuses what only files have, where none are written.

    Raises:
        ValueError: there is such an option.
    """
    given = {"--out": arguments.out, "--prefix": arguments.prefix, "--suffix": arguments.suffix}
    given |= {"--xmp-name": arguments.xmp_name, "--same": arguments.same, "--watch": arguments.watch}
    given |= {"--done": arguments.done != "skip"}
    if names := [name for name, value in given.items() if value]:
        raise ValueError(f"{names[0]} is for files: add --write and a kind of them ({', '.join(KINDS)})")


def write(arguments: argparse.Namespace) -> int:
    """Writes files; 1 if a photo could not be captioned."""
    from captioner.folders.writing.run import Job

    if arguments.json:
        raise ValueError("--json prints lines, and --write writes files; --write jsonl writes JSON lines")
    policy, search = Policy(arguments.done, arguments.prefix, arguments.suffix), decoding(arguments)
    kinds = tuple(dict.fromkeys(arguments.write))
    job = Job(kinds, "", policy, arguments.out, arguments.xmp_name, arguments.same)
    if arguments.watch:
        check_watchable(arguments.photos)
    photos = [] if arguments.watch else list(photos_below(arguments, sys.stdin))
    job = replace(job, model=named(arguments))
    model = opened(arguments)
    captions = partial(model.caption_each, decoding=search, batch=arguments.batch)
    if not arguments.watch:
        return 1 if once(photos, job, captions).failed else 0
    watch(lambda: list(photos_below(arguments, ())), lambda arrived: once(arrived, job, captions, quiet=True))
    return 0


def named(arguments: argparse.Namespace) -> str:
    """What the model is called."""
    from captioner.models.hub import local, model_name

    given = models(arguments)
    folders = given if isinstance(given, list) else [given] if given else []
    return " + ".join(model_name(local(each)) for each in folders) or f"captioner {__version__}"


def photos_below(arguments: argparse.Namespace, listing: Iterable[str]) -> Iterator[Found]:
    """The photos that files, folders, patterns and `-` (one path a line of `listing`) name.

    Videos are found too where PyAV is installed, but for those of `--write`: nothing is written beside or into them.

    Raises:
        ValueError: a folder or pattern holds no photo.
    """
    known = [f".{each}" for each in KINDS] if arguments.write else []
    named = [each for each in arguments.photos if each != "-"]
    suffixes = IMAGE_SUFFIXES if arguments.write or not HAS_VIDEO else (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
    found = find_below(named, recursive=arguments.recursive, known=known, suffixes=suffixes)
    more = (Found(Path(line).parent, Path(line)) for line in listed(listing))
    return chain(found, more if "-" in arguments.photos else ())


@dataclass
class Report:
    """Tells a person how a run goes, on stderr."""

    advance: Callable[[int, int], None]
    quiet: bool
    done: int = 0

    def begin(self, plan: "Plan") -> None:
        """What is to be done."""
        self.done = plan.done
        if plan.done and not self.quiet:
            print(f"{plan.done:,} of {plan.photos:,} photos were done", file=sys.stderr)

    def complain(self, sentence: str) -> None:
        """A photo could not be captioned."""
        print(f"captioner caption: {shown(sentence)}", file=sys.stderr)

    def tell(self, counts: "Counts") -> None:
        """One more."""
        self.advance(counts.captioned + counts.failed, counts.photos - self.done)


def once(photos: list[Found], job: "Job", captions: "Captions", *, quiet: bool = False) -> "Counts":
    """One run, with a bar and a sentence at its end, also where it is interrupted."""
    from captioner.folders.writing.run import write_captions

    began, counts = time.monotonic(), None

    def tell(now: "Counts") -> None:
        nonlocal counts
        counts = now
        report.tell(now)

    try:
        with progress("photos", speed="photos") as advance:
            report = Report(advance, quiet)
            counts = write_captions(photos, job, captions, complain=report.complain, begin=report.begin, tell=tell)
    finally:
        if counts is not None and (counts.captioned or not quiet):
            print(summary(counts, time.monotonic() - began), file=sys.stderr)
    return counts


def summary(counts: "Counts", seconds: float) -> str:
    """What a run did, in one line."""
    speed = f" in {seconds:.1f} s ({counts.captioned / seconds:.1f} photos/s)" if counts.captioned else ""
    left = counts.photos - counts.done - counts.captioned - counts.failed
    parts = [f"{counts.captioned:,} of {counts.photos:,} photos captioned{speed}"]
    parts += [f"{count:,} {what}" for count, what in ((counts.failed, "failed"), (left, "left")) if count]
    return ", ".join(parts)


def check_watchable(named: Iterable[str]) -> None:
    """Refuses what nothing can arrive in.

    Raises:
        ValueError: it is no folder.
    """
    for each in named:
        if not Path(each).is_dir():
            raise ValueError(f"{each} is no folder, and --watch needs folders")


def watch(find: Callable[[], list[Found]], write_all: Callable[[list[Found]], object]) -> None:
    """Writes what arrives; Ctrl-C ends it."""
    from captioner.folders.writing.watch import arrivals

    print("watching; Ctrl-C ends it", file=sys.stderr)
    for arrived in arrivals(find):
        logging.getLogger("captioner.photos").setLevel(logging.ERROR)  # what is passed over was said at the first look
        write_all(arrived)
