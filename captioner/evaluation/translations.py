"""A translator scored on sentences with their translations, by sacrebleu."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from captioner.data.read.pairs import Pair
from captioner.decoding.settings import Decoding
from captioner.evaluation.answers import ring
from captioner.evaluation.result import Result, Section, write_results
from captioner.inference import Captioner, Unreadable
from captioner.scoring.resample import intervals
from captioner.scoring.table import Report, plain
from captioner.scoring.translations import score_translations


def evaluate_translations(
    model: Captioner,
    pairs: Sequence[Pair],
    decoding: Decoding,
    *,
    data: dict[str, str],
    exchange_seed: int | None = None,
    batch: int = 32,
    out: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Translates all sentences and scores them against those of people.

    Args:
        model: a translator.
        pairs: sentences with their references, and photos where there are some.
        decoding: the search.
        data: what is scored: files.
        exchange_seed: puts another photo beside each sentence that has one, chosen at random; so the scores show how
            much the network looks (Elliott 2018).
        batch: sentences at once; those of about equal lengths are taken together.
        out: folder where what was said is written before it is scored.
        progress: told (sentences done, sentences in all).

    Raises:
        ValueError: a sentence or a photo cannot be read, photos are to be exchanged and there are not two, or sacrebleu
            is not installed.
    """
    photos = [pair.photo for pair in pairs]
    if exchange_seed is not None:
        photos = exchanged(photos, exchange_seed)
    order = sorted(range(len(pairs)), key=lambda place: len(pairs[place].source))
    said = dict[int, str]()
    beside = [photos[place] for place in order] if any(photos) else None
    each = model.translate_each((pairs[place].source for place in order), decoding, photos=beside, batch=batch)
    for place, result in zip(order, each, strict=True):
        if isinstance(result, Unreadable):
            raise ValueError(f"line {place + 1}: {result.reason}")
        said[place] = result.text
        progress(len(said), len(pairs))
    told = [{"source": pair.source, "translation": said[place]} for place, pair in enumerate(pairs)]
    if out is not None:
        write_results(out, told)
    scores = score_translations([said[place] for place in range(len(pairs))], [pair.target for pair in pairs])
    found = intervals(scores.tallies)
    content = {
        "scores": scores.values,
        "intervals": {name: [score.low, score.high] for name, score in found.items()},
        "sentences": len(pairs),
        "data": data,
        "photos_exchanged_with_seed": exchange_seed,
        "search": asdict(decoding),
        "signatures": scores.signatures,
    }
    lines = plain(Report(len(pairs), "sentences", found, notes=list(scores.signatures.values()))).splitlines()
    return Result(told, Section(content, lines), model.bundle.about)


def exchanged(photos: Sequence[Path | None], seed: int) -> list[Path | None]:
    """Gives each sentence that has a photo another one's, in one ring drawn at random.

    Raises:
        ValueError: there are not two.
    """
    places = [place for place, photo in enumerate(photos) if photo is not None]
    if len(places) < 2:
        raise ValueError("photos can be exchanged among two sentences or more that have one; name them by --photos")
    others = ring(places, seed)
    return [photos[others.get(place, place)] for place in range(len(photos))]
