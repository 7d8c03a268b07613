"""Draw where the model looks at every word of its caption, or of a caption or question of yours: .png, .gif, .html."""

import argparse
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from captioner.cli.decoding import add_decoding, decoding
from captioner.cli.model import add_model
from captioner.cli.photos import add_max_pixels
from captioner.disk.writing import check_writable
from captioner.photos import find_photos
from captioner.text.shown import shown

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from captioner.decoding.settings import Decoding
    from captioner.inference import Captioner

ENDINGS = (".png", ".gif", ".html")
SEVERAL = "Where the model looked"  # title of a page of several photos


class Look(NamedTuple):
    """A photo, or a clip's strip, with its words and their weights; other captions likewise, best first."""

    photo: "Image.Image"
    text: str
    words: Sequence[str]
    p: "np.ndarray"
    others: Sequence[tuple[Sequence[str], "np.ndarray"]]
    seen: Sequence[str] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("photos", nargs="+", metavar="photo", help="the photo; for .html files, folders and patterns")
    add_model(parser)
    parser.add_argument(
        "--caption", metavar="TEXT", help="attend while reading this caption instead of the model's own"
    )
    parser.add_argument("--question", metavar="TEXT", help="attend to this question's words, then to its glimpses")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to draw (PHOTO's name + .attention.png, here)")
    parser.add_argument(
        "--shape", metavar="WxH", help="draw photos that were squeezed in this shape of their own, such as 500x375"
    )
    add_max_pixels(parser)
    add_decoding(parser)


def run(arguments: argparse.Namespace) -> int:
    """Draws one photo, or several into one page; 1 if one of several could not be read."""
    photos = find_photos(arguments.photos)
    out: Path = arguments.out or Path(f"{photos[0].stem}.attention.png")
    if out.suffix.lower() not in ENDINGS:
        raise ValueError(f"--out {out} ends in none of {', '.join(ENDINGS)}, which choose what is drawn")
    if len(photos) > 1 and out.suffix.lower() != ".html":
        raise ValueError(f"{out} shows one photo, and {len(photos)} were given: let --out end in .html")
    if arguments.caption is not None and arguments.question is not None:
        raise ValueError("--caption and --question are two pictures: give one of them")
    shape = own_shape(arguments.shape)
    search = decoding(arguments)
    check_writable(out)

    from captioner.figures.maps import stretched
    from captioner.inference import load

    model = load(arguments.model, max_pixels=arguments.max_pixels)
    if shape and model.bundle.image.resize != "squash":
        raise ValueError(
            f"--shape is for models that squeeze photos; this one sees them by {model.bundle.image.resize}"
        )
    looks = []
    for path in photos:
        try:
            found = look(model, path, arguments, search)
            looks.append(found._replace(photo=stretched(found.photo, shape)) if shape else found)
        except (ValueError, OSError) as error:
            if len(photos) == 1:
                raise
            print(f"captioner attend: {shown(error)}", file=sys.stderr)
    if not looks:
        raise ValueError(f"none of the {len(photos)} photos can be read")
    draw(out, looks, model)
    for each in looks:
        print(shown(each.text))
    print(shown(out))
    return 0 if len(looks) == len(photos) else 1


def own_shape(text: str | None) -> tuple[int, int] | None:
    """Width and height from `--shape`.

    Raises:
        ValueError: it does not read like 500x375.
    """
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 0 < int(width) < 100 * int(height) < 10_000 * int(width)):
        raise ValueError(f"--shape {text} must be a width and a height such as 500x375, neither 100 times the other")
    return int(width), int(height)


def look(model: "Captioner", path: Path, arguments: argparse.Namespace, search: "Decoding") -> Look:
    """Lets the model look at one photo."""
    from captioner.cli.use.ask import warn
    from captioner.inference.photos import source_picture

    spec = model.bundle.image
    photo = source_picture(path, spec, max_pixels=arguments.max_pixels)
    source = path if spec.frames > 1 else photo
    if arguments.question is not None:
        answers = model.ask(source, arguments.question)
        warn(answers)
        return Look(photo, f"{answers.question} {answers.text}", *answers.steps, [])
    if arguments.caption is not None:
        said = model.explain(source, arguments.caption, language=search.language)
        if missing := model.bundle.vocabulary.coverage([arguments.caption]).missing:
            print(f"captioner attend: the model does not know {shown(', '.join(missing))}", file=sys.stderr)
        return Look(photo, said.text, said.words, said.attention, [], said.seen)
    best, *others = model.caption(source, search)[0].captions
    further = [(each.words, each.attention) for each in others]
    return Look(photo, best.text, best.words, best.attention, further, best.seen)


def draw(out: Path, looks: Sequence[Look], model: "Captioner") -> None:
    """Writes the picture, the animation or the page."""
    from captioner.figures import animation, attention, pages
    from captioner.files import write_text

    spec = model.bundle.image
    first = looks[0]
    words = [f"{word}*" if seen else word for word, seen in zip_longest(first.words, first.seen, fillvalue="")]
    if out.suffix.lower() != ".html" and (seen := [each for each in zip(words, first.seen, strict=False) if each[1]]):
        legend = "; ".join(f"{word} {shown(text)}" for word, text in seen)
        print(f"captioner attend: * is named for what the encoder's classifier saw: {legend}", file=sys.stderr)
    if out.suffix.lower() == ".png":
        attention.save_attention_png(out, first.photo, words, first.p, spec, title=first.text)
    elif out.suffix.lower() == ".gif":
        animation.save_attention_gif(out, first.photo, words, first.p, spec)
    else:
        blocks = [
            pages.attention_html(
                each.photo, each.words, each.p, spec, others=each.others, seen=each.seen, description=each.text
            )
            for each in looks
        ]
        if len(looks) == 1:
            write_text(out, pages.page(first.text, *blocks))
        else:
            write_text(out, pages.page(SEVERAL, '<div class="gallery">', *blocks, "</div>"))
