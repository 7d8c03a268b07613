"""Units held at a value, to see what a network does without them: switched off (0) or pinned.

A pinned unit is one whose weights say the same whatever is read, so nothing but weights and a first state changes, and
every search is as before:

    LSTM   i = 0, f = 1                c' = c, which begins at the value
    GRU    z = 1                       h' = h, which begins at the value
    RNN    h = tanh(atanh(value))
"""

from collections.abc import Mapping
from copy import deepcopy
from math import atanh, copysign, inf

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Step, Stepper
from captioner.models.bundle import Bundle
from captioner.nn.core.cells import RecurrentLayers, State
from captioner.nn.network import Network
from captioner.nn.speaker import Speaker
from captioner.nn.writer import Writer
from captioner.recurrence.activations import Unit

Pins = Mapping[Unit, float]
HOLD = {"lstm": {0: -inf, 1: inf}, "gru": {1: inf}}
"""What is said to gates, by the number of their block, to keep what is there: i = 0 and f = 1; z = 1."""


@torch.no_grad()
def pinned(network: Network, pins: Pins) -> Network:
    """A copy of the network in which these units keep what they have.

    Raises:
        ValueError: a hidden state is to be pinned beyond -1 to 1, where it never is.
    """
    copy = deepcopy(network)
    layers = copy.core.layers
    for unit, value in pins.items():
        if layers.kind != "lstm" and not -1 <= value <= 1:
            raise ValueError(f"unit {unit} cannot be pinned to {value:g}: hidden states lie from -1 to 1")
        always = {0: copysign(inf, value) if abs(value) == 1 else atanh(value)} if layers.kind == "rnn" else {}
        for block, said in HOLD.get(layers.kind, always).items():
            _tell(layers, unit, block, said)
    return copy


def _tell(layers: RecurrentLayers, unit: Unit, block: int, said: float) -> None:
    """Makes one gate of a unit hear the same at every time."""
    layer, row = unit.layer - 1, block * layers.size + unit.number
    for weights in (layers.weight_ih, layers.weight_hh, layers.bias_ih, layers.bias_hh):
        weights[layer][row] = 0
    layers.bias_ih[layer][row] = said


class Pinned:
    """A stepper that begins with the pinned units at their values: cells where there are cells, else hidden states.

    Args:
        stepper: of a network from `pinned`.
        pins: the same.
    """

    def __init__(self, stepper: Stepper[State], pins: Pins) -> None:
        self.stepper, self.pins = stepper, pins

    @property
    def photos(self) -> int:
        """As of the stepper."""
        return self.stepper.photos

    @property
    def device(self) -> torch.device:
        """As of the stepper."""
        return self.stepper.device

    def begin(self) -> State:
        """The stepper's first state, but for the pinned units."""
        hidden, cell = (part.clone() for part in self.stepper.begin())
        held = cell if cell.shape[2] else hidden
        for unit, value in self.pins.items():
            held[unit.layer - 1, :, unit.number] = value
        return State(hidden, cell)

    def step(self, words: Int[Tensor, " r"], state: State) -> Step[State]:
        """As the stepper."""
        return self.stepper.step(words, state)

    def select(self, state: State, rows: Int[Tensor, " r"]) -> State:
        """As the stepper."""
        return self.stepper.select(state, rows)

    def keep(self, photos: Int[Tensor, " b"]) -> "Pinned":
        """Pinned likewise, for these photos only."""
        return Pinned(self.stepper.keep(photos), self.pins)


@torch.inference_mode()
def write(bundle: Bundle, prompt: str, decoding: Decoding, pins: Pins) -> str:
    """What a language model writes after a prompt with units pinned; it reads the prompt with them free.

    Raises:
        ValueError: the bundle is no language model, or a value is out of reach.
    """
    if bundle.network.text is None:
        raise ValueError("this bundle sees photos, so it writes captions: give --captions instead of --prompt")
    ids = [bundle.vocabulary.start, *bundle.vocabulary.encode(prompt)]
    read = Writer.after(bundle.network, ids[:-1])
    return _say(bundle, Writer(pinned(bundle.network, pins), read.state), decoding, pins, last=ids[-1])


@torch.inference_mode()
def caption(bundle: Bundle, pixels: np.ndarray, decoding: Decoding, pins: Pins) -> str:
    """What a captioner says of one photo with units pinned from the first word on.

    Args:
        pixels: of the photo as the network sees it, (3,y,x).

    Raises:
        ValueError: the bundle was not trained on captions, or a value is out of reach.
    """
    if bundle.network.captions is None:
        raise ValueError("this bundle was not trained on captions: give --prompt if it is a language model")
    network = pinned(bundle.network, pins)
    speaker = Speaker(network, network.look(torch.from_numpy(pixels[None])))
    return _say(bundle, speaker, decoding, pins, last=bundle.vocabulary.begin(decoding.language))


def _say(bundle: Bundle, stepper: Stepper[State], decoding: Decoding, pins: Pins, *, last: int) -> str:
    words = bundle.vocabulary
    ((best, *_),) = search(Pinned(stepper, pins), decoding, start=last, end=words.end, never=words.never_said)
    return words.decode(best.words)
