"""The part of `captioner evaluate` that measures where a model looks."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.progress import progress

if TYPE_CHECKING:
    from captioner.data.read.records import Photo
    from captioner.evaluation.attention import Attention
    from captioner.evaluation.captions import Evaluation
    from captioner.evaluation.objects import Objects
    from captioner.images import ImageSpec
    from captioner.inference import Captioner
    from captioner.scoring.attention import AttentionScores, Kind, Measured

TITLES = {"given": "while it reads the photos' own captions", "said": "while it says its own"}
PERCENT = ("mass", "pointing", "touching")
NEEDS_ATTENTION = ("instances", "entities", "per_image")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments about attention."""
    parser.add_argument("--attention", action="store_true", help="also score where it looks")
    parser.add_argument(
        "--instances",
        type=Path,
        metavar="FILE",
        help="COCO instances of the photos, for --attention (instances*.json beside captions*.json)",
    )
    parser.add_argument(
        "--entities",
        type=Path,
        metavar="PATH",
        help="folder or ZIP file of Flickr30k Entities, for --attention: boxes of the captions' phrases",
    )
    parser.add_argument(
        "--per-image",
        type=Path,
        metavar="FILE",
        help="write a line of JSON a photo, for --attention: each word's scores",
    )
    parser.add_argument(
        "--deletion",
        type=int,
        default=100,
        metavar="N",
        help="photos whose places --attention deletes and inserts, each looked at 18 times; 0 for none (100)",
    )


def check(arguments: argparse.Namespace) -> None:
    """Refuses what does not go together.

    Raises:
        ValueError: files without --attention, or two that both say what is in the photos.
    """
    for name in NEEDS_ATTENTION:
        if getattr(arguments, name) and not arguments.attention:
            flag = f"--{name.replace('_', '-')}"
            raise ValueError(f"{flag} is for --attention only: give both, or neither")
    if arguments.deletion < 0:
        raise ValueError(f"--deletion is {arguments.deletion}, but it is a number of photos, or 0")
    if arguments.instances and arguments.entities:
        raise ValueError("--instances and --entities both say what is in the photos: give one of them")


def objects(arguments: argparse.Namespace, image: "ImageSpec") -> "Objects | None":
    """What is in the photos, as far as a file says so."""
    from captioner.data.read.entities import Entities
    from captioner.data.read.instances import Instances
    from captioner.evaluation.attention import instances_beside
    from captioner.evaluation.objects import KindObjects, PhraseObjects

    if arguments.entities:
        return PhraseObjects(Entities(arguments.entities), image)
    file = arguments.instances or instances_beside(arguments.data)
    return KindObjects(Instances(file), image) if file else None


def measure(
    model: "Captioner", evaluation: "Evaluation", photos: "list[Photo]", objects: "Objects | None", *, batch: int
) -> "dict[str, Attention]":
    """Where it looks while it reads the photos' own captions, if it is known what is in them, and while it speaks."""
    from captioner.evaluation.attention import attention_in_reading, attention_in_speaking

    found = {}
    if objects is not None:
        with progress("attention") as advance:
            found["given"] = attention_in_reading(model, photos, objects, batch=batch, progress=advance)
    return found | {"said": attention_in_speaking(evaluation, photos, objects)}


def write_photos(path: Path | None, looks: "Mapping[str, Attention]") -> None:
    """Writes what was measured of each photo, a line of JSON each."""
    from captioner.files import write_text

    if path is not None:
        keys = dict.fromkeys(key for each in looks.values() for key in each.photos)
        rows = [{"image_id": key} | {name: each.photos.get(key, []) for name, each in looks.items()} for key in keys]
        write_text(path, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))


def show(looks: "Mapping[str, Attention]", *, known: bool) -> None:
    """Prints the tables; `known` says whether anything is known about what is in the photos."""
    for name, each in looks.items():
        print(f"\nwhere it looks {TITLES[name]}")
        if each.scores is not None:
            print_attention(each.scores)
        elif known:
            print("no word names anything that is there")
        else:
            print("nothing is known of what is in the photos; give --instances or --entities")
        if each.absent:
            print(f"{each.absent:,} words name what is not there, or of which it sees nothing")
        steps, spread = each.movement.steps.value, each.movement.spread.value
        print(f"the map moves by {steps:.3f} from word to word, and lies {spread:.3f} from its caption's mean (0 to 1)")


def print_attention(scores: "AttentionScores") -> None:
    """The measures beside those of maps that do not look, then each kind."""
    print(f"{scores.mentions:,} words in {scores.photos:,} photos; {scores.places} places")
    print(f"{'':12}{'attention':>10}  {'95 %':>15}{'even':>9}{'centred':>9}{'gain':>9}  {'95 %':>15}")
    for name, measured in scores.measures.items():
        print(f"{name:12}{_cells(measured, 100 if name in PERCENT else 1)}")
    print(f"\n{'kind':12}{'words':>7}{'mass':>9}{'centred':>9}{'pointing':>10}{'centred':>9}{'sharpness':>11}")
    for name, kind in scores.kinds.items():
        print(f"{name:12}{_kind(kind)}")


def _cells(measured: "Measured", scale: int) -> str:
    value, low, high = (scale * each for each in measured.attention)
    gain, least, most = (scale * each for each in measured.gain)
    even, centred = scale * measured.even.value, scale * measured.centred.value
    return (
        f"{value:10.2f}  {f'{low:.2f} .. {high:.2f}':>15}{even:9.2f}{centred:9.2f}"
        f"{gain:+9.2f}  {f'{least:.2f} .. {most:.2f}':>15}"
    )


def _kind(kind: "Kind") -> str:
    mass, pointing, sharpness = (kind.measures[name] for name in ("mass", "pointing", "sharpness"))
    return (
        f"{kind.mentions:7,}{100 * mass.attention.value:9.2f}{100 * mass.centred.value:9.2f}"
        f"{100 * pointing.attention.value:10.2f}{100 * pointing.centred.value:9.2f}{sharpness.attention.value:11.2f}"
    )
