"""The captions that the model in the box learns: Flickr8k's train split, and frames of MSR-VTT's train clips.

    python scripts/box_captions.py FLICKR8K/captions_train.json MSRVTT/train_val_videodatainfo.json --out box

MSR-VTT (Xu et al. 2016) captions clips, not frames, 20 captions each. Here each of one or more frames of a clip takes
five of them, drawn from the half whose words the others use most. Left out are captions of what a frame
cannot show: what is heard, told or played.
"""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from captioner.data.read.records import Photo, images_beside, read_photos, write_coco_captions
from captioner.files import read_json

CAPTIONS, SHORTEST = 5, 5
UNSEEN = """
about advertisement audio clip commercial describes describing discusses discussing discussion episode explain
explaining explains game gameplay guy his her interview interviewed lyrics movie music name narrates narrating
plot report review says scene show shows singing sings some someone something song songs speaking speaks speech
story talk talking talks telling tells trailer tutorial tv video voice
"""


def frames_of(clip: str, folder: Path, most: int) -> list[Path]:
    """Up to `most` frames of a clip, `folder/CLIP_K.jpg`, from the middles of as many equal stretches of it."""
    frames = sorted(folder.glob(f"{clip}_*.jpg"))
    most = min(most, len(frames))
    return [frames[(2 * stretch + 1) * len(frames) // (2 * most)] for stretch in range(most)]


def visible(captions: Sequence[str]) -> list[str]:
    """Of a clip's captions those that a frame may show: the half that agrees most with the others, word by word."""
    words, unseen = [set(caption.lower().split()) for caption in captions], set(UNSEEN.split())
    common = Counter(word for each in words for word in each)

    def agreement(place: int) -> float:
        return sum(common[word] for word in words[place]) / len(words[place])

    shown = [k for k, each in enumerate(words) if len(captions[k].split()) >= SHORTEST and not each & unseen]
    best = sorted(shown, key=agreement, reverse=True)[: len(captions) // 2]
    return [captions[k] for k in best]


def clips(info: Path, folder: Path, split: str, *, frames: int, seed: int) -> Iterator[Photo]:
    """The frames of a split's clips as photos with captions.

    Args:
        info: MSR-VTT's official JSON, `videos` and `sentences`.
        folder: its frames, `videoN_K.jpg`.
        split: `train` or `validate`.
        frames: of each clip, at most.
        seed: of the draw of captions.
    """
    content = read_json(info)
    said: dict[str, list[str]] = defaultdict(list)
    for sentence in content["sentences"]:
        said[sentence["video_id"]].append(sentence["caption"])
    draw = random.Random(seed)
    for video in content["videos"]:
        if video["split"] != split:
            continue
        clip = video["video_id"]
        captions = visible(said[clip])
        draw.shuffle(captions)
        for place, frame in enumerate(frames_of(clip, folder, frames)):
            if own := tuple(captions[place::frames][:CAPTIONS]):
                yield Photo(frame.stem, frame, own)


def linked(photo: Path, folder: Path) -> Path:
    """A link to a photo in the one folder where captions and questions look for all of them."""
    place = folder / photo.name
    if not place.is_symlink():
        place.symlink_to(photo.absolute())
    return place


def main() -> None:
    """Writes both sets as one file of COCO captions, with a folder of links to all photos beside it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flickr8k", type=Path, help="captions of Flickr8k's split, as COCO captions")
    parser.add_argument("msrvtt", type=Path, help="MSR-VTT's JSON; its frames lie in `frames` beside it")
    parser.add_argument("--split", default="train", choices=["train", "validate"], help="of MSR-VTT; default: train")
    parser.add_argument("--frames", type=int, default=1, choices=range(1, 5), help="of each clip; default: 1")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of captions; default: 0")
    parser.add_argument("--out", type=Path, required=True, help="folder for captions_SPLIT.json, and images for links")
    arguments = parser.parse_args()
    photos = read_photos(arguments.flickr8k)
    folder, drawn = arguments.msrvtt.parent / "frames", {"frames": arguments.frames, "seed": arguments.seed}
    frames = list(clips(arguments.msrvtt, folder, arguments.split, **drawn))
    images, captions = arguments.out / "images", arguments.out / f"captions_{arguments.split}.json"
    images.mkdir(parents=True, exist_ok=True)
    for path in images_beside(arguments.flickr8k).iterdir():  # those of the other splits are asked about there too
        linked(path, images)
    every = (replace(photo, path=linked(photo.path, images)) for photo in [*photos, *frames])
    write_coco_captions(every, captions)
    print(f"{len(photos)} photos and {len(frames)} frames in {captions}")


if __name__ == "__main__":
    main()
