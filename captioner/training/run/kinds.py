"""What a recipe can train: `task: photos` is captions and questions, `text` a language model, `translate` that."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pytorch_lightning.callbacks import Callback

from captioner.files import read_text
from captioner.training.data.pairs import PairData
from captioner.training.data.photos import CaptionData
from captioner.training.data.text import TextData
from captioner.training.run.callbacks import Samples, TextSamples, TranslationSamples
from captioner.training.run.telling.report import sentences, texts, tokens
from captioner.training.tasks.photos import CaptionTask
from captioner.training.tasks.text import TextTask
from captioner.training.tasks.translation import TranslationTask

KindName = Literal["photos", "text", "translate"]


class Kind(NamedTuple):
    """One kind of task, with its data and what is told of it."""

    name: KindName
    task: type[CaptionTask] | type[TextTask] | type[TranslationTask]
    data: type[CaptionData] | type[TextData] | type[PairData]
    run: str
    """The run's folder, if none is named."""
    monitor: str
    """The score that chooses the best epoch, if none is named."""
    best: Literal["max", "min"]
    links: Mapping[str, str]
    """Facts of the data that are settings of the task."""
    told: Callable[[], Callback]
    """The callback of `fit` that shows samples."""
    unit: str
    """What a step reads, in the plural."""
    count: Callable[[Any], int]
    """How many of them a batch has."""


KINDS: dict[str, Kind] = {
    "photos": Kind(
        name="photos",
        task=CaptionTask,
        data=CaptionData,
        run="runs/captions",
        monitor="val/cider_d_greedy",
        best="max",
        links={
            "vocabulary_size": "vocabulary_size",
            "answer_count": "answers",
            "captions": "captions",
            "languages": "languages",
            "kinds": "kinds",
        },
        told=Samples,
        unit="texts",
        count=texts,
    ),
    "text": Kind(
        name="text",
        task=TextTask,
        data=TextData,
        run="runs/text",
        monitor="val/bits_per_character",
        best="min",
        links={"vocabulary_size": "vocabulary_size", "tokenizer": "tokenizer"},
        told=TextSamples,
        unit="tokens",
        count=tokens,
    ),
    "translate": Kind(
        name="translate",
        task=TranslationTask,
        data=PairData,
        run="runs/translation",
        monitor="val/bleu_greedy",
        best="max",
        links={"vocabulary_size": "vocabulary_size"},
        told=TranslationSamples,
        unit="sentences",
        count=sentences,
    ),
}


def chosen(arguments: Sequence[str]) -> Kind:
    """The kind that the command line names, or else the last of its recipes that names one; photos if none does.

    The settings of the kinds differ, so this is read before all others. What is not as it should be (a recipe that
    does not exist, a kind that is unknown) is left to the parser of all settings, which says so.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config", "-c", action="append", default=[], type=Path)
    parser.add_argument("--task")
    given, _ = parser.parse_known_args(list(arguments))
    recipes = [read_text(path) for path in given.config if path.is_file()]
    named = [name for recipe in recipes for name in re.findall(r"^task: *(\w+)", recipe, re.MULTILINE)]
    name = given.task or (named or ["photos"])[-1]
    return KINDS.get(name, KINDS["photos"])
