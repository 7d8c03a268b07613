"""A translator scored on sentences with their translations, by sacrebleu."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from captioner.data.read.pairs import Pair
from captioner.decoding.settings import Decoding
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
    batch: int = 32,
    out: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Translates all sentences and scores them against those of people.

    Args:
        model: a translator.
        pairs: sentences with their references.
        decoding: the search.
        data: what is scored: files.
        batch: sentences at once; those of about equal lengths are taken together.
        out: folder where what was said is written before it is scored.
        progress: told (sentences done, sentences in all).

    Raises:
        ValueError: a sentence cannot be read, or sacrebleu is not installed.
    """
    order = sorted(range(len(pairs)), key=lambda place: len(pairs[place].source))
    said = dict[int, str]()
    each = model.translate_each((pairs[place].source for place in order), decoding, batch=batch)
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
        "search": asdict(decoding),
        "signatures": scores.signatures,
    }
    lines = plain(Report(len(pairs), "sentences", found, notes=list(scores.signatures.values()))).splitlines()
    return Result(told, Section(content, lines), model.bundle.about)
