"""An exported model that follows texts word by word: a graph takes the step, numpy holds the state."""

from typing import NamedTuple

import numpy as np

from captioner.decoding.arrays import Array
from captioner.inference.engines.engine import Sight
from captioner.inference.engines.session import Arrays, Graph

STATE = ("hidden", "cell")


class Heard(NamedTuple):
    """What a step gives, one row a beam or question of a photo; see `captioner.decoding.steps.Step`."""

    logits: Array
    state: Arrays
    p: Array
    gates: Array


class Listener:
    """Follows texts over b photos, word by word: a `captioner.decoding` stepper; a state is (l, r, h).

    Args:
        graph: of the step.
        looked: what the encoder's graph gave of the photos.
    """

    device = None

    def __init__(self, graph: Graph, looked: Arrays) -> None:
        self.graph = graph
        self.memory = {name: value for name, value in looked.items() if name not in STATE}
        self.first = {name: looked[name] for name in STATE if name in looked}

    @property
    def photos(self) -> int:
        """Number of photos, b."""
        return next(iter(self.first.values())).shape[1]

    @property
    def sight(self) -> Sight:
        """What the encoder's classifier says of the photos."""
        scores = [self.memory["evidence"]] if "evidence" in self.memory else []
        return Sight(scores, self.memory.get("classes", np.zeros((self.photos, 0), np.float32)))

    def begin(self) -> Arrays:
        """One row a photo."""
        return self.first

    def step(self, words: Array, state: Arrays) -> Heard:
        """Says what may follow these words, with logits if there is a caption head."""
        photos, rows = self.photos, len(words)
        parted = {name: value.reshape(len(value), photos, rows // photos, -1) for name, value in state.items()}
        heard = self.graph({"words": words.astype(np.int64).reshape(photos, -1), **parted, **self.memory})
        joined = {name: heard[f"next_{name}"].reshape(len(value), rows, -1) for name, value in state.items()}
        empty = np.zeros((rows, 0), np.float32)
        given = (heard[name].reshape(rows, -1) if name in heard else empty for name in ("logits", "p", "gates"))
        logits, p, gates = given
        return Heard(logits, joined, p, gates)

    def select(self, state: Arrays, rows: Array) -> Arrays:
        """The state of these rows."""
        return {name: value.take(rows, axis=1) for name, value in state.items()}

    def keep(self, photos: Array) -> "Listener":
        """A listener for these photos only."""
        return Listener(self.graph, self.select(self.first, photos) | {n: v[photos] for n, v in self.memory.items()})
