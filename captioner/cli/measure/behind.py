"""The part of `captioner cells` that asks a language model what its predictions depend on, and what it loses."""

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from captioner.figures.behind import Behind
    from captioner.models.bundle import Bundle
    from captioner.recurrence.activations import Unit
    from captioner.recurrence.search import Found

BITS = 1.4426950408889634  # of a nat
WARMING = 200  # tokens that are read before, only to know where it is


class Looked(NamedTuple):
    """What was found behind the text."""

    behind: "Behind"
    costs: "Mapping[Unit, float]"
    """Of units held at their mean, in bits a token."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    group = parser.add_argument_group("behind a text, of a language model")
    group.add_argument(
        "--behind",
        type=int,
        default=400,
        metavar="N",
        help="tokens of the page that tell what they depend on and what is expected next; units are held in them (400)",
    )
    group.add_argument("--back", type=int, default=20, metavar="N", help="earlier tokens that may matter (20)")


def check(arguments: argparse.Namespace) -> None:
    """Refuses numbers below 1.

    Raises:
        ValueError: there is one.
    """
    for name in ("behind", "back"):
        if (value := getattr(arguments, name)) < 1:
            raise ValueError(f"--{name} is {value}, but at least 1 is needed")


def look(bundle: "Bundle", ids: Sequence[int], units: "Sequence[Unit]", arguments: argparse.Namespace) -> Looked:
    """Looks behind the last tokens of a text.

    Args:
        bundle: a language model.
        ids: of the whole text.
        units: to be held still.
        arguments: with those that `add_arguments` added.
    """
    from captioner.figures.behind import Behind
    from captioner.recurrence.holding import cost_of_holding
    from captioner.recurrence.influence import influence
    from captioner.recurrence.lens import lens
    from captioner.recurrence.passage import read_passage

    network, vocabulary = bundle.network, bundle.vocabulary
    begin = max(0, len(ids) - min(arguments.behind, arguments.show))
    warm = [vocabulary.start, *ids] if begin < WARMING else ids
    place = begin + len(warm) - len(ids)
    passage = read_passage(network, warm[max(0, place - WARMING) : place], ids[begin:])
    expects = lens(network, passage.hidden[1:])
    behind = Behind(
        influence(network, passage, back=arguments.back).numpy(),
        passage.losses.neg().exp().numpy(),
        expects.tokens.numpy(),
        expects.probabilities.numpy(),
        vocabulary.tokens,
    )
    costs = BITS * cost_of_holding(network, passage, units)
    return Looked(behind, dict(zip(units, costs.tolist(), strict=True)))


def named(found: "Mapping[str, Found]", top: int) -> "list[Unit]":
    """The units that the tables name, each once."""
    return sorted({each.unit for _, detectors in found.values() for each in detectors[:top]})
