"""Photos and clips with their captions: one record, one reader that knows every format; COCO through pycocotools."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

from captioner.data.read.clips.msrvtt import clips_beside, msrvtt
from captioner.data.read.formats import Row, karpathy, table, text_format
from captioner.data.read.lines import checked, lines
from captioner.data.read.places import Places
from captioner.files import read_json, write_json
from captioner.photos import Clip
from captioner.text.tokenize import trimmed

logger = logging.getLogger(__name__)
LEFT_OUT = ("is_rejected", "is_precanned")  # marks of VizWiz-Captions for captions that say nothing of the photo


@dataclass(frozen=True)
class Photo:
    """A photo or a clip and what people said about it.

    Args:
        id: COCO's number where the format has one, else the file's name as the captions file spells it.
        path: where the photo or the video lies; nobody has looked yet whether it does.
        captions: as written, without outer spaces; may be empty.
        frames: of a clip that is given by its frames, where they lie, in the order of time; `path` is the first.
        language: code of theirs, where that is told.
    """

    id: int | str
    path: Path
    captions: tuple[str, ...]
    frames: tuple[Path, ...] = ()
    language: str | None = None

    @property
    def source(self) -> Path | Clip:
        """What a model is shown."""
        return Clip(self.frames) if self.frames else self.path


def images_beside(captions: Path) -> Path:
    """The folder that the names in a captions file are relative to: `images` beside it if that exists, else its own."""
    folder = captions.parent / "images"
    return folder if folder.is_dir() else captions.parent


def read_photos(captions: Path, images: Path | None = None, *, split: str | Path | None = None) -> list[Photo]:
    """Reads captions in any of the known formats, photo by photo in the order of the file.

    COCO captions, its lists of photos without captions (image_info_test2014.json), Karpathy's JSON and MSR-VTT's
    (`.json`), `.jsonl` and `.csv` of one's own, Flickr8k/30k token files and Kaggle's captions.txt (recognised by their
    first line). Lines of one photo are put together.

    Args:
        captions: the file.
        images: the folder of the photos, the clips or their frames; by default `images_beside(captions)` and for
            MSR-VTT `clips_beside(captions)`.
        split: which photos to take; all by default. A file that lists their names, one a line, as in
            Flickr_8k.trainImages.txt; or, for Karpathy's JSON and MSR-VTT, names of its splits joined by `+`
            (`train+restval`, `train+validate`).

    Raises:
        FileNotFoundError: the captions file or the list does not exist.
        ValueError: a file is malformed; the message says where and how.
    """
    content = read_json(captions) if captions.suffix.lower() == ".json" else None
    beside = clips_beside if isinstance(content, dict) and "videos" in content else images_beside
    places = Places(images if images is not None else beside(captions), captions)
    listed = read_list(Path(split)) if split is not None and Path(split).is_file() else None
    found: dict[int | str, tuple[Row, list[str]]] = {}
    own_split = str(split) if split is not None and listed is None else None
    for row in _rows(captions, content, own_split, places.folder):
        if listed is None or _composed(row.image) in listed:
            found.setdefault(_composed(row.id), (row, []))[1].extend(row.captions)
    known = {_composed(row.image) for row, _ in found.values()}
    for name, number in (listed or {}).items():
        if name not in known:
            raise ValueError(f"{split} line {number}: {name!r:.100} has no captions in {captions}")
    if not found:
        raise ValueError(f"{captions} holds no photos")
    return [
        Photo(row.id, places.path(row.image), tuple(texts), tuple(places.path(frame) for frame in row.frames))
        for row, texts in found.values()
    ]


def read_list(path: Path) -> dict[str, int]:
    """Reads a list of file names, one a line, and gives the line of each; names are composed to NFC."""
    return {_composed(line.strip()): number for number, line in lines(path)}


def _composed(name: Any) -> Any:
    """A name with one spelling of each letter; numbers stay."""
    return normalize("NFC", name) if isinstance(name, str) else name


def _rows(captions: Path, content: Any, split: str | None, folder: Path) -> Iterator[Row]:
    """Recognises the format of a captions file and reads it, or those `split`s of it that it tells apart itself."""
    if isinstance(content, dict) and "videos" in content:
        return msrvtt(captions, content, split, folder)
    if isinstance(content, dict) and "images" in content and "annotations" not in content:
        if not only_names(content["images"]):
            return karpathy(captions, content, split)
        content["annotations"] = []
    if split is not None:
        raise FileNotFoundError(
            f"{captions} has no splits of its own, so {split!r} must be a file that lists names, and there is none"
        )
    if content is None and captions.suffix.lower() != ".json":
        return text_format(captions)(captions)
    if isinstance(content, dict) and "annotations" in content:
        return coco(captions, content)
    if isinstance(content, list):
        return table(captions, content)
    if isinstance(content, dict) and "questions" in content:
        raise ValueError(
            f"{captions} holds VQA's questions, and captions are needed; questions are trained with"
            " --data.questions.train.file, answered by `captioner ask` and scored by `captioner evaluate`"
        )
    raise ValueError(
        f"{captions} is neither COCO captions (images, annotations) nor Karpathy's JSON (images)"
        " nor a list of image and caption"
    )


def only_names(images: object) -> bool:
    """Whether these are the images of COCO's image_info_test2014.json: a split whose captions nobody publishes."""
    first = images[0] if isinstance(images, list) and images else None
    return isinstance(first, dict) and "file_name" in first and not {"filename", "split", "sentences"} & first.keys()


