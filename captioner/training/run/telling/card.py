"""The model card, README.md of a bundle: what it does, the data, the scores, the limits, the licence."""

from pathlib import Path
from typing import Any

from captioner.models.bundle import Bundle
from captioner.models.provenance import provenance

TASKS = {
    "captions": "image-to-text",
    "answers": "visual-question-answering",
    "text": "text-generation",
    "translation": "translation",
}
DOES = {
    "captions": "says captions of photos",
    "answers": "answers questions about photos",
    "text": "writes on from a text",
    "translation": "translates sentences",
}
USE = {
    "captions": "captioner caption --model BUNDLE photo.jpg",
    "answers": 'captioner ask --model BUNDLE photo.jpg "what is on the table?"',
    "text": 'captioner write --model BUNDLE --prompt "It was"',
    "translation": 'captioner translate --model BUNDLE "A dog runs."',
}
LIMITS = {
    "captions": "It names the wrong colour, count, action or person in many captions; do not act on one unchecked.",
    "answers": "It always answers with one of the {answers} answers that it knows, whether the photo tells or not.",
    "text": "It knows how its training text looks, and nothing about the world; what it writes is made up.",
    "translation": "It leaves out, adds and confuses things, in sentences unlike its training ones in most of them.",
}
SEEN = "Photos unlike those that it was trained on, and what their annotators left unsaid, it describes badly."
ATTENTION = "Attention shows where the network looked, not why it said a word."
BIAS = "What its training texts hold about people, it repeats."


def model_card(bundle: Bundle, name: str) -> str:
    """The card, in Markdown, with the header that the Hugging Face hub reads.

    Args:
        bundle: with `scores`, `train` and, where it was stated, `licence` in what it tells about itself.
        name: of the model.
    """
    about, heads = bundle.about, bundle.heads
    blocks = [
        _header(heads, about.get("licence")),
        f"# {name}",
        f"A captioner model that {' and '.join(DOES[head] for head in heads)}. {_network(bundle)}",
        "```\n" + "\n".join(USE[head] for head in heads) + " --photo dog.jpg" * bundle.settings.sentences + "\n```",
        "## Data",
        _table("Trained on", "file", "photos", "texts", rows=_data(about["train"])),
        "## Scores",
        f"Of the validation split, which chose epoch {about['epoch'] + 1}; expect less of a test split.",
        _table(
            "score", "value", rows=[(score.removeprefix("val/"), f"{x:.4g}") for score, x in about["scores"].items()]
        ),
        "## Limits",
        "\n".join(f"- {limit}" for limit in _limits(bundle)),
        "## Licence",
        about.get("licence") or "None was stated.",
        "The weights were made from the data above and, where the encoder came trained, from its weights:"
        " whoever shares or uses them keeps the terms of both.",
        "## Made with",
        ", ".join(f"{what} {version}" for what, version in provenance().items() if version) + f"; {about['made']}.",
    ]
    return "\n\n".join(blocks) + "\n"


def _header(heads: list[str], licence: str | None) -> str:
    lines = ["library_name: captioner", f"pipeline_tag: {TASKS[heads[0]]}", "tags:"]
    lines += [f"- {TASKS[head]}" for head in heads]
    stated = [f"license: {licence.lower()}"] if licence else []
    return "\n".join(["---", *stated, *lines, "---"])


def _network(bundle: Bundle) -> str:
    settings, network = bundle.settings, bundle.network
    core = settings.core
    parts = [f"{core.layers} layer{'s' * (core.layers > 1)} of {core.cell.upper()}, state {core.state}"]
    if bundle.transform is not None:
        looks = "no attention" if core.attention == "none" else f"{core.attention} attention"
        size = bundle.transform.size
        parts += [f"encoder {settings.encoder.name}", looks, f"photos of {size} x {size} pixels"]
    if settings.reads:
        parts += [f"a two-way reader of {settings.reader.cell.upper()}, state {settings.reader.state}"]
    parts += [f"{bundle.vocabulary.known:,} {bundle.vocabulary.unit}"]
    parts += [f"{sum(weight.numel() for weight in network.own_state().values()):,} weights"]
    return "It has " + ", ".join(parts) + "."


def _data(train: dict[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    """What is told of each file; of its path the name only."""
    return [
        (kind, Path(facts["file"]).name, f"{facts['photos']:,}" if "photos" in facts else "", f"{facts['count']:,}")
        for kind, facts in train.items()
    ]


def _limits(bundle: Bundle) -> list[str]:
    answers = len(bundle.answers) if bundle.answers is not None else 0
    limits = [LIMITS[head].format(answers=answers) for head in bundle.heads]
    seen = [] if bundle.transform is None else [ATTENTION] if bundle.settings.sentences else [SEEN, ATTENTION]
    return [*limits, *seen, BIAS]


def _table(*header: str, rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
