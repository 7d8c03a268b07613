"""A data set of made-up scenes: pictures, captions, boxes and questions, in the formats of COCO and VQA."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from captioner.data.scenes.captions import captions
from captioner.data.scenes.layout import make_scene
from captioner.data.scenes.moving import make_moving
from captioner.data.scenes.questions import ANSWER_TYPES, questions
from captioner.data.scenes.scene import COLOURS, SHAPES, Scene
from captioner.files import read_json, whole_folder, write_json, write_text

# Goes up with every change of the pictures or texts, so that a folder of an older kind is not taken for a new one.
VERSION = 1
# Shapes are drawn this many times larger and then averaged, which smooths their edges.
SUPERSAMPLING = 4
# The ids of a split start at its place here times MOST, so that no two splits share one.
SPLITS = ("train", "val", "test")
MOST = 1_000_000
CATEGORIES = {" ".join(kind): number for number, kind in enumerate(product(COLOURS, SHAPES), 1)}
ANNOTATORS = 10
MOST_FRAMES = 64


def make_scenes(
    folder: Path,
    *,
    train: int = 4000,
    val: int = 500,
    test: int = 500,
    size: int = 64,
    seed: int = 0,
    frames: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Writes `images/` and, per split, captions, instances (boxes), questions and annotations (answers) as JSON.

    Scene i of a split depends on the seed and the size alone, not on how many there are. The folder appears whole or
    not at all; one that was made with the same settings is kept as it is.

    Args:
        folder: a new or empty folder.
        train: number of scenes to train on.
        val: number of scenes to choose the best model by.
        test: number of scenes to score it on.
        size: side of the pictures in pixels.
        seed: of the made-up world.
        frames: of each scene; with more than one they are clips in which a thing moves, as `Clips` writes them.
        progress: is told after every scene how many are done, and of how many.

    Raises:
        ValueError: a number is out of range, or the folder holds something else.
    """
    counts = {"train": train, "val": val, "test": test}
    for name, count in counts.items():
        if not 0 <= count <= MOST:
            raise ValueError(f"the number of {name} scenes must lie in 0 to {MOST}, not be {count}")
    if size < 32:
        raise ValueError(f"pictures of scenes need at least 32 pixels a side for their shapes to be seen, not {size}")
    if not 1 <= frames <= MOST_FRAMES:
        raise ValueError(f"a scene has 1 to {MOST_FRAMES} frames, not {frames}")
    settings = {"version": VERSION, **counts, "size": size, "seed": seed} | ({"frames": frames} if frames > 1 else {})
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if (folder / "scenes.json").is_file() and read_json(folder / "scenes.json") == settings:
            return
        raise ValueError(f"{folder} holds something else than these scenes; name a new folder, or delete it first")
    done = 0
    with whole_folder(folder.resolve()) as temporary:
        (temporary / "images").mkdir()
        for split, count in counts.items():
            records = Records(split, size) if frames == 1 else Clips(split, size, frames)
            for index in range(count):
                random = Random(f"{seed} {split} {index}")
                records.make(SPLITS.index(split) * MOST + index, random, temporary / "images")
                done += 1
                if progress:
                    progress(done, sum(counts.values()))
            records.write(temporary)
        write_json(temporary / "scenes.json", settings)


def draw(scene: Scene) -> Image.Image:
    """Draws a scene with smooth edges, RGB, `side` x `side` pixels."""
    side = scene.side * SUPERSAMPLING
    picture = Image.new("RGB", (side, side), scene.ground)
    brush = ImageDraw.Draw(picture)
    for thing in scene.things:
        brush.polygon([(x * SUPERSAMPLING, y * SUPERSAMPLING) for x, y in thing.outline], fill=thing.fill)
    return picture.reduce(SUPERSAMPLING)


class Records:
    """What the JSON files of one split will hold.

    Args:
        split: a name in SPLITS.
        size: side of the pictures in pixels.
    """

    def __init__(self, split: str, size: int) -> None:
        self.split = split
        self.size = size
        self.images: list[dict[str, Any]] = []
        self.captions: list[dict[str, Any]] = []
        self.boxes: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []

    def make(self, number: int, random: Random, images: Path) -> None:
        """Makes up a scene under the image id `number`, and draws it."""
        scene, name = make_scene(random, self.size), f"{self.split}_{number % MOST:06}.png"
        draw(scene).save(images / name)
        self.add(number, name, scene, random)

    def add(self, number: int, name: str, scene: Scene, random: Random) -> None:
        """Adds a scene whose picture is `name` under the image id `number`."""
        self.images.append({"id": number, "file_name": name, "width": self.size, "height": self.size})
        for place, caption in enumerate(captions(scene)):
            self.captions.append({"id": number * 10 + place, "image_id": number, "caption": caption})
        for place, thing in enumerate(scene.things):
            box = [round(part, 2) for part in thing.box]
            entry = {"id": number * 10 + place, "image_id": number, "category_id": CATEGORIES[thing.name]}
            self.boxes.append({**entry, "bbox": box, "area": round(box[2] * box[3], 2), "iscrowd": 0})
        for place, (kind, text, answer) in enumerate(questions(scene, random)):
            key = {"image_id": number, "question_id": number * 10 + place}
            self.questions.append({**key, "question": text})
            everyone = [{"answer": answer, "answer_confidence": "yes", "answer_id": 1 + i} for i in range(ANNOTATORS)]
            types = {"question_type": kind, "answer_type": ANSWER_TYPES[kind]}
            self.answers.append({**key, **types, "multiple_choice_answer": answer, "answers": everyone})

    def write(self, folder: Path) -> None:
        """Writes the four files."""
        categories = [{"id": number, "name": name} for name, number in CATEGORIES.items()]
        coco = {"info": {"description": "made-up scenes"}, "licenses": [], "images": self.images}
        vqa = {"info": coco["info"], "license": {}, "data_type": "scenes", "data_subtype": self.split}
        files = {
            "captions": {**coco, "annotations": self.captions},
            "instances": {**coco, "categories": categories, "annotations": self.boxes},
            "questions": {**vqa, "task_type": "Open-Ended", "questions": self.questions},
            "annotations": {**vqa, "annotations": self.answers},
        }
        for name, content in files.items():
            write_text(folder / f"{name}_{self.split}.json", json.dumps(content))


class Clips:
    """What the file of one split of clips will hold: a line for each, with frames, captions, and boxes over time.

    Args:
        split: a name in SPLITS.
        size: side of the frames in pixels.
        frames: of each clip.
    """

    def __init__(self, split: str, size: int, frames: int) -> None:
        self.split, self.size, self.frames = split, size, frames
        self.lines: list[str] = []

    def make(self, number: int, random: Random, images: Path) -> None:
        """Makes up a clip and draws its frames; the boxes, by the name of the thing, are those of each frame."""
        clip = make_moving(random, self.size, self.frames)
        names = [f"{self.split}_{number % MOST:06}_{place}.png" for place in range(self.frames)]
        for name, frame in zip(names, clip.frames, strict=True):
            draw(frame).save(images / name)
        boxes = {name: [[round(part, 2) for part in box] for box in each] for name, each in clip.boxes.items()}
        entry = {"frames": names, "caption": clip.captions, "move": clip.move, "boxes": boxes}
        self.lines.append(json.dumps(entry))

    def write(self, folder: Path) -> None:
        """Writes the file."""
        write_text(folder / f"captions_{self.split}.jsonl", "".join(f"{line}\n" for line in self.lines))