def coco(path: Path, content: Mapping[str, Any]) -> Iterator[Row]:
    """COCO captions (Chen et al. 2015, arXiv:1504.00325), indexed by pycocotools.

    Args:
        path: the file, for messages.
        content: what stands in it.
    """
    from pycocotools.coco import COCO

    ids = set()
    for place, image in enumerate(checked(content, "images", list, str(path))):
        where = f"{path} image {place}"
        checked(image, "file_name", str, where)
        number = checked(image, "id", (int, str), where)
        if number in ids:
            raise ValueError(f"{where}: id {number!r} stands twice among the images")
        ids.add(number)
    for place, annotation in enumerate(checked(content, "annotations", list, str(path))):
        where = f"{path} annotation {place}"
        checked(annotation, "id", (int, str), where)
        checked(annotation, "caption", str, where)
        if checked(annotation, "image_id", (int, str), where) not in ids:
            raise ValueError(f"{where}: image_id {annotation['image_id']!r} is not among the images")
    kept = [each for each in content["annotations"] if not any(each.get(mark) is True for mark in LEFT_OUT)]
    images = content["images"]
    if rest := len(content["annotations"]) - len(kept):
        bare = {each["image_id"] for each in content["annotations"]} - {each["image_id"] for each in kept}
        images = [image for image in images if image["id"] not in bare]
        photos = f", with {len(bare)} photos that have no others" if bare else ""
        logger.warning("%s: %d captions are left out%s; they are %s", path, rest, photos, " or ".join(LEFT_OUT))
    index = COCO()
    index.dataset = {"images": images, "annotations": kept}  # categories are of objects, not of captions
    with redirect_stdout(StringIO()):
        index.createIndex()
    for number, image in index.imgs.items():
        texts = tuple(trimmed(annotation["caption"]) for annotation in index.imgToAnns[number])
        yield Row(number, image["file_name"], texts)


def write_coco_captions(photos: Iterable[Photo], path: Path) -> None:
    """Writes COCO captions, such that `read_photos(path)` gives the same photos again.

    Ids stay as they are; annotations are numbered from 1. A photo's name is relative to `images_beside(path)`, and
    absolute where the photo lies elsewhere.
    """
    folder = images_beside(path)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for photo in photos:
        inside = photo.path.is_relative_to(folder)
        name = photo.path.relative_to(folder) if inside else photo.path.absolute()
        images.append({"id": photo.id, "file_name": name.as_posix()})
        for caption in photo.captions:
            annotations.append({"id": len(annotations) + 1, "image_id": photo.id, "caption": caption})
    write_json(path, {"info": {}, "licenses": [], "type": "captions", "images": images, "annotations": annotations})
