"""What a network makes of captions, questions and texts."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from captioner.nn.core.attending import Trace
from captioner.nn.core.cells import Gates, State
from captioner.nn.core.plan import Plan


class Said(NamedTuple):
    """The network's opinion of given captions: one entry for each word that exists, in the order of the plan."""

    logits: Float[Tensor, "w v"]
    trace: Trace
    plan: Plan
    gates: Float[Tensor, "w x"]
    """How far each word was open to evidence; x is 1, or 0 for a network without evidence."""


class Spoken(NamedTuple):
    """One word of captions that are being said; a step of `captioner.decoding`."""

    logits: Float[Tensor, "r v"]
    state: State
    p: Float[Tensor, "r n"]
    gates: Float[Tensor, "r x"]
    """How far the word is open to evidence; x is 1, or 0 for a network without evidence."""


class Sung(NamedTuple):
    """One word of captions that several networks say together; a step of `captioner.decoding`."""

    logits: Float[Tensor, "r v"]
    state: tuple[State, ...]
    """One of each network."""
    p: Float[Tensor, "r n"]
    gates: Float[Tensor, "r x"]
    """One of each network that has evidence."""


class Answered(NamedTuple):
    """The network's opinion of questions: one entry for each question that exists, in the order of their rows."""

    logits: Float[Tensor, "q c"]
    p: Float[Tensor, "q g n"]
    """The weights of the glimpses that the head took after the question."""
    trace: Trace
    """What the core made of the questions' words; its entries are in the order of the plan."""
    plan: Plan


class Read(NamedTuple):
    """A language model's opinion of given tokens."""

    logits: Float[Tensor, "r t v"]
    """Of the token after each."""
    hidden: Float[Tensor, "r t h"]
    """The top layer's."""
    state: State
    """After the last token, to go on from."""
    gates: list[Gates]
    """One dictionary a layer, each gate (r, t, h); empty where they were not asked for."""
