"""Say captions of photos and clips: one line each, `path<TAB>caption`, JSON lines, or files beside the photos."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from captioner.cli.console import json_line
from captioner.cli.decoding import add_decoding, add_others, decoding, opened
from captioner.cli.model import add_device, add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.use.subtitles import add_subtitles, subtitles
from captioner.cli.use.writing import add_writing, check_unwritten, photos_below, write
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.inference import Caption


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("photos", nargs="+", help="files, folders or patterns; - reads a list of files from stdin")
    add_model(parser)
    parser.add_argument("--json", action="store_true", help="JSON lines with scores and all n-best captions")
    text = "whether the folders in a folder are looked into (they are)"
    parser.add_argument("--recursive", action=argparse.BooleanOptionalAction, default=True, help=text)
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos at once (16)")
    add_device(parser)
    parser.add_argument("--compile", action="store_true", help="fuse the search first: for many photos on a GPU")
    add_others(parser)
    add_writing(parser)
    add_subtitles(parser)
    add_max_pixels(parser)
    add_decoding(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints captions as they are found, or writes them; 1 if a photo could not be read."""
    if arguments.every is not None:
        return subtitles(arguments)
    if arguments.write:
        return write(arguments)
    check_unwritten(arguments)
    search = decoding(arguments)
    photos = (found.path for found in photos_below(arguments, sys.stdin))

    from captioner.inference import Unreadable

    broken = 0
    model = opened(arguments)
    for result in model.caption_each(photos, search, batch=arguments.batch):
        if isinstance(result, Unreadable):
            print(f"captioner caption: {shown(result.reason)}", file=sys.stderr)
            broken += 1
        elif arguments.json:
            nbest = [_fields(caption) for caption in result.captions]
            line = {"photo": str(result.source), **nbest[0], "n_best": nbest}
            print(json_line(line), flush=True)
        else:
            for caption in result.captions:
                print(f"{shown(result.source)}\t{shown(caption.text)}", flush=True)
    return 1 if broken else 0


def _fields(caption: "Caption") -> dict[str, Any]:
    """What is told of a caption; of its words, only where a network has evidence."""
    told = {
        "caption": caption.text,
        "score": caption.score,
        "log_probability": caption.log_probability,
        "log_probability_per_word": caption.log_probability_per_word,
        "doubt": caption.doubt,
        "right": caption.right,
    }
    made = zip(caption.words, caption.evidence, strict=False)
    return told | ({"evidence": [{"word": w, **e.to_dict()} for w, e in made]} if caption.evidence else {})
