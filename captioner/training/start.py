"""A network that begins with what a bundle has learned."""

from dataclasses import replace

import torch

from captioner.bundle import Bundle
from captioner.nn.network import Network
from captioner.nn.settings import NetworkSettings


@torch.no_grad()
def network_from(
    bundle: Bundle, settings: NetworkSettings, *, vocabulary: int, answers: int, captions: bool
) -> Network:
    """A network of the bundle's shape and weights, with room for more words behind the bundle's own.

    Its answer head, if it has one, is learned anew, since the answers are others.

    Args:
        bundle: gives encoder, core and caption head.
        settings: give the dropouts and the shape of the answer head.
        vocabulary: number of words, the bundle's first.
        answers: number of answers.
        captions: whether captions are trained too; otherwise there is no caption head.
    """
    shape = replace(
        bundle.settings,
        answers=settings.answers,
        dropout=settings.dropout,
        channel_dropout=settings.channel_dropout,
        photo_dropout=settings.photo_dropout,
    )
    network = Network(shape, vocabulary=vocabulary, answers=answers, captions=captions)
    own = network.state_dict()
    for name, value in bundle.network.own_state().items():
        if name in own and not name.startswith("answers."):
            place = own[name] if value.ndim == 0 else own[name][: len(value)]
            place.copy_(value)
    return network
