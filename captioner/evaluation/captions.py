"""A bundle scored on a data set: every photo captioned once, scored by the same code as any result file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from captioner.data.read.records import Photo
from captioner.decoding.settings import Decoding
from captioner.evaluation.result import Result, Section, write_results
from captioner.inference import Captioned, Captioner, Unreadable
from captioner.photos import Clip
from captioner.scoring.captions.facts import facts
from captioner.scoring.captions.scores import score_captions
from captioner.scoring.captions.words import about_scored_words, is_english, scored_words
from captioner.scoring.resample import Interval, intervals
from captioner.scoring.table import Report
from captioner.scoring.table import write as table


@dataclass(frozen=True)
class Evaluation:
    """What was said of each photo, and how it scores.

    Attributes:
        said: the best caption of each photo, with its attention.
        scored: number of photos that have captions to compare with.
        scores: of these by name, empty where there are none; BLEU and ROUGE-L from 0 to 1, CIDEr and CIDEr-D from 0
            to 10.
        intervals: the same with their 95 % bootstrap intervals.
        settings: the search.
        about: what the bundle tells of itself.
        language: code of the captions, where the model was told it.
    """

    said: dict[int | str, Captioned[Path | Clip]]
    scored: int
    scores: dict[str, float]
    intervals: dict[str, Interval]
    settings: Decoding
    about: dict[str, Any]
    language: str | None = None

    @property
    def count(self) -> int:
        """Number of photos."""
        return len(self.said)


def evaluate(
    model: Captioner,
    photos: Sequence[Photo],
    decoding: Decoding,
    *,
    batch: int = 16,
    out: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Captions all photos and scores the best caption of each against the photo's own, where it has any.

    Args:
        out: folder where what was said is written as results.json, in COCO's format, before it is scored.
        progress: told (photos done, photos in all).

    Raises:
        ValueError: a photo cannot be read.
    """
    language = model.bundle.vocabulary.language(decoding.language)
    said: dict[int | str, Captioned[Path | Clip]] = {}
    captioned = model.caption_each((photo.source for photo in photos), decoding, batch=batch)
    for photo, result in zip(photos, captioned, strict=True):
        if isinstance(result, Unreadable):
            raise ValueError(f"{result.reason}; `captioner data check` lists all such photos")
        said[photo.id] = result
        progress(len(said), len(photos))
    if out is not None:
        write_results(out, official(said))
    references = {photo.id: photo.captions for photo in photos if photo.captions}
    if not references:
        return Evaluation(said, 0, {}, {}, decoding, model.bundle.about, language)
    texts = {key: said[key].text for key in references}
    scores = score_captions(texts, references, tokenize=scored_words(language))
    found = scores.values, intervals(scores.tallies)
    return Evaluation(said, len(references), *found, decoding, model.bundle.about, language)


def official(said: Mapping[int | str, Captioned[Path | Clip]]) -> list[dict[str, Any]]:
    """What was said in COCO's results format, which its test server takes."""
    return [{"image_id": key, "caption": result.text} for key, result in said.items()]


def caption_result(
    evaluation: Evaluation,
    *,
    data: Mapping[str, str | None],
    further: Sequence[Section] = (),
    items: str = "photos",
) -> Result:
    """What is written and printed of an evaluation.

    Args:
        evaluation: what was said, and its scores.
        data: what was scored: file and split.
        further: what else was measured.
        items: what the photos are called where they are counted.
    """
    content = {
        "scores": evaluation.scores,
        "intervals": {name: [score.low, score.high] for name, score in evaluation.intervals.items()},
        "photos": evaluation.count,
        "scored": evaluation.scored,
        "data": dict(data),
        "search": asdict(evaluation.settings),
        "tokens": about_scored_words(evaluation.language),
    }
    language = evaluation.language
    below = facts([result.text for result in evaluation.said.values()], language=language)
    lines = []
    if unscored := evaluation.count - evaluation.scored:
        lines.append(f"not scored: {unscored} of {evaluation.count} {items} have no caption to compare with")
    if evaluation.scored:
        notes = [] if is_english(language) else [f"language {language}: scores count {about_scored_words(language)}"]
        report = Report(evaluation.scored, items, evaluation.intervals, facts=below, notes=notes)
        lines += table(report, "plain").splitlines()
    return Result(official(evaluation.said), Section(content | {"facts": below}, lines), evaluation.about, further)
