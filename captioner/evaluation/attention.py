"""Where a model looks while it says captions and while it reads given ones, measured against what is in the photos."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np

from captioner.data.read.records import Photo
from captioner.evaluation.captions import Evaluation
from captioner.evaluation.objects import Mention, Objects
from captioner.inference import Caption, Captioner, Unreadable
from captioner.scoring.attention import (
    MEASURES,
    AttentionScores,
    Looked,
    Measured,
    Movement,
    compared,
    moved,
    score_attention,
    score_movement,
)
from captioner.scoring.tally import Floats
from captioner.text.tokenize import words

Each = tuple[Photo, Sequence[Caption], Sequence[Sequence[Mention]]]


@dataclass(frozen=True)
class Attention:
    """Where captions looked.

    Attributes:
        scores: of the words that name what is in the photos; None if no word does.
        absent: how many words name something that is not there, or of which the network saw no part.
        movement: how far the map moves from word to word.
        photos: for each photo the measures of each of its captions' words, as JSON values; None where a word is not
            scored.
    """

    scores: AttentionScores | None
    absent: int
    movement: Movement
    photos: dict[int | str, list[dict[str, Any]]]

    def as_json(self) -> dict[str, Any]:
        """The numbers, intervals as [value, low, high], without the photos one by one."""
        content: dict[str, Any] = {"mentions": 0, "absent": self.absent, "movement": self.movement._asdict()}
        if self.scores:
            kinds = {
                name: {"mentions": kind.mentions} | _table(kind.measures) for name, kind in self.scores.kinds.items()
            }
            counts = {name: getattr(self.scores, name) for name in ("mentions", "photos", "places")}
            content |= counts | {"everywhere": self.scores.everywhere} | _table(self.scores.measures) | {"kinds": kinds}
        return content


def attention_in_speaking(evaluation: Evaluation, photos: Sequence[Photo], objects: Objects | None) -> Attention:
    """Measures the captions of an evaluation.

    Args:
        photos: those of the evaluation.
        objects: what is in them; None measures the movement alone.

    Raises:
        ValueError: there is no attention, or `objects` does not know a photo.
    """

    def each() -> Iterable[Each]:
        for photo in photos:
            best = evaluation.said[photo.id].captions[0]
            mentions = objects.of_caption(photo, best.words, grid_side(best)) if objects else []
            yield photo, [best], [mentions]

    return measure_attention(each())


def attention_in_reading(
    model: Captioner,
    photos: Sequence[Photo],
    objects: Objects,
    *,
    batch: int = 16,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Attention:
    """Measures the photos' own captions, word by word as the model is given them.

    Args:
        progress: called with (photos done, photos in all).

    Raises:
        ValueError: a photo cannot be read, there is no attention, the model reads no words, or `objects` does not know
            a photo.
    """
    if model.bundle.vocabulary.tokenizer != "words":
        raise ValueError("attention to what words name is measured of models that read words, not characters")

    worded = [replace(photo, captions=tuple(filter(words, photo.captions))) for photo in photos]
    worded = [photo for photo in worded if photo.captions]

    def each() -> Iterable[Each]:
        results = model.explain_each(((photo.source, photo.captions) for photo in worded), batch=batch)
        for number, (photo, result) in enumerate(zip(worded, results, strict=True), 1):
            if isinstance(result, Unreadable):
                raise ValueError(f"{result.reason}; `captioner data check` lists all such photos")
            yield photo, result.captions, objects.of_references(photo, grid_side(result.captions[0]))
            progress(number, len(worded))

    return measure_attention(each())


def grid_side(caption: Caption) -> int:
    """Places along each side of the grid.

    Raises:
        ValueError: there is no such grid.
    """
    side = isqrt(caption.attention.shape[1])
    if side < 2:
        raise ValueError("this model has no places to look at, so there is no attention to score")
    return side


def measure_attention(each: Iterable[Each]) -> Attention:
    """Measures photos one after another, so that no map is kept.

    Args:
        each: a photo, captions of it with their attention, and what the words of each of these captions name.
    """
    looked, moves, rows, absent, places = [], [], {}, 0, 0
    for photo, captions, mentions in each:
        places = captions[0].attention.shape[1]
        said = [(caption, one) for caption, found in zip(captions, mentions, strict=True) for one in found]
        there = [(caption, one) for caption, one in said if one.cover.any()]
        absent += len(said) - len(there)
        p = np.array([caption.attention[one.word] for caption, one in there]).reshape(-1, places)
        values = compared(p, np.array([one.cover for _, one in there]).reshape(-1, places))
        looked.append(Looked(values, [one.kinds for _, one in there]))
        moves.append(np.sum([moved(caption.attention) for caption in captions], axis=0))
        rows[photo.id] = [
            _row(caption, one, value) for (caption, one), value in zip(there, values[:, :, 0], strict=True)
        ]
    return Attention(score_attention(looked, places), absent, score_movement(moves), rows)


def _table(measures: Mapping[str, Measured]) -> dict[str, Any]:
    return {name: values._asdict() for name, values in measures.items()}


def _row(caption: Caption, mention: Mention, value: Floats) -> dict[str, Any]:
    named = {"word": caption.words[mention.word], "phrase": mention.phrase, "kinds": list(mention.kinds)}
    return named | {
        name: None if np.isnan(one) else round(float(one), 4) for name, one in zip(MEASURES, value, strict=True)
    }


def instances_beside(captions: Path) -> Path | None:
    """The instances file that belongs to a captions file, as COCO names the two, if it is there."""
    path = captions.with_name(captions.name.replace("captions", "instances"))
    return path if path != captions and path.is_file() else None
