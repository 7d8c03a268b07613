"""Pack captions or questions with their photos into shuffled chunks, from which a training streams; needs litdata."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.files import file_and_split
from captioner.cli.progress import progress
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.data.feed.packs.facts import Facts
    from captioner.data.feed.packs.rows import Record

SHOWN = 20  # of many broken photos this many are printed; broken.txt has all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's arguments."""
    parser.add_argument("file", metavar="FILE[@SPLIT]", help="captions or questions; SPLIT as for `check`")
    parser.add_argument("--out", required=True, metavar="FOLDER|s3://…", help="where the pack shall lie")
    parser.add_argument(
        "--annotations", type=Path, metavar="FILE", help="VQA's answers (the file beside the questions)"
    )
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="where the photos lie (images/ beside the file)")
    parser.add_argument(
        "--features",
        type=Path,
        metavar="RECIPE|BUNDLE",
        help="pack what this frozen encoder says of the photos, in half precision, instead of their files",
    )
    parser.add_argument("--device", default="cpu", help="where features are computed, as torch names it (cpu)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (1)")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="of N machines with one disk or bucket, this is I")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the order (0)")


def run(arguments: argparse.Namespace) -> int:
    """Packs, or goes on where a run was ended; prints what was packed. 1 when photos were left out."""
    from captioner.data.feed.packs.packing import pack
    from captioner.models.encoding.frozen import FrozenEncoder

    if arguments.workers < 1:
        raise ValueError(f"--workers is {arguments.workers}, but at least 1 process packs")
    view = None if arguments.features is None else FrozenEncoder(arguments.features, arguments.device)
    records = read(arguments)
    with progress("photos", speed="photos") as advance:
        done = pack(
            records,
            arguments.out,
            count,
            view=view,
            seed=arguments.seed,
            workers=arguments.workers,
            part=machine(arguments.part),
            progress=advance,
        )
    if (facts := done.facts) is None:
        print(f"part {arguments.part} is packed; other parts are not yet")
        return 0
    for path, reason in done.broken[:SHOWN]:
        print(f"left out: {shown(reason if path in reason else f'{path} {reason}')}")
    if done.broken:
        print(f"{facts.broken} photos are left out; broken.txt in the pack lists them")
    print(f"{facts.texts} {facts.holds} of {facts.photos} photos in {arguments.out}")
    return 1 if done.broken else 0


def machine(text: str) -> tuple[int, int]:
    """I and N of `I/N`.

    Raises:
        ValueError: it is something else.
    """
    number, _, count = text.partition("/")
    if number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise ValueError(f"--part is {text!r}, but must read I/N with I from 1 to N, as 3/16")


def read(arguments: argparse.Namespace) -> "list[Record]":
    """What is to be packed: captions, or questions with answers."""
    from captioner.data.feed.packs.rows import of_captions, of_questions
    from captioner.data.read.questions import annotations_beside, holds_questions, read_questions
    from captioner.data.read.records import read_photos

    path, split = file_and_split(arguments.file)
    if not holds_questions(path):
        return of_captions(read_photos(path, arguments.images, split=split))
    annotations = arguments.annotations or annotations_beside(path)
    names = Path(split) if split is not None else None
    questions = read_questions(path, annotations, arguments.images, image_names=names)
    if silent := [question.id for question in questions if not question.answers]:
        raise ValueError(f"{path}: question {silent[0]!r} has no answers; give them with --annotations")
    return of_questions(questions)


def count(records: "Iterable[Record]") -> "Facts":
    """What a training must know before it begins, from one pass over what was packed."""
    from collections import Counter

    from captioner.data.feed.packs import rows
    from captioner.data.feed.packs.facts import Facts
    from captioner.text.tokenize import TOKENIZERS
    from captioner.training.data.question_files import taught

    tokens: dict[str, Counter[str]] = {kind: Counter() for kind in TOKENIZERS}
    answers: dict[str, Counter[str]] = {"whole": Counter(), "items": Counter()}
    types, photos, texts, captions = Counter[str](), 0, 0, True
    for record in records:
        captions, photos = "captions" in record.said, photos + 1
        asked = [] if captions else rows.questions({"path": str(record.path), **record.said})
        said = record.said["captions"] if captions else [question.text for question in asked]
        texts += len(said)
        for kind, cut in TOKENIZERS.items():
            for text in said:
                tokens[kind].update(cut(text))
        types.update(question.question_type for question in asked)
        for question in asked:
            answers["whole"].update(taught(question).answers)
            answers["items"].update(taught(question, lists=True).answers)
    return Facts(
        "captions" if captions else "questions",
        photos,
        broken=0,
        texts=texts,
        tokens={kind: dict(counts) for kind, counts in tokens.items()},
        answers={kind: dict(counts) for kind, counts in answers.items()},
        types=dict(types),
    )
