"""What a network begins with: what a bundle has learned, or the principal components of what its encoder says."""

from dataclasses import asdict, replace
from itertools import islice
from typing import Any

import torch
from pytorch_lightning.strategies import Strategy
from torch.utils.data import DataLoader

from captioner.models.bundle import Bundle
from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.encoder.recutting import take_over
from captioner.nn.network import Network
from captioner.nn.settings import NetworkSettings
from captioner.text.answer_list import AnswerList
from captioner.training.overruled import tell_overruled
from captioner.training.tasks.caption_part import Batch

DECIDED = ("weights", "trainable_stages", "answers", "evidence", "dropout", "channel_dropout", "photo_dropout")
"""Settings of a network that a recipe decides although it starts from a bundle; its weights are the bundle's."""
ENOUGH = 1000
"""Photos whose places tell the components."""


@torch.no_grad()
def network_from(
    bundle: Bundle, settings: NetworkSettings, *, vocabulary: int, answers: int, captions: bool
) -> Network:
    """A network of the bundle's shape and weights, with room for more words behind the bundle's own.

    An answer head is new: `take_answers` gives it what the bundle's has learned.

    Args:
        bundle: gives encoder, core and caption head.
        settings: give the dropouts, the shape of the answer head, and how many stages of the encoder are trained now.
        vocabulary: number of words, the bundle's first.
        answers: number of answers.
        captions: whether captions are trained too; otherwise there is no caption head.

    Raises:
        ValueError: evidence is wanted, and the bundle has none.
    """
    if settings.evidence.nouns != "none" and bundle.network.evidence is None:
        raise ValueError(
            "model.network.evidence cannot be added to a bundle that was trained without; leave it out, or train anew"
        )
    tell_overruled("model.network", settings, bundle.settings, apart=DECIDED)
    shape = replace(
        bundle.settings,
        encoder=replace(bundle.settings.encoder, trainable_stages=settings.encoder.trainable_stages),
        answers=settings.answers,
        evidence=replace(settings.evidence, nouns=bundle.settings.evidence.nouns, kinds=bundle.settings.evidence.kinds),
        dropout=settings.dropout,
        channel_dropout=settings.channel_dropout,
        photo_dropout=settings.photo_dropout,
    )
    network = Network(shape, vocabulary=vocabulary, answers=answers, captions=captions)
    own, recut = network.state_dict(), shape.encoder != bundle.settings.encoder
    for name, value in bundle.network.own_state().items():
        if name in own and not name.startswith(("answers.", "encoder.") if recut else "answers."):
            place = own[name] if value.ndim == 0 else own[name][: len(value)]
            place.copy_(value)
    if recut:
        cut = GridEncoder(**asdict(replace(bundle.settings.encoder, weights="none")))
        cut.load_state_dict(bundle.network.encoder.state_dict())
        take_over(network.encoder.parts, cut.parts)
    return network


@torch.no_grad()
def take_answers(network: Network, bundle: Bundle, answers: AnswerList | None) -> None:
    """Gives a network's answer head what the bundle's has learned, if their settings agree, but for the dropout.

    The classifier has a row for each answer: answers that both know keep theirs, and others are new.
    """
    head = replace(bundle.settings.answers, dropout=network.settings.answers.dropout)
    if network.answers is None or answers is None or bundle.answers is None or head != network.settings.answers:
        return
    places = {answer: place for place, answer in enumerate(bundle.answers.answers)}
    known = [(place, places[answer]) for place, answer in enumerate(answers.answers) if answer in places]
    own_rows, learned_rows = torch.tensor(known, dtype=torch.long).reshape(-1, 2).unbind(1)
    learned = bundle.network.own_state()
    for name, value in network.state_dict().items():
        if name.startswith("answers.answers."):
            value[own_rows] = learned[name][learned_rows].to(value)
        elif name.startswith("answers."):
            value.copy_(learned[name])


@torch.no_grad()
def find_components(network: Network, batches: DataLoader[Any], strategy: Strategy) -> None:
    """Finds the components that the core's grid shall hold; all processes take those of the first.

    Args:
        batches: of train photos.
    """
    core, encoder = network.core, network.encoder
    device = core.project.weight.device

    def features(batch: Batch) -> torch.Tensor:
        if "pixels" in batch:
            return encoder(batch["pixels"].to(device))
        return encoder.finish(batch["features"].to(device).float())

    core.project.find_components(features(batch) for batch in islice(batches, -(-ENOUGH // (batches.batch_size or 1))))
    for parameter in core.project.parameters():
        parameter.copy_(strategy.broadcast(parameter))
