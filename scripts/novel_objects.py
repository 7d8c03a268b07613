#!/usr/bin/env python3
"""Are things named that captions never had? The test of deep compositional captioning (Hendricks et al. 2016).

    scripts/novel_objects.py split captions_train.json captions_val.json --out held_out
    captioner fit --config … --data.train held_out/captions_train.json --data.val held_out/captions_val.json
    scripts/novel_objects.py score runs/…/bundle captions_test.json

`split` leaves out the captions that name one of the objects, in any form; their photos stay where another caption is
left. `score` captions photos and tells for each object how well it is named: F1 of the photos whose caption names it
against those of which a reference does, and CIDEr of the photos of which no reference names any of the objects.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import captioner
from captioner.data.read.records import Photo, images_beside, read_photos
from captioner.decoding.settings import Decoding
from captioner.files import read_json, write_json
from captioner.scoring.captions.scores import score_captions
from captioner.text.nouns import plural
from captioner.text.tokenize import TOKENIZERS

OBJECTS = ("horse", "bicycle bike", "boat", "basketball", "guitar", "car", "bird", "mountain")
"""Each with its synonyms; ImageNet knows them, and Flickr8k has photos of them."""


def forms(thing: str) -> frozenset[str]:
    """All words that name an object."""
    return frozenset(form for word in thing.split() for form in (word, plural(word)))


def names(captions: Iterable[str], thing: str) -> bool:
    """Whether one of the captions names it."""
    wanted = forms(thing)
    return any(wanted.intersection(TOKENIZERS["words"](caption)) for caption in captions)


def split(files: Sequence[Path], out: Path, objects: Sequence[str]) -> None:
    """Writes COCO captions files of the same names without the captions that name an object."""
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        content = read_json(file)
        kept = [each for each in content["annotations"] if not any(names([each["caption"]], one) for one in objects)]
        left = {each["image_id"] for each in kept}
        photos = [each for each in content["images"] if each["id"] in left]
        for photo in photos:
            photo["file_name"] = str((images_beside(file) / photo["file_name"]).resolve())
        write_json(out / file.name, content | {"images": photos, "annotations": kept})
        print(
            f"{file.name}: {len(kept):,} of {len(content['annotations']):,} captions, {len(photos):,} photos are left"
        )


def score(said: Sequence[str], photos: Sequence[Photo], objects: Sequence[str]) -> dict[str, object]:
    """F1 of each object, and CIDEr of the rest, times 100."""
    rows: dict[str, object] = {}
    for thing in objects:
        there = [names(photo.captions, thing) for photo in photos]
        named = [names([text], thing) for text in said]
        hits = sum(one and other for one, other in zip(there, named, strict=True))
        total = sum(there) + sum(named)
        rows[thing] = {"photos": sum(there), "named": sum(named), "right": hits, "f1": 200 * hits / max(1, total)}
    rows["mean F1"] = sum(row["f1"] for row in rows.values() if isinstance(row, dict)) / len(objects)
    rest = {n: photo for n, photo in enumerate(photos) if not any(names(photo.captions, one) for one in objects)}
    scores = score_captions({n: said[n] for n in rest}, {n: photo.captions for n, photo in rest.items()})
    values = {name: 100 * scores.values[name] for name in ("bleu4", "cider", "cider_d")}
    return rows | {"the rest": {"photos": len(rest)} | values}


def main(arguments: list[str]) -> int:
    """Splits or scores; prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", nargs="+", default=OBJECTS, help="each a word, or its synonyms in one argument")
    verbs = parser.add_subparsers(dest="verb", required=True)
    cut = verbs.add_parser("split", help="leave out captions that name the objects")
    cut.add_argument("files", type=Path, nargs="+", help="COCO captions files")
    cut.add_argument("--out", type=Path, required=True, help="folder of the new files")
    judge = verbs.add_parser("score", help="caption photos and count")
    judge.add_argument("bundle", help="the model")
    judge.add_argument("files", type=Path, nargs="+", help="captions files of the photos")
    judge.add_argument("--beam", type=int, default=5, help="of the search (5)")
    judge.add_argument("--said", type=Path, help="where to write the captions as JSON")
    given = parser.parse_args(arguments)
    if given.verb == "split":
        split(given.files, given.out, given.objects)
        return 0
    photos = [photo for file in given.files for photo in read_photos(file)]
    model = captioner.load(given.bundle)
    said = [each.text for each in model.caption([photo.path for photo in photos], Decoding(beam=given.beam))]
    if given.said is not None:
        write_json(given.said, {str(photo.id): text for photo, text in zip(photos, said, strict=True)})
    print(json.dumps(score(said, photos, given.objects), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
