"""A small untrained bundle with both heads, or one of them, for tests of whatever opens bundles."""

from pathlib import Path
from typing import Literal

import torch

from captioner.images import ImageSpec
from captioner.models.bundle import Bundle, save_bundle
from captioner.nn.network import Network
from captioner.nn.settings import AnswerSettings, CoreSettings, EncoderSettings, EvidenceSettings, NetworkSettings
from captioner.text.answer_list import AnswerList
from captioner.text.nouns import Nouns
from captioner.text.vocabulary import Vocabulary

ANSWERS = AnswerList(("2", "table", "chair", "red"))
VOCABULARY = Vocabulary.build(["what is on the table", "how many chairs are there"], min_count=1)
NOUNS = Nouns.of(VOCABULARY)


def save(
    folder: Path,
    *,
    captions: bool = True,
    answers: bool = True,
    loss: Literal["cross_entropy", "binary"] = "cross_entropy",
    evidence: bool = False,
) -> Path:
    """Writes the bundle and gives its folder."""
    torch.manual_seed(0)
    settings = NetworkSettings(
        EncoderSettings("small", "none"),
        CoreSettings(embedding=8, state=9, grid=10, width=6),
        AnswerSettings(width=7, loss=loss),
        EvidenceSettings("imagenet", kinds=len(NOUNS.kinds)) if evidence else EvidenceSettings(),
    )
    words = NOUNS.vocabulary if evidence else VOCABULARY
    network = Network(settings, vocabulary=len(words), answers=len(ANSWERS) * answers, captions=captions)
    if network.evidence is not None:
        network.evidence.fill(NOUNS)
        torch.nn.init.normal_(network.evidence.gate.weight)  # else a noun and its source might change places, unnoticed
    image = ImageSpec(size=32)
    save_bundle(folder, Bundle(settings, network.eval(), words, image, {}, ANSWERS if answers else None))
    return folder
