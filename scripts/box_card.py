"""The card of the model in the box, README.md beside its graphs: data, sizes, scores with intervals, limits, terms.

    python scripts/box_card.py runs/box --limits limits.md

Reads what scripts/make_box.sh left in the folder: model/, and captions_SPLIT/ and answers_SPLIT/ with their scores.
"""

import argparse
from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import Any

from captioner.files import read_json, read_text, write_text
from captioner.models.doubt import load_doubts
from captioner.models.exported import open_exported
from captioner.models.provenance import provenance
from captioner.training.run.telling.card import ATTENTION, BIAS, LIMITS, SEEN

SCORES = {"bleu1": "BLEU-1", "bleu4": "BLEU-4", "rouge_l": "ROUGE-L", "cider": "CIDEr", "cider_d": "CIDEr-D"}
TERMS = """The encoder's weights are EfficientNet-Lite2 of Google (https://github.com/tensorflow/tpu, folder
`efficientnet/lite`), Copyright The TensorFlow Authors, for PyTorch by ML Illustrated, Copyright 2020, both under the
Apache License 2.0, whose text is `captioner/box/LICENSE-APACHE-2.0.txt`; they are changed here: rounded to 8 or 16 bits
and, where the recipe says so, trained further. The rest was learned from data whose photos and captions are for
research and education, so the box is for that. Whoever uses it for something else asks the owners of the data, or
trains a model of their own."""
SOURCES = """- Flickr8k: Hodosh, Young & Hockenmaier 2013, Framing image description as a ranking task. JAIR 47.
- Flickr30k Entities (boxes of phrases): Plummer et al. 2015, arXiv:1505.04870.
- EfficientNet: Tan & Le 2019, arXiv:1905.11946."""

FRAMES = "- MSR-VTT (frames): Xu et al. 2016, MSR-VTT: A large video description dataset. CVPR."


def card(work: Path, limits: str | None) -> str:
    """The card, in Markdown."""
    model = work / "model"
    config, known = read_json(model / "exported.json"), open_exported(model).answers
    answers = 0 if known is None else len(known)
    size = sum(path.stat().st_size for path in model.iterdir()) / 1e6
    usual = [LIMITS[head].format(answers=answers) for head in config["heads"]] + [SEEN, ATTENTION, BIAS]
    blocks = [
        "# The model in the box",
        f"It captions photos{' and answers questions about them' if answers else ''}, without torch: `captioner caption"
        " photo.jpg`.",
        f"Its files take {size:.1f} MB, a weight {config['bits']} bits; a photo is seen as {config['image']['size']} x"
        f" {config['image']['size']} pixels.",
        "## Data",
        "\n".join(data(config["about"].get("train", {}))),
        "## Scores",
        "Beam 5, of the files in the package; 95 % intervals.",
        "\n".join(scores(work)),
        "## How sure it is",
        "\n".join(
            f"- {head}: of what it says least surely {one.shares[0]:.0%} is right, of what it says most surely"
            f" {one.shares[-1]:.0%} (`{one.source}`, {one.counted:,})"
            for head, one in load_doubts(model).items()
        ),
        "## What it is bad at",
        limits or "\n".join(f"- {each}" for each in usual),
        "## Terms",
        TERMS,
        "## Sources",
        SOURCES + f"\n{FRAMES}" * (work / "data").is_dir(),
        "## Made with",
        ", ".join(f"{what} {version}" for what, version in provenance().items() if version) + ".",
    ]
    return "\n\n".join(blocks) + "\n"


def data(train: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A line for each file that it learned from."""
    for kind, facts in train.items():
        photos = f" of {facts['photos']:,} photos" if "photos" in facts else ""
        yield f"- {facts['count']:,} {kind}{photos} (`{Path(facts['file']).name}`)"


def scores(work: Path) -> Iterator[str]:
    """The rows of a table of whatever was scored."""
    yield "| split | score | value | interval | of |"
    yield "| --- | --- | --- | --- | --- |"
    for split in ("val", "test"):
        found = read_json(work / f"captions_{split}/scores.json")
        for name, title in SCORES.items():
            low, high = (100 * each for each in found["intervals"][name])
            value = f"{100 * found['scores'][name]:.1f} | {low:.1f} … {high:.1f}"
            yield f"| {split} | {title} | {value} | {found['scored']:,} photos |"
        if not (work / f"answers_{split}").is_dir():
            continue
        asked = read_json(work / f"answers_{split}/scores.json")
        share, count = asked["scores"]["accuracy"], asked["scored"]
        off = 100 * 1.96 * sqrt(share * (1 - share) / count)
        value = f"{100 * share:.1f} | {100 * share - off:.1f} … {100 * share + off:.1f}"
        yield f"| {split} | answers right | {value} | {count:,} questions |"


def main() -> None:
    """Writes the card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder of scripts/make_box.sh's training")
    parser.add_argument("--limits", type=Path, metavar="FILE", help="Markdown about what it is bad at")
    arguments = parser.parse_args()
    limits = read_text(arguments.limits).strip() if arguments.limits else None
    write_text(arguments.work / "model/README.md", card(arguments.work, limits))


if __name__ == "__main__":
    main()
