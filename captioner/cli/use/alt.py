"""Fill in the alternative texts that a web page's images lack; prints what would change, and writes it with --write."""

import argparse
import sys
from functools import partial
from pathlib import Path

from captioner.cli.decoding import add_decoding, add_others, decoding, opened
from captioner.cli.model import add_device, add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.use.writing import named
from captioner.text.shown import shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("pages", nargs="+", type=Path, help="HTML files; their images lie in their folders, or below")
    add_model(parser)
    parser.add_argument("--write", action="store_true", help="write the pages (only show what would change)")
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos at once (16)")
    add_device(parser)
    add_others(parser)
    add_max_pixels(parser)
    add_decoding(parser)
    parser.set_defaults(compile=False)


def run(arguments: argparse.Namespace) -> int:
    """Prints differences; 1 if an image could not be captioned."""
    from captioner.folders.pages.alt import fill
    from captioner.folders.writing.beside import replace

    search = decoding(arguments)
    name, model = named(arguments), opened(arguments)
    captions = partial(model.caption_each, decoding=search, batch=arguments.batch)
    failed = 0
    for page in arguments.pages:
        filled = fill(page, captions, name)
        for sentence in filled.failed:
            print(f"captioner alt: {shown(sentence)}", file=sys.stderr)
        for line in filled.diff(str(page)):
            print(shown(line, keep="\t"))
        if arguments.write:
            replace(page, filled.before, filled.after)
        failed += len(filled.failed)
        what = f"{filled.filled} filled in, {filled.told} had a text, {filled.decorative} are decorative"
        print(f"{shown(page)}: {what}, {len(filled.failed)} failed", file=sys.stderr)
    return 1 if failed else 0
