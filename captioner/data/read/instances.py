"""Where the objects of photos are: COCO's instances files (Lin et al. 2014, arXiv:1405.0312), boxes or masks.

A file is checked before anything is computed: sizes, boxes, polygons and run-length masks.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from captioner.data.read.boxes import WHOLE, Box, Floats, coverage, mask_coverage
from captioner.files import read_json

NEEDED = {
    "images": {"id", "width", "height"},
    "categories": {"id", "name"},
    "annotations": {"id", "image_id", "category_id", "bbox"},
}
LONGEST_RUN = 40  # bits of a number in a packed mask


class Instances:
    """The objects of photos from a COCO instances file, read by pycocotools; made-up scenes have such a file, too.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as `read_instances`, which checks all that is in it.
    """

    def __init__(self, path: Path) -> None:
        from pycocotools.coco import COCO

        content = read_instances(path)
        self.path, self._index = path, COCO()
        self._index.dataset = content
        with redirect_stdout(StringIO()):
            self._index.createIndex()
        self.categories: dict[str, int] = {one["name"]: one["id"] for one in content["categories"]}

    def size(self, image: int | str) -> tuple[int, int]:
        """Width and height of a photo in pixels.

        Raises:
            ValueError: the file does not know the photo.
        """
        if image not in self._index.imgs:
            raise ValueError(f"{self.path} has no photo {image!r}; is it of the same photos as the captions?")
        return self._index.imgs[image]["width"], self._index.imgs[image]["height"]

    def covered(self, image: int | str, category: str, side: int, region: Box = WHOLE) -> Floats:
        """How much of each place all objects of a category cover, (n,); 0 everywhere where there is none.

        Masks count where the file has them, boxes otherwise.

        Args:
            side: places along each side of the grid, n = side².
            region: what the grid covers, in shares of the photo's width and height.
        """
        width, height = self.size(image)
        found = [
            self._index.anns[one] for one in self._index.getAnnIds(imgIds=[image], catIds=[self.categories[category]])
        ]
        masks = [self._index.annToMask(one) for one in found if "segmentation" in one]
        corners = [one["bbox"] for one in found if "segmentation" not in one]
        boxes = [(x / width, y / height, (x + w) / width, (y + h) / height) for x, y, w, h in corners]
        total = coverage(boxes, side, region)
        return np.minimum(total + mask_coverage(np.maximum.reduce(masks), side, region), 1) if masks else total


def read_instances(path: Path) -> dict[str, Any]:
    """Reads an instances file; what is left as a `segmentation` is a mask that can be drawn.

    Where there is none, or polygons without an area, the box serves.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON, lacks what instances need, or something in it cannot be; the message names it.
    """
    content = read_json(path)
    for part, keys in NEEDED.items():
        entries = content.get(part) if isinstance(content, dict) else None
        if not isinstance(entries, list) or any(not isinstance(one, dict) or keys - one.keys() for one in entries):
            raise ValueError(
                f"{path} is no COCO instances file: it needs a list of {part}, each with {', '.join(sorted(keys))}"
            )
    _check_ids(content, path)
    sizes = {}
    for image in content["images"]:
        sizes[image["id"]] = size = image["height"], image["width"]
        if not all(type(side) is int and side > 0 for side in size):
            raise ValueError(
                f"{path}: photo {image['id']!r} has width {image['width']!r:.40} and height {image['height']!r:.40};"
                " both must be whole numbers of pixels from 1"
            )
    for category in content["categories"]:
        name = category["name"]
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"{path}: category {category['id']!r} is called {name!r:.40}, which is no name")
    annotations = [_annotation(one, sizes, f"{path}: annotation {one['id']!r}") for one in content["annotations"]]
    return {**content, "annotations": annotations}


def _check_ids(content: Mapping[str, Any], path: Path) -> None:
    for part, keys in NEEDED.items():
        seen = set()
        for place, one in enumerate(content[part], 1):
            for key in sorted(key for key in keys if key == "id" or key.endswith("_id")):
                if type(one[key]) not in (int, str):
                    raise ValueError(f"{path}: {key!r} of number {place} of the {part} is {one[key]!r:.40}, no id")
            if one["id"] in seen:
                raise ValueError(f"{path}: id {one['id']!r} stands twice among the {part}; ids must differ")
            seen.add(one["id"])


def _annotation(one: Mapping[str, Any], sizes: Mapping[int | str, tuple[int, int]], where: str) -> dict[str, Any]:
    """An annotation that has a mask or a box that can be drawn."""
    if one["image_id"] not in sizes:
        raise ValueError(f"{where} is about photo {one['image_id']!r:.40}, which is not among the images")
    rest = {key: value for key, value in one.items() if key != "segmentation"}
    given = one.get("segmentation")
    if isinstance(given, dict):
        _check_runs(given, sizes[one["image_id"]], where)
        return {**rest, "segmentation": given}
    polygons = [each for each in given if _is_polygon(each)] if isinstance(given, list) else []
    if polygons:
        return {**rest, "segmentation": polygons}
    box = one["bbox"]
    if not _numbers(box) or len(box) != 4 or min(box[2:]) <= 0:
        raise ValueError(
            f"{where} has the box {box!r:.80}; without a polygon or mask that can be drawn it needs left, top, width"
            " and height as numbers, the last two above 0"
        )
    return rest


def _numbers(values: object) -> bool:
    return isinstance(values, list) and all(type(one) in (int, float) and math.isfinite(one) for one in values)


def _is_polygon(points: object) -> bool:
    """Whether these are three points or more, x and y in turn, that enclose something."""
    if not isinstance(points, list) or not _numbers(points) or len(points) < 6 or len(points) % 2:
        return False
    corners = list(zip(points[::2], points[1::2], strict=True))
    twice = sum(x * down - right * y for (x, y), (right, down) in pairwise([*corners, corners[0]]))
    return abs(twice) > 0


def _check_runs(mask: Mapping[str, Any], size: tuple[int, int], where: str) -> None:
    """Refuses a run-length mask of another size than its photo, or whose runs do not fill it."""
    height, width = size
    if mask.get("size") != [height, width]:
        raise ValueError(
            f"{where} has a run-length mask of the size {mask.get('size')!r:.40}, and its photo is [{height}, {width}]"
            " (height, width)"
        )
    counts = mask.get("counts")
    runs = _unpacked(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        raise ValueError(f"{where} has a run-length mask whose counts are no whole numbers from 0: {counts!r:.40}")
    if sum(runs) != height * width:
        raise ValueError(f"{where} has a run-length mask of {sum(runs):,} pixels, and its photo has {height * width:,}")


def _unpacked(text: str) -> Sequence[int]:
    """The runs that COCO packs into text: six bits a letter, and from the third on the difference to the last but one.

    Letters that are none of its own give a run below 0, which is none.
    """
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > LONGEST_RUN:
            return [-1]
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs if not shift else [-1]
