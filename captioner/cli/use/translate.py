"""Say sentences in another language: those that are given, or a file's or stdin's, line by line."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.cli.console import json_line
from captioner.cli.decoding import add_decoding, decoding
from captioner.cli.model import add_model
from captioner.cli.photos import add_max_pixels
from captioner.decoding.settings import TRANSLATING
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.inference import Translation

ENDINGS = (".png", ".html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("sentences", nargs="*", metavar="sentence", help="in quotes each; - reads stdin by lines")
    add_model(parser, box=False, required=True)
    parser.add_argument("--file", type=Path, metavar="FILE", help="sentences, one a line, plain text or .gz")
    parser.add_argument(
        "--photo", type=Path, action="append", metavar="PHOTO", help="beside the sentence; once for each that is typed"
    )
    parser.add_argument("--photos", type=Path, metavar="FILE", help="of --file: names of the photos beside, one a line")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of these photos (images beside the file)")
    parser.add_argument("--json", action="store_true", help="JSON lines with words, attention, scores and all n-best")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="draw where it looked at each word: .png of one sentence, .html of any"
    )
    parser.add_argument("--batch", type=int, default=32, metavar="N", help="sentences at once (32)")
    parser.add_argument("--device", default="cpu", help="where to compute, as torch names it (cpu)")
    add_max_pixels(parser)
    add_decoding(parser, TRANSLATING)


def run(arguments: argparse.Namespace) -> int:
    """Prints translations as they are found; 1 if a sentence could not be read."""
    search, sentences = decoding(arguments, TRANSLATING), _sentences(arguments)
    photos = _photos(arguments, sentences)
    if arguments.out is not None:
        _check_out(arguments.out, arguments)

    from captioner.inference import Unreadable, load

    model = load(arguments.model, arguments.device, max_pixels=arguments.max_pixels)
    broken, drawn = 0, []
    for result in model.translate_each(sentences, search, photos=photos, batch=arguments.batch):
        if isinstance(result, Unreadable):
            print(f"captioner translate: {shown(result.reason)}", file=sys.stderr)
            broken += 1
            continue
        if result.unknown:
            letters = shown(" ".join(result.unknown))
            print(f"captioner translate: the model does not know {letters}; it read over it", file=sys.stderr)
        if arguments.json:
            print(json_line(_fields(result)), flush=True)
        else:
            for each in (result, *result.others):
                print(shown(each.text), flush=True)
        drawn += [result] * (arguments.out is not None)
    if drawn:
        _draw(arguments.out, drawn)
        print(shown(arguments.out), file=sys.stderr)
    return 1 if broken else 0


def _sentences(arguments: argparse.Namespace) -> list[str] | Iterator[str]:
    """Those that were given in one way."""
    typed, file = arguments.sentences, arguments.file
    if bool(typed) == (file is not None):
        raise ValueError("give sentences, or a file of them with --file, or - to read stdin by lines")
    if file is not None:
        from captioner.data.read.pairs import read_sentences

        return read_sentences(file)
    if "-" in typed:
        if len(typed) > 1:
            raise ValueError("- reads all sentences from stdin: leave the others out")
        return (line.strip() for line in sys.stdin if line.strip())
    return list(typed)


def _photos(arguments: argparse.Namespace, sentences: list[str] | Iterator[str]) -> Sequence[Path | None] | None:
    """Those beside the sentences; None where none were given."""
    shown, names, file = arguments.photo, arguments.photos, arguments.file
    if shown is not None and (file is not None or not isinstance(sentences, list) or len(shown) != len(sentences)):
        raise ValueError("give one --photo for each sentence that is typed; for those of a --file, --photos FILE")
    if names is None:
        return shown
    if file is None or not isinstance(sentences, list):
        raise ValueError("--photos names those of a --file; give --photo for each sentence that is typed")

    from captioner.data.read.pairs import read_photo_names

    return read_photo_names(names, arguments.images, sentences=file, count=len(sentences))


def _check_out(out: Path, arguments: argparse.Namespace) -> None:
    from captioner.disk.writing import check_writable

    if out.suffix.lower() not in ENDINGS:
        raise ValueError(f"--out {out} ends in none of {', '.join(ENDINGS)}, which choose what is drawn")
    if out.suffix.lower() == ".png" and len(arguments.sentences) != 1:
        raise ValueError(f"{out} shows one sentence: give one, or let --out end in .html")
    if arguments.sentences == ["-"] and out.suffix.lower() == ".png":
        raise ValueError(f"{out} shows one sentence, and - reads many: let --out end in .html")
    check_writable(out)


def _draw(out: Path, translations: "list[Translation]") -> None:
    """Writes the picture or the page."""
    from captioner.figures import matrix, pages
    from captioner.files import write_text

    if out.suffix.lower() == ".png":
        first = translations[0]
        matrix.save_matrix_png(out, first.source_words, first.words, first.attention)
    else:
        blocks = [matrix.matrix_html(each.source_words, each.words, each.attention) for each in translations]
        title = translations[0].text if len(translations) == 1 else "Where each word was looked for"
        write_text(out, pages.page(title, *blocks))


def _fields(result: "Translation") -> dict[str, Any]:
    """What is told of a translation."""
    return {
        "source": result.source,
        "translation": result.text,
        "score": result.score,
        "log_probability": result.log_probability,
        "source_words": result.source_words,
        "words": result.words,
        "attention": [[round(weight, 4) for weight in row] for row in result.attention.tolist()],
        "unknown": result.unknown,
        "n_best": [{"translation": each.text, "score": each.score} for each in (result, *result.others)],
    }
