"""A bundle scored on a data set: every photo captioned once, scored by the same code as any result file."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from captioner import __version__
from captioner.data.records import Photo
from captioner.decoding.settings import Decoding
from captioner.files import write_json
from captioner.inference import Captioned, Captioner, Unreadable
from captioner.scoring.captions import score_captions


@dataclass(frozen=True)
class Evaluation:
    """What was said of each photo, and how it scores.

    Attributes:
        said: the best caption of each photo, with its attention.
        scores: by name; BLEU and ROUGE-L from 0 to 1, CIDEr and CIDEr-D from 0 to 10.
        settings: the search.
        about: what the bundle tells of itself.
    """

    said: dict[int | str, Captioned[Path]]
    scores: dict[str, float]
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
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Captions all photos and scores the best caption of each against the photo's own.

    Args:
        progress: told (photos done, photos in all).

    Raises:
        ValueError: a photo cannot be read, or has no caption to compare with.
    """
    said: dict[int | str, Captioned[Path]] = {}
    results = model.caption_each((photo.path for photo in photos), decoding, batch=batch)
    for photo, result in zip(photos, results, strict=True):
        if isinstance(result, Unreadable):
            raise ValueError(f"{result.reason}; `captioner data check` lists all such photos")
        said[photo.id] = result
        progress(len(said), len(photos))
    references = {photo.id: photo.captions for photo in photos}
    scores = score_captions({key: result.text for key, result in said.items()}, references)
    return Evaluation(said, scores.values, decoding, model.bundle.about)


def write_evaluation(folder: Path, evaluation: Evaluation) -> None:
    """Writes results.json (COCO's results format) and scores.json (scores with everything that they depend on)."""
    results = [{"image_id": key, "caption": result.text} for key, result in evaluation.said.items()]
    write_json(folder / "results.json", results)
    content = {
        "scores": evaluation.scores,
        "photos": evaluation.count,
        "search": asdict(evaluation.settings),
        "tokens": "COCO evaluation (PTB, lower case, punctuation removed)",
        "captioner": __version__,
        "bundle": evaluation.about,
    }
    write_json(folder / "scores.json", content)
