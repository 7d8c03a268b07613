"""Names the photos of Multi30k's sentences that Flickr8k has, and writes the pairs that have one.

    python scripts/multi30k_photos.py multi30k flickr8k multi30k_photos

Multi30k's photos are Flickr30k's, and part of these are Flickr8k's. A sentence belongs to a photo if it is one of the
captions of this photo alone, but for case, punctuation and spaces. Of each split, OUT gets train.en, train.de and
train.photos, of which line i belong together.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from captioner.data.read.pairs import Pair, read_pairs
from captioner.data.read.records import Photo, read_photos
from captioner.files import write_text

SPLITS = {"train": "train", "val": "val", "test": "test_2016_flickr"}


def plain(sentence: str) -> str:
    """Its letters and numbers, in lower case."""
    return " ".join(re.findall(r"\w+", sentence.lower()))


def with_photos(pairs: Iterable[Pair], photos: Iterable[Photo]) -> list[Pair]:
    """The pairs whose source is a caption of exactly one photo, with that photo."""
    said = defaultdict[str, set[Path]](set)
    for photo in photos:
        for caption in photo.captions:
            said[plain(caption)].add(photo.path)
    found = [(pair, said.get(plain(pair.source), set())) for pair in pairs]
    return [pair._replace(photo=next(iter(paths))) for pair, paths in found if len(paths) == 1]


def write(pairs: Sequence[Pair], out: Path, split: str, target: str) -> None:
    """Three files whose lines i belong together."""
    sides = {
        "en": [pair.source for pair in pairs],
        target: [pair.target for pair in pairs],
        "photos": [pair.photo.name for pair in pairs if pair.photo is not None],
    }
    for name, lines in sides.items():
        write_text(out / f"{split}.{name}", "\n".join(lines) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the files and tells how many pairs have a photo."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("multi30k", type=Path, help="folder of train.en.gz, train.de.gz and the like")
    parser.add_argument("flickr8k", type=Path, help="folder of captions_train.json, captions_val.json, ... and images")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--target", default="de", help="the other language, as the files name it (de)")
    given = parser.parse_args(arguments)
    photos = [photo for split in SPLITS for photo in read_photos(given.flickr8k / f"captions_{split}.json")]
    given.out.mkdir(parents=True, exist_ok=True)
    for split, file in SPLITS.items():
        pairs = read_pairs(*(given.multi30k / f"{file}.{language}.gz" for language in ("en", given.target)))
        found = with_photos(pairs, photos)
        write(found, given.out, split, given.target)
        print(f"{split}: {len(found):,} of {len(pairs):,} pairs have a photo")


if __name__ == "__main__":
    main()
