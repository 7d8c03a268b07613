"""Do the scores agree with people? Kendall's tau with the experts' judgments of Flickr8k, beside the published values.

    python scripts/human_judgments.py ../shared/data/flickr8k --java

Three experts judged from 1 to 4 how well a caption fits a photo (Hodosh et al. 2013). These conventions, found by
trying others too, give the published tau_c to the digit:

- The 158 pairs are left out whose caption is one of the photo's own five; with them tau_c is 4 to 5 points higher.
- Each of the three judgments counts by itself; their mean or median gives up to 3 points more.
- Every pair is an item of its own, with all five captions of its photo as references; CIDEr's document frequencies are
  counted over the 5,664 pairs. Per-item BLEU, and tokens as in the COCO evaluation.
- tau_c is the variant of Stuart (1953), for four levels of judgment; tau_b differs by a few tenths.

Published: Hessel et al. 2021 (CLIPScore, arXiv:2104.08718), after Anderson et al. 2016. "CIDEr" there is CIDEr-D.
"""

import argparse
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.files import read_text
from captioner.scoring.captions import java
from captioner.scoring.captions.scores import CaptionScores, score_captions
from captioner.scoring.tally import Floats, Ints

PUBLISHED = {"bleu1": 32.3, "bleu4": 30.8, "rouge_l": 32.3, "meteor": 41.8, "cider_d": 43.9, "spice": 44.9}


class Judged(NamedTuple):
    """Captions judged for photos.

    Attributes:
        said: pair: the judged caption.
        references: pair: the captions of the photo.
        judgments: from 1 (unrelated) to 4 (right), (pairs, 3).
    """

    said: dict[int, str]
    references: dict[int, list[str]]
    judgments: Ints


def read_judged(folder: Path) -> Judged:
    """Reads Flickr8k's expert judgments without the captions of the photos themselves.

    Raises:
        FileNotFoundError: the folder has no Flickr8k.token.txt or no ExpertAnnotations.txt.
    """
    captions, of_photo = {}, defaultdict(list)
    for line in read_text(folder / "Flickr8k.token.txt").splitlines():
        name, caption = line.split("\t")
        captions[name] = caption
        of_photo[name.partition("#")[0]].append(caption)
    rows = [line.split() for line in read_text(folder / "ExpertAnnotations.txt").splitlines()]
    rows = [row for row in rows if row[1].partition("#")[0] != row[0]]
    return Judged(
        said={pair: captions[row[1]] for pair, row in enumerate(rows)},
        references={pair: of_photo[row[0]] for pair, row in enumerate(rows)},
        judgments=np.array([row[2:] for row in rows], dtype=np.int64),
    )


def kendall(scores: Floats, levels: Ints) -> tuple[float, float]:
    """Kendall's tau_c and tau_b of scores with judgments of a few levels, both (items).

    Pairs of items in the same order minus pairs in the opposite order, over the most there could be: given the number
    of levels (tau_c), or given the ties of both sides (tau_b).
    """
    groups = [np.sort(scores[levels == level]) for level in np.unique(levels)]
    surplus = 0
    for lower, higher in combinations(groups, 2):
        below = np.searchsorted(lower, higher, side="left").sum()
        not_above = np.searchsorted(lower, higher, side="right").sum()
        surplus += int(below - (len(lower) * len(higher) - not_above))
    items, fewest = len(scores), min(len(groups), len(np.unique(scores)))
    untied = [items * (items - 1) / 2 - tied_pairs(each) for each in (scores, levels)]
    return 2 * surplus * fewest / (items**2 * (fewest - 1)), surplus / float(np.sqrt(np.prod(untied)))


def tied_pairs(values: Floats | Ints) -> float:
    """Pairs of items with equal values."""
    times = np.unique(values, return_counts=True)[1]
    return float((times * (times - 1) / 2).sum())


def correlations(scores: CaptionScores[int], judgments: Ints) -> dict[str, tuple[float, float]]:
    """tau_c and tau_b by name of the score; each judgment counts by itself."""
    per_pair = scores.per_image
    judges = judgments.shape[1]
    return {
        name: kendall(np.repeat([per_pair[pair][name] for pair in scores.ids], judges), judgments.ravel())
        for name in scores.values
    }


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="Flickr8k's text: Flickr8k.token.txt, ExpertAnnotations.txt")
    parser.add_argument("--java", action="store_true", help="METEOR and SPICE too")
    arguments = parser.parse_args()
    judged = read_judged(arguments.folder)
    families = {"meteor": java.meteor, "spice": java.spice} if arguments.java else {}
    lacking = java.missing()
    further = [family for name, family in families.items() if name not in lacking]
    found = correlations(score_captions(judged.said, judged.references, further=further), judged.judgments)
    print(f"{judged.judgments.size:,} judgments of {len(judged.said):,} captions, times 100")
    print(f"{'':8}{'tau_c':>8}{'tau_b':>8}{'published tau_c':>18}")
    for name, (tau_c, tau_b) in found.items():
        print(f"{name:8}{100 * tau_c:8.1f}{100 * tau_b:8.1f}{PUBLISHED.get(name, ''):>18}")


if __name__ == "__main__":
    main()
