"""Check a data set before training: counts, photos in two splits, broken photos, empty captions, coverage."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captioner.data.check import Report

SPLITS = ("train", "val", "test")
# Of many problems this many are printed; the rest are counted.
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="check")
    check = actions.add_parser("check", help="look through a data set", description=__doc__)
    check.add_argument(
        "folder", type=Path, nargs="?", help="a folder with captions_train.json, captions_val.json, captions_test.json"
    )
    for split in SPLITS:
        check.add_argument(
            f"--{split}",
            metavar="FILE[@SPLIT]",
            help="captions in any format; SPLIT is a list of names, or a split of Karpathy's JSON (train+restval)",
        )
    check.add_argument(
        "--images", type=Path, metavar="FOLDER", help="where the photos lie (images/ beside the captions)"
    )
    check.add_argument(
        "--tokenizer", choices=("words", "characters"), default="words", help="how captions are cut (words)"
    )
    check.add_argument("--min-count", type=int, default=5, metavar="N", help="rarer words are left out (5)")


def run(arguments: argparse.Namespace) -> int:
    """Prints what was found; 1 when something should be mended."""
    from rich.console import Console
    from rich.progress import Progress

    from captioner.data.check import Split, check
    from captioner.data.records import read_photos

    given = files(arguments)
    splits = {
        name: Split.of_photos(read_photos(path, arguments.images, split=split)) for name, (path, split) in given.items()
    }
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("photos")
        report = check(
            splits,
            tokenizer=arguments.tokenizer,
            min_count=arguments.min_count,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    show(report)
    return 1 if report.problems else 0


def files(arguments: argparse.Namespace) -> dict[str, tuple[Path, str | None]]:
    """Finds the captions file of each split, and which part of it is meant.

    Raises:
        ValueError: nothing was given, or both a folder and files.
    """
    given = {name: getattr(arguments, name) for name in SPLITS if getattr(arguments, name)}
    if arguments.folder and given:
        raise ValueError(f"give either the folder {arguments.folder} or --{', --'.join(given)}, not both")
    if given:
        return {name: captions_and_split(value) for name, value in given.items()}
    if not arguments.folder:
        raise ValueError("nothing to check; give a folder, or --train FILE and --val FILE")
    paths = {name: arguments.folder / f"captions_{name}.json" for name in SPLITS}
    found: dict[str, tuple[Path, str | None]] = {name: (path, None) for name, path in paths.items() if path.is_file()}
    if not found:
        raise ValueError(f"{arguments.folder} has no captions_train.json; for other names use --train FILE, --val FILE")
    return found


def captions_and_split(value: str) -> tuple[Path, str | None]:
    """Takes FILE@SPLIT apart; a file whose own name has an @ is taken as it is."""
    file, at, split = value.rpartition("@")
    return (Path(file), split) if at and not Path(value).exists() else (Path(value), None)


def show(report: "Report") -> None:
    """Prints a table with a column for each split, then the problems."""
    splits = report.splits
    rows = {
        "photos": [str(split.photos) for split in splits.values()],
        "captions": [str(split.texts) for split in splits.values()],
        "missing or broken photos": [str(len(split.broken)) for split in splits.values()],
        "empty captions": [str(len(split.empty)) for split in splits.values()],
        "tokens": [str(split.coverage.tokens) for split in splits.values()],
        "known to the vocabulary": [f"{split.coverage.share:.2%}" for split in splits.values()],
        "unknown, different": [str(len(split.coverage.missing)) for split in splits.values()],
        "tokens of the longest": [str(split.tokens) for split in splits.values()],
    }
    print(" " * 24, *(f"{name:>9}" for name in splits))
    for title, cells in rows.items():
        print(f"{title:24}", *(f"{cell:>9}" for cell in cells))
    known, first = report.vocabulary, next(iter(splits))
    print(f"vocabulary: {len(known)} {known.tokenizer} that occur {known.min_count} times in {first}, with 4 special")
    for name, split in splits.items():
        print(f"longest in {name}: {split.longest.text} ({split.longest.photo.name})")
    for sentence in report.problems[:SHOWN]:
        print(f"problem: {sentence}")
    if len(report.problems) > SHOWN:
        print(f"… and {len(report.problems) - SHOWN} problems more")
    print("nothing to mend" if not report.problems else f"{len(report.problems)} problems")
