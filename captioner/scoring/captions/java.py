"""METEOR 1.5 and SPICE, which exist in Java only, through pycocoevalcap.

Denkowski and Lavie 2014 (aclanthology.org/W14-3348) and Anderson et al. 2016 (arXiv:1607.08822).
"""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from captioner.scoring.tally import Floats, Tally, means

Pairs = list[tuple[list[str], list[list[str]]]]

ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75  # METEOR's own for English
MATCHERS = np.array([1.0, 0.6, 0.8, 0.6])  # weights of equal words, equal stems, synonyms, paraphrases
# Columns of METEOR's counts. What has two columns has one for the hypothesis and one for the reference.
WORDS, FUNCTION_WORDS = slice(0, 2), slice(2, 4)
BY_MATCHER = slice(4, 20)  # for each matcher the content words matched (2), then the function words matched (2)
CHUNKS, MATCHED = 20, slice(21, 23)
COLUMNS = 23


def missing() -> dict[str, str]:
    """What keeps METEOR and SPICE from being computed, and how to get it; empty where nothing does."""
    if find_spec("pycocoevalcap") is None:
        reason = "pycocoevalcap is not installed: pip install 'captioner[java]'"
    elif shutil.which("java") is None:
        reason = "there is no java on the PATH: install a Java runtime, such as Debian's default-jre-headless"
    elif not any((package_folder() / "spice" / "lib").glob("stanford-corenlp-*-models.jar")):
        fetch = "from pycocoevalcap.spice.get_stanford_models import get_stanford_models as get; get()"
        return {"spice": f'its language models are not there: python -c "{fetch}" fetches them'}
    else:
        return {}
    return {"meteor": reason, "spice": reason}


def package_folder() -> Path:
    """Where pycocoevalcap lies."""
    spec = find_spec("pycocoevalcap")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def meteor(photos: Pairs) -> Tally:
    """METEOR of the set and of each photo, fractions from 0 to 1.

    Java aligns the words and counts the matches; the score is made from the counts here, so that they can be summed.

    Raises:
        ValueError: the Java process ended.
    """
    from pycocoevalcap.meteor.meteor import Meteor

    process = Meteor()
    rows = []
    for hypothesis, references in photos:
        try:
            line = process._stat(" ".join(hypothesis), [" ".join(reference) for reference in references])
        except BrokenPipeError:
            line = ""
        rows.append(line.split())
        if len(rows[-1]) != COLUMNS:
            raise ValueError(f"METEOR's Java process ended: it answered {line!r:.60} instead of {COLUMNS} counts")
    counts = np.array(rows, dtype=np.float64)
    # A caption matched whole, in one piece, has no penalty: METEOR sums its pieces as 0.
    counts[(counts[:, CHUNKS] == 1) & (counts[:, MATCHED] == counts[:, WORDS]).all(-1), CHUNKS] = 0
    return Tally(("meteor",), counts, meteor_score)


def meteor_score(sums: Floats, photos: int) -> Floats:
    """METEOR of summed counts, (..., 23) to (..., 1)."""
    words, function_words = sums[..., WORDS], sums[..., FUNCTION_WORDS]
    by_matcher = sums[..., BY_MATCHER].reshape(*sums.shape[:-1], len(MATCHERS), 2, 2)
    content_matched, function_matched = by_matcher[..., 0, :], by_matcher[..., 1, :]
    matched = (MATCHERS[:, None] * (DELTA * content_matched + (1 - DELTA) * function_matched)).sum(-2)
    size = DELTA * (words - function_words) + (1 - DELTA) * function_words
    precision, recall = np.moveaxis(divide(matched, size), -1, 0)
    mean = divide(precision * recall, ALPHA * precision + (1 - ALPHA) * recall)
    pieces = divide(sums[..., CHUNKS], sums[..., MATCHED].mean(-1))
    return (mean * (1 - GAMMA * pieces**BETA))[..., None]


def divide(top: Floats, bottom: Floats) -> Floats:
    """The quotient, 0 where there is nothing to divide by."""
    return np.divide(top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom != 0)


def spice(photos: Pairs) -> Tally:
    """SPICE of the set and of each photo, fractions from 0 to 1: the F-score of what is said to be there.

    Raises:
        ValueError: the Java process failed.
    """
    from pycocoevalcap.spice.spice import Spice

    said = {number: [" ".join(hypothesis)] for number, (hypothesis, _) in enumerate(photos)}
    wanted = {number: [" ".join(one) for one in references] for number, (_, references) in enumerate(photos)}
    try:
        _, scores = Spice().compute_score(wanted, said)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ValueError(f"SPICE's Java process failed ({error}); it was made for Java 8") from None
    return means(("spice",), [np.array([each["All"]["f"] for each in scores], dtype=np.float64)])
