"""`captioner caption film.mp4 --every 10`: a caption of each stretch of a video, as subtitles on stdout."""

import argparse
import sys

from captioner.cli.decoding import decoding, opened
from captioner.photos import Stretch, stretch, stretches
from captioner.text.shown import shown

KINDS = ("srt", "vtt")


def add_subtitles(parser: argparse.ArgumentParser) -> None:
    """Adds `--every` and `--subtitles`."""
    group = parser.add_argument_group("subtitles", "of one video (film.mp4), or of a part of it (film.mp4#t=60,120)")
    text = "caption each stretch of so many seconds, as subtitles"
    group.add_argument("--every", type=float, metavar="SECONDS", help=text)
    group.add_argument("--subtitles", choices=KINDS, default="srt", help="SubRip or WebVTT (srt)")


def subtitles(arguments: argparse.Namespace) -> int:
    """Prints them as they are found; 1 if a stretch could not be read."""
    if arguments.json or arguments.write:
        raise ValueError("--every prints subtitles: leave --json and --write out")
    if arguments.every < 0.1:
        raise ValueError(f"--every is {arguments.every:g}, but a stretch has at least 0.1 seconds")
    film = stretch(arguments.photos[0])
    if len(arguments.photos) > 1 or film is None:
        raise ValueError("--every is for one video, by its file's name; captions of photos have no time")
    search, parts = decoding(arguments), stretches(film, arguments.every, max_pixels=arguments.max_pixels)

    from captioner.inference import Unreadable

    model = opened(arguments)
    results = model.caption_each([part.address for part in parts], search, batch=arguments.batch)
    if arguments.subtitles == "vtt":
        print("WEBVTT\n")
    broken = number = 0
    for part, result in zip(parts, results, strict=True):
        if isinstance(result, Unreadable):
            print(f"captioner caption: {shown(result.reason)}", file=sys.stderr)
            broken += 1
        else:
            number += 1
            print(block(number, part, result.text, arguments.subtitles), flush=True)
    return 1 if broken else 0


def block(number: int, part: Stretch, text: str, kind: str) -> str:
    """One subtitle; printed, an empty line stands behind it."""
    assert part.end is not None, "a stretch has an end"
    return f"{number}\n{clock(part.begin, kind)} --> {clock(part.end, kind)}\n{text}\n"


def clock(seconds: float, kind: str) -> str:
    """A time as both kinds write it, with the milliseconds behind a comma in SubRip, and behind a point in WebVTT."""
    whole, milliseconds = divmod(round(1000 * seconds), 1000)
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}{',' if kind == 'srt' else '.'}{milliseconds:03}"
