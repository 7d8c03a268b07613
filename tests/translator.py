"""Little translators for tests: an untrained one, and one that learned to say eight sentences from their end."""

from pathlib import Path

import pytest
import torch

from captioner.data.feed.datasets import PhotoSource
from captioner.data.feed.pairs import PairBatches
from captioner.data.read.pairs import Pair
from captioner.images import ImageSpec
from captioner.models.bundle import Bundle, save_bundle
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings, ReaderSettings
from captioner.text.vocabulary import Vocabulary
from captioner.training.tasks.caption_part import CaptionPart
from captioner.training.tasks.translation import look

SENTENCES = (
    "a dog runs",
    "two red birds sing",
    "a man sleeps",
    "the sun is big, and red",
    "one dog and two birds",
    "a big man sings",
    "birds run",
    "the dog is red",
)
IMAGE = ImageSpec(size=32)
REVERSED = tuple(" ".join(reversed(sentence.split())) for sentence in SENTENCES)


def translator(
    cell="gru", *, width: int = 32, texts=SENTENCES, pieces: int = 60, seed: int = 1, sees: bool = False
) -> Bundle:
    """Untrained, and bold enough to say different things of different sentences, and of photos if it sees any."""
    pytest.importorskip("tokenizers", reason="needs tokenizers: pip install 'captioner[translate]'")
    vocabulary = Vocabulary.of_subwords(texts, pieces)
    torch.manual_seed(seed)
    settings = NetworkSettings(
        EncoderSettings("small", "none", side=2) if sees else EncoderSettings("reader", "none"),
        CoreSettings(cell=cell, embedding=width, state=width, grid=width, width=width, gate=False),
        reader=ReaderSettings(cell, width),
        dropout=0.0,
        sentences=sees,
    )
    network = Network(settings, vocabulary=len(vocabulary))
    torch.nn.init.normal_(network.words.weight)
    return Bundle(settings, network.eval(), vocabulary, IMAGE if sees else None, {"languages": ["en", "ne"]})


def learn(
    bundle: Bundle,
    pairs: list[Pair],
    *,
    epochs: int,
    size: int = 8,
    rate: float = 0.01,
    seen: PhotoSource | None = None,
) -> Bundle:
    """Trains it as the task does, without a trainer."""
    network, epoch = bundle.network.train(), 0
    torch.nn.init.normal_(network.words.weight, std=network.words.weight.shape[1] ** -0.5)
    part = CaptionPart(network, 0.0, 0.0, 0.0, {})
    batches = PairBatches(pairs, bundle.vocabulary, size, longest=50, epoch=lambda: epoch, seen=seen)
    adam = torch.optim.Adam(network.parameters(), lr=rate)
    for epoch in range(epochs):  # noqa: B007  # which the batches ask for
        for batch in batches:
            loss = part.loss(look(network, batch), batch, bundle.vocabulary, own=0.0)
            adam.zero_grad()
            loss.total.backward()
            adam.step()
    network.eval()
    return bundle


def save(folder: Path, *, sees: bool = False) -> Path:
    """An untrained one on disk."""
    save_bundle(folder, translator(sees=sees))
    return folder
