"""Draw where the model looks at every word of its caption, or of a caption or question of yours: .png, .gif, .html."""

import argparse
import sys
from pathlib import Path

from captioner.cli.decoding import add_decoding, decoding

ENDINGS = (".png", ".gif", ".html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("bundle", type=Path, help="folder of a trained model")
    parser.add_argument("photo", type=Path, help="the photo")
    parser.add_argument(
        "--caption", metavar="TEXT", help="attend while reading this caption instead of the model's own"
    )
    parser.add_argument("--question", metavar="TEXT", help="attend to this question's words, then to its glimpses")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to draw (PHOTO's name + .attention.png, here)")
    add_decoding(parser)


def run(arguments: argparse.Namespace) -> int:
    """Draws one photo."""
    out: Path = arguments.out or Path(f"{arguments.photo.stem}.attention.png")
    if out.suffix.lower() not in ENDINGS:
        raise ValueError(f"--out {out} ends in none of {', '.join(ENDINGS)}, which choose what is drawn")
    if arguments.caption is not None and arguments.question is not None:
        raise ValueError("--caption and --question are two pictures: give one of them")
    search = decoding(arguments)

    from captioner.cli.ask import warn
    from captioner.figures import attention, pages
    from captioner.images import read_photo
    from captioner.inference import load

    model = load(arguments.bundle)
    photo = read_photo(arguments.photo)
    if arguments.question is not None:
        answers = model.ask(photo, arguments.question)
        warn(answers)
        words, p = answers.steps
        text = f"{answers.question} {answers.text}"
    elif arguments.caption is not None:
        said = model.explain(photo, arguments.caption)
        if missing := model.bundle.vocabulary.coverage([arguments.caption]).missing:
            print(f"captioner attend: the model does not know {', '.join(missing)}", file=sys.stderr)
        words, p, text = said.words, said.attention, said.text
    else:
        said = model.caption(photo, search)[0].captions[0]
        words, p, text = said.words, said.attention, said.text
    drawn = (out, photo, words, p, model.bundle.image)
    if out.suffix.lower() == ".png":
        attention.save_attention_png(*drawn, title=text)
    elif out.suffix.lower() == ".gif":
        attention.save_attention_gif(*drawn)
    else:
        pages.save_attention_html(*drawn, title=text)
    print(f"{text}\n{out}")
    return 0
