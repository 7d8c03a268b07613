"""Measure how often a model is right when it is so sure, and keep it in the model, which then tells its doubt."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.decoding import add_decoding, decoding
from captioner.cli.model import add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.progress import progress
from captioner.disk.writing import check_writable

if TYPE_CHECKING:
    from captioner.evaluation.calibration import Point
    from captioner.inference import Captioner


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("data", type=Path, help="captions or questions that it was not trained on, in any known format")
    add_model(parser, box=False, required=True)
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the photos (images beside the file)")
    parser.add_argument("--split", metavar="NAME", help="list file or split name, for files that hold several splits")
    parser.add_argument("--image-names", type=Path, metavar="FILE", help="how photos of questions are named")
    parser.add_argument("--annotations", type=Path, metavar="FILE", help="the answers, where they lie apart (VQA)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="draw a reliability diagram there, .png")
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos at once (16)")
    add_max_pixels(parser)
    add_decoding(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes doubt.json into the model's folder."""
    from captioner.data.read.questions import holds_questions
    from captioner.evaluation.calibration import fit, reliability
    from captioner.inference import load, place
    from captioner.models.doubt import load_doubts, save_doubts
    from captioner.models.exported import GRAPHS, is_exported

    if arguments.out is not None:
        if arguments.out.suffix.lower() != ".png":
            raise ValueError(f"--out {arguments.out} must end in .png")
        check_writable(arguments.out)
    folder, source = place(arguments.model), arguments.data.name
    model = load(folder, max_pixels=arguments.max_pixels)
    head = "answers" if holds_questions(arguments.data) else "captions"
    points = _answers(arguments, model) if head == "answers" else _captions(arguments, model)
    whole = fit(points, source=source)
    held_out, error = reliability(fit(points[::2], source=source), points[1::2])
    for each in [folder, folder / GRAPHS] if is_exported(folder / GRAPHS) else [folder]:
        save_doubts(each, load_doubts(each) | {head: whole})
    if arguments.out is not None:
        from captioner.figures.plots.reliability import save_reliability_png

        save_reliability_png(arguments.out, {f"{head}, the half that did not make the curve": held_out})
    print(f"{len(points)} {head}; a curve made from one half of them is {error:.3f} off on the other half")
    for level, share in zip(whole.levels, whole.shares, strict=True):
        print(f"  {level:6.2f} nats{' a word' * (head == 'captions')}: {share:.0%} right")
    return 0


def _captions(arguments: argparse.Namespace, model: "Captioner") -> "list[Point]":
    from captioner.data.read.records import read_photos
    from captioner.evaluation.calibration import caption_points

    search = decoding(arguments)
    photos = read_photos(arguments.data, arguments.images, split=arguments.split)
    with progress("captions") as advance:
        return caption_points(model, photos, search, batch=arguments.batch, progress=advance)


def _answers(arguments: argparse.Namespace, model: "Captioner") -> "list[Point]":
    from captioner.data.read.questions import annotations_beside, read_questions
    from captioner.evaluation.calibration import answer_points

    answers = arguments.annotations or annotations_beside(arguments.data)
    asked = read_questions(arguments.data, answers, arguments.images, image_names=arguments.image_names)
    with progress("answers") as advance:
        return answer_points(model, asked, batch=arguments.batch, progress=advance)
