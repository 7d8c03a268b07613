"""Which words of captions name something in the photo, and where it is: boxes of phrases, or objects by their kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from captioner.data.read.boxes import WHOLE, Box, Floats, coverage
from captioner.data.read.flickr30k.entities import Entities
from captioner.data.read.instances import Instances
from captioner.data.read.records import Photo
from captioner.images import ImageSpec
from captioner.photos import read_photo
from captioner.scoring.naming import named, singulars, spellings
from captioner.text.tokenize import words


class Mention(NamedTuple):
    """A word of a caption that names something in the photo.

    Attributes:
        word: its place in the caption.
        phrase: what it belongs to, as far as that is known, or the word.
        kinds: of what is named.
        cover: how much of each place of the grid that covers, (n,); see `captioner.data.read.boxes`.
    """

    word: int
    phrase: str
    kinds: tuple[str, ...]
    cover: Floats


class Objects(Protocol):
    """What is in photos, and what names it."""

    def of_references(self, photo: Photo, side: int) -> list[list[Mention]]:
        """The mentions in each of the photo's own captions; `side` places along each side of the grid."""

    def of_caption(self, photo: Photo, said: Sequence[str], side: int) -> list[Mention]:
        """The mentions in a caption that a model said of the photo."""


class PhraseObjects:
    """Flickr30k Entities: the last word of each phrase with a box.

    In what a model said, a word counts that is such a last word in one of the photo's captions, in the singular or the
    plural; the boxes of all such phrases count.

    Args:
        entities: the annotations.
        image: what part of a photo the network sees.
        max_pixels: pixels that a photo may have, as in `read_photo`.
    """

    def __init__(self, entities: Entities, image: ImageSpec, *, max_pixels: int | None = None) -> None:
        self.entities, self.image, self.max_pixels = entities, image, max_pixels

    def of_references(self, photo: Photo, side: int) -> list[list[Mention]]:
        """See `Objects`."""
        found: list[list[Mention]] = [[] for _ in photo.captions]
        region = self._region(photo)
        for phrase in self.entities.phrases(photo):
            if phrase.boxes:
                cover = coverage(phrase.boxes, side, region)
                found[phrase.caption].append(Mention(phrase.last, phrase.text, phrase.kinds, cover))
        return found

    def of_caption(self, photo: Photo, said: Sequence[str], side: int) -> list[Mention]:
        """See `Objects`."""
        boxed = [phrase for phrase in self.entities.phrases(photo) if phrase.boxes]
        cut = [words(caption) for caption in photo.captions]
        nouns = [singulars(cut[phrase.caption][phrase.last]) for phrase in boxed]
        region, found = self._region(photo), []
        for place, word in enumerate(said):
            meant = [phrase for phrase, noun in zip(boxed, nouns, strict=True) if noun & singulars(word)]
            if meant:
                kinds = sorted({kind for phrase in meant for kind in phrase.kinds})
                boxes = [box for phrase in meant for box in phrase.boxes]
                found.append(Mention(place, word, tuple(kinds), coverage(boxes, side, region)))
        return found

    def _region(self, photo: Photo) -> Box:
        """What the grid covers, in shares of the photo; its own size is of no matter where it is squeezed."""
        if self.image.resize == "squash":
            return WHOLE
        return _shares(self.image, read_photo(photo.path, max_pixels=self.max_pixels).size)


class KindObjects:
    """COCO instances: the last word of the name of a kind; boxes or masks of all objects of that kind count.

    Args:
        instances: the objects.
        image: what part of a photo the network sees.
    """

    def __init__(self, instances: Instances, image: ImageSpec) -> None:
        self.instances, self.image, self.names = instances, image, spellings(instances.categories)

    def of_references(self, photo: Photo, side: int) -> list[list[Mention]]:
        """See `Objects`."""
        return [self.of_caption(photo, words(caption), side) for caption in photo.captions]

    def of_caption(self, photo: Photo, said: Sequence[str], side: int) -> list[Mention]:
        """See `Objects`.

        Raises:
            ValueError: the file does not know the photo.
        """
        region = _shares(self.image, self.instances.size(photo.id))
        return [
            Mention(place, said[place], (kind,), self.instances.covered(photo.id, kind, side, region))
            for place, kind in named(said, self.names)
        ]


def open_objects(path: Path, image: ImageSpec) -> Objects:
    """What is in the photos, as a file says: COCO instances (`.json`), or else Flickr30k Entities.

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: it is neither.
    """
    if path.suffix == ".json":
        return KindObjects(Instances(path), image)
    return PhraseObjects(Entities(path), image)


def _shares(image: ImageSpec, size: tuple[int, int]) -> Box:
    """What the grid covers of a photo of that size, in shares of its width and height."""
    (left, top, right, bottom), (width, height) = image.region(*size), size
    return left / width, top / height, right / width, bottom / height
