"""Scoring the captions of many photos, from raw strings, next to the official COCO evaluation."""

import random
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import accumulate
from time import perf_counter

from benchmark_scores import REFERENCES, official, ours

from benchmarks.measure import Row, Setup

PHOTOS, QUICK = 40_000, 1_000
WORDS = 9_490


def rows(setup: Setup) -> Iterator[Row]:
    """One row; the official side needs Java and pycocoevalcap, and is left out without them or with `quick`."""
    hypotheses, references = made_up(QUICK if setup.quick else PHOTOS)
    begun = perf_counter()
    found = ours(hypotheses, references)
    seconds, naive = perf_counter() - begun, None
    if find_spec("pycocoevalcap") and shutil.which("java") and not setup.quick:
        begun = perf_counter()
        wanted = official(hypotheses, references)
        naive = perf_counter() - begun
        assert all(abs(found[name] - value) < 1e-6 for name, value in wanted.items()), (
            f"scores differ: {found} {wanted}"
        )
    name = f"scores of {len(hypotheses):,} photos"
    yield Row(name, "s", seconds, naive, None, "less", {"scores": found, "naive": "pycocoevalcap"})


def made_up(photos: int) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Captions of 9 to 14 words, some common and most rare, five references and one hypothesis a photo."""
    generator = random.Random(0)
    spelled = str.maketrans("0123456789", "abcdefghij")  # letters, as captions have; digits within a word are rare
    words = [f"word{rank}".translate(spelled) for rank in range(WORDS)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(WORDS)))

    def caption() -> str:
        return " ".join(generator.choices(words, cum_weights=weights, k=generator.randint(9, 14)))

    keys = [str(number) for number in range(photos)]
    return {key: caption() for key in keys}, {key: [caption() for _ in range(REFERENCES)] for key in keys}
