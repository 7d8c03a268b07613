"""Score a model on captions, questions or sentences: what it says in the official format, scores.json, and a table."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.decoding import add_decoding, add_others, decoding, opened
from captioner.cli.measure.evaluating import answers, looking, recording, retrieval, translations
from captioner.cli.model import add_device, add_model
from captioner.cli.photos import add_max_pixels
from captioner.cli.progress import progress

if TYPE_CHECKING:
    from captioner.evaluation.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("data", type=Path, help="captions or questions, in any known format; or sentences")
    add_model(parser)
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the photos (images beside the file)")
    parser.add_argument("--split", metavar="NAME", help="list file or split name, for files that hold several splits")
    parser.add_argument(
        "--out", type=Path, default=Path("evaluation"), metavar="DIR", help="where to write (evaluation)"
    )
    recording.add_arguments(parser)
    looking.add_arguments(parser)
    parser.add_argument("--batch", type=int, default=16, metavar="N", help="photos at once (16)")
    add_device(parser)
    parser.add_argument("--compile", action="store_true", help="fuse the search first: for many photos on a GPU")
    add_others(parser)
    add_max_pixels(parser)
    add_decoding(parser)
    answers.add_arguments(parser)
    translations.add_arguments(parser)
    retrieval.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes results.json and scores.json, prints the table, and records it if that is asked for."""
    begun = recording.begin(arguments)
    result = _evaluated(arguments)
    recording.write(result, arguments, begun)
    return 0


def _evaluated(arguments: argparse.Namespace) -> "Result":
    from captioner.data.read.questions import holds_questions

    if arguments.references is not None:
        return translations.run(arguments)
    if holds_questions(arguments.data):
        if arguments.retrieval:
            raise ValueError(f"{arguments.data} holds questions, and --retrieval is for captions; leave it out")
        return answers.run(arguments)
    return captions(arguments)


def captions(arguments: argparse.Namespace) -> "Result":
    """Scores captions."""
    for flag in ("annotations", "image_names", "single_answers", "wups", "shuffle_photos"):
        if getattr(arguments, flag) not in (None, False):
            raise ValueError(f"{arguments.data} holds captions, and --{flag.replace('_', '-')} is for questions only")
    if arguments.retrieval:
        return retrieval.run(arguments)
    search = decoding(arguments)
    looking.check(arguments)

    from captioner.data.read.records import read_photos
    from captioner.disk.writing import check_writable
    from captioner.evaluation.captions import caption_result, evaluate
    from captioner.evaluation.faithfulness import faithfulness, faithfulness_section
    from captioner.evaluation.looks import attention_section

    check_writable(arguments.out)
    photos = read_photos(arguments.data, arguments.images, split=arguments.split)
    model = opened(arguments)
    if arguments.attention and model.bundle.image.frames > 1:
        raise ValueError(
            "--attention is of photos, and this model sees clips; `captioner attend` draws where it looks and when"
        )
    objects = looking.objects(arguments, photos, model.bundle.image) if arguments.attention else None
    out = arguments.out
    with progress("captions") as advance:
        evaluation = evaluate(model, photos, search, batch=arguments.batch, out=out, progress=advance)
    looks, curves = {}, None
    if arguments.attention:
        looks = looking.measure(model, evaluation, photos, objects, batch=arguments.batch)
        looking.write_photos(arguments.per_image, looks)
    if arguments.attention and arguments.deletion:
        said = list(evaluation.said.values())
        with progress("deletion and insertion") as advance:
            curves = faithfulness(
                model.explain,
                model.bundle.image,
                said,
                most=arguments.deletion,
                max_pixels=arguments.max_pixels,
                progress=advance,
            )
    source = {"file": str(arguments.data), "split": arguments.split}
    further = [attention_section(looks, known=objects is not None)] if looks else []
    further += [faithfulness_section(curves)] if curves else []
    result = caption_result(evaluation, data=source, further=further)
    result.write(out)
    print(result.text, end="")
    print(f"{out / 'results.json'}, {out / 'scores.json'}")
    return result
