"""Where the objects of photos are: COCO's instances files (Lin et al. 2014, arXiv:1405.0312), boxes or masks."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np

from captioner.data.read.boxes import WHOLE, Box, Floats, coverage, mask_coverage
from captioner.files import read_json


class Instances:
    """The objects of photos from a COCO instances file, read by pycocotools; made-up scenes have such a file, too.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON, or lacks what instances need.
    """

    def __init__(self, path: Path) -> None:
        from pycocotools.coco import COCO

        content = read_json(path)
        needed: dict[str, set[str]] = {"images": {"id", "width", "height"}, "categories": {"id", "name"}}
        needed["annotations"] = {"id", "image_id", "category_id", "bbox"}
        for part, keys in needed.items():
            entries = content.get(part) if isinstance(content, dict) else None
            if not isinstance(entries, list) or any(not isinstance(one, dict) or keys - one.keys() for one in entries):
                raise ValueError(
                    f"{path} is no COCO instances file: it needs a list of {part}, each with {', '.join(sorted(keys))}"
                )
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
