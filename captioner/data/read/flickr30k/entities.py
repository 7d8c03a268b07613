"""Flickr30k Entities (Plummer et al. 2015, arXiv:1505.04870): boxes that people drew for the phrases of captions.

Its own layout, as a folder or as a ZIP file: `Annotations/NUMBER.xml` has the boxes of a photo, `Sentences/NUMBER.txt`
its captions with `[/EN#entity/kind phrase]`. NUMBER is what stands before the first `_` of a photo's name.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.data.read.boxes import WHOLE, Box, Floats, coverage
from captioner.data.read.flickr30k.entity_files import Members, read_boxes, read_sentence
from captioner.data.read.records import Photo
from captioner.text.alignment import alike, stretches
from captioner.text.tokenize import words

logger = logging.getLogger(__name__)


class Phrase(NamedTuple):
    """A phrase of a caption, and where what it names is.

    Attributes:
        caption: place of the caption among the photo's, from 0.
        first: place of its first word in the caption as `captioner.text.tokenize.words` cuts it, from 0.
        last: place of its last word.
        text: as it is written.
        entity: number of what it names; "0" for what cannot be seen.
        kinds: such as people, clothing, bodyparts, animals, vehicles, instruments, scene, other, notvisual.
        boxes: left, top, right and bottom of each box in shares of the photo's width and height; none if it has none.
    """

    caption: int
    first: int
    last: int
    text: str
    entity: str
    kinds: tuple[str, ...]
    boxes: tuple[Box, ...]


class Entities:
    """The annotations, one photo at a time.

    Attributes:
        asked: for each photo that was asked for how many of its captions are not among the annotated ones; None where
            the photo has no annotations.

    Args:
        path: the folder or the ZIP file.

    Raises:
        FileNotFoundError: it does not exist.
        ValueError: it is neither, or has not the layout.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.members = path, Members(path)
        self.asked: dict[Path, int | None] = {}

    def phrases(self, photo: Photo) -> tuple[Phrase, ...]:
        """The phrases of a photo's captions, in their order.

        Raises:
            ValueError: the photo's annotations are malformed; the message says where and how.
        """
        number = photo.path.stem.partition("_")[0]
        names = f"Annotations/{number}.xml", f"Sentences/{number}.txt"
        xml, text = map(self.members.read, names)
        if xml is None or text is None:
            self.asked[photo.path] = None
            return ()
        boxes = read_boxes(xml, f"{self.path}: {names[0]}")
        lines = enumerate(text.splitlines(), 1)
        sentences = [read_sentence(line, f"{self.path}: {names[1]} line {number}") for number, line in lines]
        found: list[Phrase] = []
        left_out = 0
        for place, caption in enumerate(photo.captions):
            tokens = words(caption)
            chosen = alike("".join(tokens), (sentence.letters for sentence in sentences))
            if chosen is None:
                left_out += 1
                continue
            letters, marked = sentences[chosen]
            for one, stretch in zip(marked, stretches(letters, [each[:2] for each in marked], tokens), strict=True):
                if stretch is not None:
                    found.append(Phrase(place, *stretch, one.text, one.entity, one.kinds, boxes.get(one.entity, ())))
        self.asked[photo.path] = left_out
        return tuple(found)

    def report(self) -> None:
        """Logs what of the photos that were asked for had to be left out.

        Raises:
            ValueError: none of the photos has annotations.
        """
        known = [left_out for left_out in self.asked.values() if left_out is not None]
        if self.asked and not known:
            raise ValueError(f"{self.path} knows none of the {len(self.asked):,} photos; is it of the same data set?")
        if len(known) < len(self.asked) or any(known):
            logger.warning(
                "%s knows %d of %d photos, and all but %d of their captions",
                *(self.path, len(known), len(self.asked), sum(known)),
            )


def read_entities(path: Path, photos: Iterable[Photo]) -> dict[int | str, tuple[Phrase, ...]]:
    """The phrases of all photos, by the photos' ids; what had to be left out is logged.

    Raises:
        FileNotFoundError: there is nothing at `path`.
        ValueError: the annotations are malformed, or know none of the photos.
    """
    entities = Entities(path)
    found = {photo.id: entities.phrases(photo) for photo in photos}
    entities.report()
    return found


def word_coverage(phrases: Iterable[Phrase], length: int, side: int, region: Box = WHOLE) -> Floats:
    """For each word of a caption how much of each place lies in the boxes of its phrase, (length, n).

    A row of zeros says that nobody drew a box for the word.

    Args:
        phrases: those of the caption.
        length: its words.
        side: see `coverage`.
        region: see `coverage`.
    """
    found = np.zeros((length, side * side))
    for phrase in phrases:
        if phrase.boxes:
            found[phrase.first : phrase.last + 1] = coverage(phrase.boxes, side, region)
    return found
