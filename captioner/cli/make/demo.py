"""See it work: real photos first; then a small model learns to describe made-up scenes, is scored, and has its page."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.progress import progress
from captioner.machine import cores

if TYPE_CHECKING:
    from captioner.demo.real import Shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path("demo"), help="where everything is written (demo)")
    for split, count in (("train", 4000), ("val", 200), ("test", 500)):
        parser.add_argument(f"--{split}", type=int, default=count, metavar="N", help=f"{split} scenes ({count})")
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs of the training (the recipe's)")


def run(arguments: argparse.Namespace) -> int:
    """Does all steps, prints the scores, and says what to type next."""
    begun = time.monotonic()
    real = real_photos(arguments.folder / "photos.html")
    with progress("scenes") as advance:
        from captioner.demo import work

        places = work.Places(arguments.folder)
        work.scenes(places, train=arguments.train, val=arguments.val, test=arguments.test, progress=advance)
    work.pretrain(places, epochs=arguments.epochs)
    work.train(places, epochs=arguments.epochs)

    from captioner.demo.report import write_report
    from captioner.evaluation.answers import answer_result
    from captioner.evaluation.captions import caption_result
    from captioner.evaluation.looks import attention_section

    with progress("captions of unseen scenes") as advance:
        result = work.score(places, progress=advance)
    commands = next_commands(places.bundle, places.captions("test"), str(result.photos[0].path))
    write_report(places.report, result, places.run / "metrics.csv", commands, real)

    for photo in result.photos[:3]:
        print(f"{photo.path}\t{result.evaluation.said[photo.id].text}")
    print(f"\nOn unseen scenes, beam {work.SEARCH.beam}:")
    looks = attention_section({"said": result.attention})
    captions = caption_result(result.evaluation, data={}, further=[looks], items="scenes")
    print(captions.text, end="")
    assert result.answers.scores is not None, "scenes come with answers"
    print(f"\n{result.answers.scores.count} questions about them:")
    print(answer_result(result.answers, data={}).text, end="")
    print(f"\n{time.monotonic() - begun:.0f} seconds on {cores()} cores. Look at {places.report} in a browser.")
    print("Next:")
    for command in commands:
        print(f"  {command}")
    return 0


def real_photos(path: Path) -> "list[Shown]":
    """Lets the model in the box speak of real photos, prints that, and writes the page; nothing where there is none."""
    from captioner import box
    from captioner.demo.real import look, write_page

    if not box.installed():
        print("this install has no model in its box, so real photos are left out", flush=True)
        return []
    shown = look()
    for said, answers in shown:
        best = said.captions[0]
        print(f"{said.source.name}\t{best.text}{doubted(best.doubt)}")
        if answers is not None:
            print(f"  {answers.question} {answers.text}{doubted(answers.doubt)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_page(path, shown)
    print(f"Where it looked: {path}. Now a small model of your own learns, from made-up scenes.", flush=True)
    return shown


def doubted(doubt: str | None) -> str:
    """How sure what was said is, behind it on its line; nothing where that was not measured."""
    return "" if doubt is None else f"\t({doubt})"


def next_commands(bundle: Path, captions: Path, photo: str) -> list[str]:
    """What to try next, from the next minute to the next evening."""
    from captioner.recipes import recipe

    return [
        f"captioner attend --model {bundle} {photo}    # a picture of where it looks, word by word",
        f'captioner ask --model {bundle} {photo} "how many shapes are there?"    # without a question: a conversation',
        f"captioner caption --model {bundle} {Path(photo).parent} --n-best 3    # all pictures of a folder",
        f"captioner evaluate --model {bundle} {captions} --attention    # all scores",
        f"captioner export {bundle}    # then all of this starts in a second; pip install 'captioner[export]' first",
        f"captioner fit --config {recipe('flickr8k')}    # real photos: data/README.md says how to lay Flickr8k out",
        "captioner caption --model runs/flickr8k/bundle YOUR_PHOTO.jpg    # then it speaks about yours",
    ]
