"""Check a data set (`check`), make questions from its captions (`questions`), or pack it to be streamed (`pack`)."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.files import file_and_split
from captioner.cli.make import pack, questions
from captioner.cli.photos import add_max_pixels
from captioner.cli.progress import progress
from captioner.text.shown import shown

if TYPE_CHECKING:
    from captioner.data.read.check import Report, Split

Given = dict[str, tuple[Path, str | None]]

SPLITS = ("train", "val", "test")
# Of many problems this many are printed; the rest are counted.
SHOWN = 20
CHECK = "Look through captions or questions: counts, photos in two splits, broken photos, empty texts, coverage."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|questions|pack")
    check = actions.add_parser("check", help="look through a data set", description=CHECK)
    check.add_argument(
        "folder", type=Path, nargs="?", help="a folder with captions_train.json, questions_train.json and their like"
    )
    for split in SPLITS:
        check.add_argument(
            f"--{split}",
            metavar="FILE[@SPLIT]",
            help="captions or questions in any format; SPLIT is a list of names, a split of Karpathy's JSON"
            " (train+restval), or the file that names the photos of questions",
        )
    check.add_argument("--images", type=Path, metavar="FOLDER", help="where the photos lie (images/ beside each file)")
    check.add_argument(
        "--tokenizer", choices=("words", "characters", "mixed"), default="words", help="how texts are cut (words)"
    )
    check.add_argument("--min-count", type=int, default=5, metavar="N", help="rarer words are left out (5)")
    add_max_pixels(check)
    asking = "make questions with answers from captions"
    questions.add_arguments(actions.add_parser("questions", help=asking, description=questions.__doc__))
    packing = "pack a set into chunks that training streams"
    pack.add_arguments(actions.add_parser("pack", help=packing, description=pack.__doc__))


def run(arguments: argparse.Namespace) -> int:
    """Makes questions, or prints what was found; 1 when something should be mended."""
    if arguments.action == "questions":
        return questions.run(arguments)
    if arguments.action == "pack":
        return pack.run(arguments)
    from captioner.data.read.check import check
    from captioner.data.read.questions import holds_questions

    problems = False
    for given in files(arguments):
        splits = {name: read(path, split, arguments.images) for name, (path, split) in given.items()}
        with progress("photos") as advance:
            report = check(
                splits,
                tokenizer=arguments.tokenizer,
                min_count=arguments.min_count,
                max_pixels=arguments.max_pixels,
                progress=advance,
            )
        show(report, "questions" if holds_questions(next(iter(given.values()))[0]) else "captions")
        problems = problems or bool(report.problems)
    return 1 if problems else 0


def files(arguments: argparse.Namespace) -> list[Given]:
    """Finds the files of each split, and which part of them is meant; of a folder, first captions, then questions.

    Raises:
        ValueError: nothing was given, or both a folder and files.
    """
    given = {name: getattr(arguments, name) for name in SPLITS if getattr(arguments, name)}
    if arguments.folder and given:
        raise ValueError(f"give either the folder {arguments.folder} or --{', --'.join(given)}, not both")
    if given:
        return [{name: file_and_split(value) for name, value in given.items()}]
    if not arguments.folder:
        raise ValueError("nothing to check; give a folder, or --train FILE and --val FILE")
    captions: Given = {}
    asked: Given = {}
    for name in SPLITS:
        said, answered = (arguments.folder / f"{kind}_{name}.json" for kind in ("captions", "questions"))
        if said.is_file():
            captions[name] = said, None
        if answered.is_file():
            asked[name] = answered, str(said) if said.is_file() else None
    if not captions and not asked:
        raise ValueError(
            f"{arguments.folder} has no captions_train.json or questions_train.json;"
            " for other names use --train FILE, --val FILE"
        )
    return [found for found in (captions, asked) if found]


def read(path: Path, split: str | None, images: Path | None) -> "Split":
    """Reads captions, or questions with the answers that lie beside them."""
    from captioner.data.read.check import Split
    from captioner.data.read.questions import annotations_beside, holds_questions, read_questions
    from captioner.data.read.records import read_photos

    if not holds_questions(path):
        return Split.of_photos(read_photos(path, images, split=split))
    names = Path(split) if split is not None else None
    return Split.of_questions(read_questions(path, annotations_beside(path), images, image_names=names))


def show(report: "Report", kind: str) -> None:
    """Prints a table with a column for each split, then the problems.

    Args:
        kind: of the texts, `captions` or `questions`.
    """
    splits = report.splits
    rows = {
        "photos": [str(split.photos) for split in splits.values()],
        kind: [str(split.texts) for split in splits.values()],
        "missing or broken photos": [str(len(split.broken)) for split in splits.values()],
        f"empty {kind}": [str(len(split.empty)) for split in splits.values()],
        "tokens": [str(split.coverage.tokens) for split in splits.values()],
        "known to the vocabulary": [f"{split.coverage.share:.2%}" for split in splits.values()],
        "unknown, different": [str(len(split.coverage.missing)) for split in splits.values()],
        "tokens of the longest": [str(split.tokens) for split in splits.values()],
    }
    if any(split.answers for split in splits.values()):
        known_answers = [split.answers_known for split in splits.values()]
        rows["different answers"] = [str(split.answers) for split in splits.values()]
        rows[f"answers that {next(iter(splits))} has"] = ["" if one is None else f"{one:.2%}" for one in known_answers]
    print(" " * 24, *(f"{name:>9}" for name in splits))
    for title, cells in rows.items():
        print(f"{title:24}", *(f"{cell:>9}" for cell in cells))
    words, first = report.vocabulary, next(iter(splits))
    print(f"vocabulary: {words.known} {words.unit} that occur {words.min_count} times in {first}")
    for name, split in splits.items():
        print(f"longest in {name}: {shown(split.longest.text)} ({shown(split.longest.photo.name)})")
    for sentence in report.problems[:SHOWN]:
        print(f"problem: {shown(sentence)}")
    if len(report.problems) > SHOWN:
        print(f"… and {len(report.problems) - SHOWN} problems more")
    print("nothing to mend" if not report.problems else f"{len(report.problems)} problems")
