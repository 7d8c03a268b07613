"""`captioner evaluate` for translations: a file of sentences, and what people made of each."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.decoding import decoding
from captioner.cli.progress import progress
from captioner.decoding.settings import TRANSLATING

if TYPE_CHECKING:
    from captioner.evaluation.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what only translations have."""
    group = parser.add_argument_group("sentences")
    group.add_argument("--references", type=Path, metavar="FILE", help="their translations by people, one a line")
    group.add_argument("--photos", type=Path, metavar="FILE", help="names of the photos beside them, one a line")


def run(arguments: argparse.Namespace) -> "Result":
    """Scores translations, writes results.json and scores.json, and prints the table."""
    from captioner.data.read.pairs import read_pairs
    from captioner.disk.writing import check_writable
    from captioner.evaluation.translations import evaluate_translations
    from captioner.inference import load

    if arguments.model is None:
        raise ValueError("the model in the box translates nothing: name a bundle by --model")
    search, out = decoding(arguments, TRANSLATING), arguments.out
    check_writable(out)
    names, seed = arguments.photos, arguments.shuffle_photos
    pairs = read_pairs(arguments.data, arguments.references, names, arguments.images)
    model = load(arguments.model, arguments.device, compile=arguments.compile, max_pixels=arguments.max_pixels)
    data = {"file": str(arguments.data), "references": str(arguments.references)}
    data |= {"photos": str(names)} if names is not None else {}
    with progress("sentences") as advance:
        result = evaluate_translations(
            model, pairs, search, exchange_seed=seed, data=data, batch=arguments.batch, out=out, progress=advance
        )
    result.write(out)
    print(result.text, end="")
    print(f"{out / 'results.json'}, {out / 'scores.json'}")
    return result
