"""A bundle scored on a data set: every photo captioned once, scored by the same code as any result file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isqrt
from pathlib import Path
from typing import Any

from captioner.data.read.records import Photo
from captioner.decoding.settings import Decoding
from captioner.evaluation.faithfulness import Faithfulness
from captioner.files import write_json
from captioner.images import ImageSpec
from captioner.inference import Captioned, Captioner, Unreadable
from captioner.models.provenance import provenance
from captioner.scoring.attention import AttentionScores, Instances, Mention, can_miss, score_attention
from captioner.scoring.captions.scores import score_captions
from captioner.scoring.naming import named, spellings
from captioner.scoring.resample import Interval, intervals


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
    """

    said: dict[int | str, Captioned[Path]]
    scored: int
    scores: dict[str, float]
    intervals: dict[str, Interval]
    settings: Decoding
    about: dict[str, Any]

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
    results: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Captions all photos and scores the best caption of each against the photo's own, where it has any.

    Args:
        results: where what was said is written, in COCO's results format, before it is scored.
        progress: told (photos done, photos in all).

    Raises:
        ValueError: a photo cannot be read.
    """
    said: dict[int | str, Captioned[Path]] = {}
    captioned = model.caption_each((photo.path for photo in photos), decoding, batch=batch)
    for photo, result in zip(photos, captioned, strict=True):
        if isinstance(result, Unreadable):
            raise ValueError(f"{result.reason}; `captioner data check` lists all such photos")
        said[photo.id] = result
        progress(len(said), len(photos))
    if results is not None:
        write_results(results, said)
    references = {photo.id: photo.captions for photo in photos if photo.captions}
    if not references:
        return Evaluation(said, 0, {}, {}, decoding, model.bundle.about)
    scores = score_captions({key: said[key].text for key in references}, references)
    return Evaluation(said, len(references), scores.values, intervals(scores.tallies), decoding, model.bundle.about)


def write_results(path: Path, said: Mapping[int | str, Captioned[Path]]) -> None:
    """Writes what was said in COCO's results format, which its test server takes."""
    write_json(path, [{"image_id": key, "caption": result.text} for key, result in said.items()])


def evaluate_attention(evaluation: Evaluation, instances: Instances, image: ImageSpec) -> AttentionScores | None:
    """Scores where the captions looked when they named an object; None if they named nothing that is there.

    Args:
        instances: the objects of the photos.
        image: what part of a photo the network saw.

    Raises:
        ValueError: the photos are not those of `instances`, or there is no attention.
    """
    names = spellings(instances.categories)
    mentions = []
    for key, result in evaluation.said.items():
        caption = result.captions[0]
        side = isqrt(caption.attention.shape[1])
        if side < 2:
            raise ValueError("this model has no places to look at, so there is no attention to score")
        region = image.region(*instances.size(key))
        for place, category in named(caption.words, names):
            mentions.append(Mention(caption.attention[place], instances.covered(key, category, region, side)))
    return score_attention(mentions) if any(map(can_miss, mentions)) else None


def instances_beside(captions: Path) -> Path | None:
    """The instances file that belongs to a captions file, as COCO names the two, if it is there."""
    path = captions.with_name(captions.name.replace("captions", "instances"))
    return path if path != captions and path.is_file() else None


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    *,
    data: Mapping[str, str | None],
    attention: AttentionScores | None = None,
    faithfulness: Faithfulness | None = None,
) -> None:
    """Writes results.json (COCO's results format) and scores.json (scores with everything that they depend on).

    Args:
        data: what was scored: file and split.
    """
    write_results(folder / "results.json", evaluation.said)
    content: dict[str, Any] = {
        "scores": evaluation.scores,
        "intervals": {name: [score.low, score.high] for name, score in evaluation.intervals.items()},
        "photos": evaluation.count,
        "scored": evaluation.scored,
        "data": dict(data),
        "search": asdict(evaluation.settings),
        "tokens": "COCO evaluation (PTB, lower case, punctuation removed)",
        "made_with": provenance(),
        "bundle": evaluation.about,
    }
    if attention is not None:
        content["attention"] = {
            "mentions": attention.mentions,
            "absent": attention.absent,
            "everywhere": attention.everywhere,
            "pointing": attention.pointing._asdict(),
            "mass": attention.mass._asdict(),
        }
    if faithfulness is not None:
        content["faithfulness"] = {
            "unit": "nats a word",
            "photos": faithfulness.photos,
            "shares": faithfulness.shares,
            "attention": faithfulness.attention._asdict(),
            "random": faithfulness.random._asdict(),
        }
    write_json(folder / "scores.json", content)
