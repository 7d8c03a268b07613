"""Beam search: photos a second, the encoder's features given."""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import mean, median

import torch
from torch import Tensor

from benchmarks.limit import Rates, flops_of
from benchmarks.made_up import CHANNELS, Size, maps_of, network_of, vocabulary_of
from benchmarks.measure import Row, Setup, seconds
from benchmarks.naive import Decoder, beam_search
from benchmarks.profiling import shares
from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.nn.fusing import fuse_search
from captioner.nn.network import Network
from captioner.nn.speaker import Speaker
from captioner.text.vocabulary import SPECIAL, Vocabulary

SIZE, BATCHES = Size(7, 2500, 1), (1, 10, 50)
CUDA = Size(7, 9490, 1), (1, 256)
BEAM = Decoding(beam=5, max_words=20)
SURE, END_BIAS = 8.0, 5.0


def rows(setup: Setup, rates: Rates) -> Iterator[Row]:
    """One row a number of photos; naive is always timed one photo at a time."""
    size, batches = CUDA if setup.device.type == "cuda" else (SIZE, BATCHES)
    network, vocabulary = decided(network_of(size)).to(setup.device).eval(), vocabulary_of(size)
    decoder = Decoder(CHANNELS, size.vocabulary, network.settings.core.state, 0.0).same_as(network).to(setup.device)
    if setup.compile:
        fuse_search(network)
    maps = maps_of(size, max(batches)).to(setup.device)
    words = compare(network, decoder.eval(), maps[:10], vocabulary)
    assert network.captions is not None
    weights = sum(weight.numel() for part in (network.core, network.captions) for weight in part.parameters())
    for photos in batches:
        seen = maps[:photos]
        few = seen[: 3 if setup.quick else 10]
        ours = partial(cast, setup, partial(said, network, seen, vocabulary))
        sides: dict[str, Callable[[], object]] = {"ours": ours, "naive": partial(naively, decoder, few, vocabulary)}
        times = {side: median(each) for side, each in seconds(sides, setup.device, repeats=setup.repeats).items()}
        flops = flops_of(ours)
        limit = rates.time(flops, 4.0 * (weights + seen.numel()))
        counts = {"ours": photos, "naive": len(few)}
        about = {
            "seconds": times,
            "photos": counts,
            "words": words,
            "flops": {"ours": flops, "naive": flops_of(sides["naive"])},
            "profile": {side: shares(work, setup.device) for side, work in sides.items()},
        }
        yield Row(
            named(size, photos),
            "photos/s",
            photos / times["ours"],
            len(few) / times["naive"],
            photos / limit,
            "more",
            about,
        )


def named(size: Size, photos: int) -> str:
    """The work, as the table calls it."""
    return f"beam 5, {size.side**2} places, vocabulary {size.vocabulary:,}, {photos} at once"


def cast(setup: Setup, work: Callable[[], object]) -> object:
    """Does it with the products in the setup's type."""
    with setup.autocast():
        return work()


@torch.no_grad()
def decided(network: Network) -> Network:
    """Makes random weights say captions of about a dozen words, as trained ones do.

    A trained network is sure of few words and knows when to end; untrained, all words are equally likely and no caption
    ends. Larger output weights make it as sure, and the bias of the end makes captions as long.
    """
    head = network.captions
    assert head is not None
    head.hidden.weight.mul_(4)
    head.words.weight.mul_(SURE)
    head.words.bias[SPECIAL.index("<end>")] = END_BIAS
    return network


def said(network: Network, maps: Tensor, vocabulary: Vocabulary) -> list[list[Hypothesis]]:
    """Our captions of all photos at once."""
    speaker = Speaker(network, network.remember(maps))
    never = vocabulary.never_said
    return search(speaker, BEAM, start=vocabulary.start, end=vocabulary.end, never=never)


def naively(decoder: Decoder, maps: Tensor, vocabulary: Vocabulary) -> list[tuple[list[int], float]]:
    """The plain version's, one photo after another."""
    never = list(vocabulary.never_said)
    grids = maps.flatten(2).transpose(1, 2)
    return [beam_search(decoder, grid, BEAM, start=vocabulary.start, end=vocabulary.end, never=never) for grid in grids]


def compare(network: Network, decoder: Decoder, maps: Tensor, vocabulary: Vocabulary) -> float:
    """Both sides find captions of the same score, word for word the same but for ties; the mean number of words.

    Raises:
        AssertionError: they do not.
    """
    ours, naive = said(network, maps, vocabulary), naively(decoder, maps, vocabulary)
    for (best, *_), (words, score) in zip(ours, naive, strict=True):
        assert abs(best.score - score) < 1e-3, f"beam searches differ: {best.words} {best.score}, {words} {score}"
    return mean(len(best.words) for best, *_ in ours)
