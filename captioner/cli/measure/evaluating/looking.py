"""The part of `captioner evaluate` that measures where a model looks."""

import argparse
import json
from collections.abc import Mapping, Sequence
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
        ValueError: files without --attention, or two that both say what is in the photos, or several models.
    """
    if arguments.attention and arguments.others:
        raise ValueError("--attention is of one model's weights, and --with asks several: leave one of them out")
    for name in NEEDS_ATTENTION:
        if getattr(arguments, name) and not arguments.attention:
            flag = f"--{name.replace('_', '-')}"
            raise ValueError(f"{flag} is for --attention only: give both, or neither")
    if arguments.deletion < 0:
        raise ValueError(f"--deletion is {arguments.deletion}, but it is a number of photos, or 0")
    if arguments.instances and arguments.entities:
        raise ValueError("--instances and --entities both say what is in the photos: give one of them")


def objects(arguments: argparse.Namespace, photos: "Sequence[Photo]", image: "ImageSpec") -> "Objects | None":
    """What is in the photos, as far as a file says so; the file is asked for all photos before anything is computed.

    Raises:
        ValueError: the file is malformed, or is of other photos.
    """
    from captioner.data.read.flickr30k.entities import Entities
    from captioner.data.read.instances import Instances
    from captioner.evaluation.attention import instances_beside
    from captioner.evaluation.objects import KindObjects, PhraseObjects

    if arguments.entities:
        entities = Entities(arguments.entities)
        for photo in photos:
            entities.phrases(photo)
        entities.report()
        return PhraseObjects(entities, image, max_pixels=arguments.max_pixels)
    file = arguments.instances or instances_beside(arguments.data)
    if file is None:
        return None
    instances = Instances(file)
    for photo in photos:
        instances.size(photo.id)
    return KindObjects(instances, image)


def measure(
    model: "Captioner", evaluation: "Evaluation", photos: "list[Photo]", objects: "Objects | None", *, batch: int
) -> "dict[str, Attention]":
    """Where it looks while it reads the photos' own captions, if it is known what is in them, and while it speaks.

    Photos need no captions of their own; where none has any, nothing is read.
    """
    from captioner.evaluation.attention import attention_in_reading, attention_in_speaking
    from captioner.text.tokenize import words

    found = {}
    if objects is not None and any(words(caption) for photo in photos for caption in photo.captions):
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
