"""The graphs of a network: looking, reading, one word, the answer. Each calls the network's own functions.

Names and shapes are told in `captioner.models.exported`. What has no width (keys without attention, the cell state of a
vanilla RNN or GRU) is left out of a graph.
"""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim

from captioner.images import ImageSpec
from captioner.nn.core.attention import Memory
from captioner.nn.core.cells import State
from captioner.nn.heads.losses import answer_probabilities
from captioner.nn.network import Network

Tensors = dict[str, Tensor]
PHOTOS, ROWS = Dim("photos", min=1, max=2**16), Dim("rows", min=1, max=2**16)
PLACES = Dim("places", min=1, max=2**16)
# the axes of each input that stay open
OPEN = {
    "pixels": {0: PHOTOS},
    "grid": {0: PHOTOS},
    "keys": {0: PHOTOS},
    "evidence": {0: PHOTOS},
    "words": {0: PHOTOS, 1: ROWS},
    "hidden": {1: PHOTOS, 2: ROWS},
    "cell": {1: PHOTOS, 2: ROWS},
    "question": {0: PHOTOS, 1: ROWS},
}
SENTENCES = {name: {0: PHOTOS, 1: PLACES} for name in ("states", "mask", "grid", "keys")}
"""The same, where a grid has as many places as a sentence has words."""
ENDS = {"words": {0: PHOTOS}, "hidden": {1: PHOTOS}, "cell": {1: PHOTOS}}
"""The same, where a sentence is read from both its ends."""


class Looking(nn.Module):
    """All that is needed of photos, and the state before the first word."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Tensors) -> Tensors:
        """From pixels (b,3,y,x), of clips (b,f,3,y,x): grid (b,n,d), keys (b,n,a), hidden and cell (l,b,h).

        With evidence, also that of each word (b,v), and classes (b,c). From what a reader made of sentences, states
        (b,n,c) and mask (b,n), the same.
        """
        if "pixels" in given:
            memory = self.network.look(given["pixels"])
        else:
            memory = self.network.core.remember(given["states"], mask=given["mask"] > 0)
        state = self.network.core.begin(memory)
        looked = {"grid": memory.grid, "keys": memory.keys, "hidden": state.hidden, "cell": state.cell}
        if memory.hints is not None:
            looked |= {"evidence": memory.hints.scores, "classes": memory.hints.classes}
        return _with_width(looked)


class Seeing(nn.Module):
    """The places of photos that stand beside sentences."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Tensors) -> Tensors:
        """From pixels (p,3,y,x): grid (p,m,d), keys (p,m,a)."""
        places = self.network.beside.places(self.network.encoder(given["pixels"]))
        memory = self.network.core.recall(places)
        return _with_width({"grid": memory.grid, "keys": memory.keys})


class Beginning(nn.Module):
    """The state before the first word, where photos stand beside sentences."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Tensors) -> Tensors:
        """From the grid (b,n,d) of words and places, and mask (b,n): hidden and cell (l,b,h)."""
        grid = given["grid"]
        state = self.network.core.begin(Memory(grid, grid[:, :, :0], mask=given["mask"] > 0))
        return _with_width({"hidden": state.hidden, "cell": state.cell})


class Reading(nn.Module):
    """One word from each end of a source sentence."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Tensors) -> Tensors:
        """From words (b,2), hidden and cell (l,b,2,h): the next state."""
        hidden, cell = given["hidden"], given.get("cell", given["hidden"][..., :0])
        before = State(hidden[:, :, 0], cell[:, :, 0]), State(hidden[:, :, 1], cell[:, :, 1])
        after = self.network.reader.step(self.network.words(given["words"]), before)
        hidden, cell = (torch.stack(both, dim=2) for both in zip(*after, strict=True))
        return _with_width({"next_hidden": hidden, "next_cell": cell})


class Hearing(nn.Module):
    """One word: the core's step and, where a head says words, what may follow."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Tensors) -> Tensors:
        """From words (b,k), hidden and cell (l,b,k,h), grid, keys and evidence: the next state, p, logits, gates."""
        words, hidden, grid = given["words"], given["hidden"].flatten(1, 2), given.get("grid")
        cell = given["cell"].flatten(1, 2) if "cell" in given else hidden[:, :, :0]
        mask = given["mask"] > 0 if "mask" in given else None
        memory = None if grid is None else Memory(grid, given.get("keys", grid[:, :, :0]), mask=mask)
        if memory is not None and self.network.evidence is not None:
            scores = given["evidence"]
            memory = memory._replace(hints=self.network.evidence.recall(scores))
        embedded = (
            self.network.words(words.flatten()) if memory is None else self.network.embed(words.flatten(), memory)
        )
        step = self.network.core.step(self.network.core.say(embedded), State(hidden, cell), memory)
        heard = {
            "next_hidden": _rows(step.state.hidden, 1, words),
            "next_cell": _rows(step.state.cell, 1, words),
            "p": _rows(step.p, 0, words),
        }
        if self.network.captions is not None:
            assert memory is not None
            photos = torch.arange(words.shape[0] * words.shape[1]) // words.shape[1]
            logits, gates = self.network.say(step.hidden, step.z, embedded, memory.hints, photos)
            heard |= {"logits": _rows(logits, 0, words), "gates": _rows(gates, 0, words)}
        if self.network.text is not None:
            heard["logits"] = _rows(self.network.text(step.hidden), 0, words)
        return _with_width(heard)


class Answering(nn.Module):
    """The answer head, after the question was heard."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Tensors) -> Tensors:
        """From the question's last state (b,k,h) and the grid: probabilities (b,k,c) and p (b,k,g,n)."""
        assert self.network.answers is not None
        question, grid = given["question"], given["grid"]
        verdict = self.network.answers(question.flatten(0, 1), Memory(grid, grid[:, :, :0]))
        probabilities = answer_probabilities(verdict.logits, kind=self.network.settings.answers.loss)
        return {"probabilities": _rows(probabilities, 0, question), "glimpses": _rows(verdict.p, 0, question)}


def _rows(tensor: Tensor, axis: int, like: Tensor) -> Tensor:
    """The axis of rows r as (b, k), as many as `like` has."""
    return tensor.reshape(*tensor.shape[:axis], *like.shape[:2], *tensor.shape[axis + 1 :])


def _with_width(tensors: Tensors) -> Tensors:
    return {name: tensor for name, tensor in tensors.items() if tensor.shape[-1] > 0}


@torch.no_grad()
def write_graphs(network: Network, folder: Path, image: ImageSpec | None) -> None:
    """Writes encoder.onnx, step.onnx and, with an answer head, answers.onnx; of a language model step.onnx alone.

    A translator has reader.onnx before its encoder.onnx and, where it sees photos, photo.onnx and begin.onnx.

    Args:
        network: in evaluation mode, on the CPU.
        folder: where.
        image: what it sees of photos or clips; None of a language model, or a translator without photos.
    """
    if network.settings.reads:
        begun = network.reader.onward.zeros(2, network.words.weight)._asdict()
        state = {name: part[:, :, None].repeat(1, 1, 2, 1) for name, part in _with_width(begun).items()}
        write_graph(Reading(network), {"words": torch.ones(2, 2, dtype=torch.long), **state}, folder / "reader.onnx")
        read = {"states": torch.zeros(2, 5, network.reader.channels), "mask": torch.ones(2, 5)}
        looked = {**Looking(network)(read), "mask": read["mask"]}
        write_graph(Looking(network), read, folder / "encoder.onnx")
        if image is not None:
            write_graph(Seeing(network), {"pixels": torch.zeros(2, *image.shape)}, folder / "photo.onnx")
            write_graph(Beginning(network), {name: looked[name] for name in ("grid", "mask")}, folder / "begin.onnx")
    elif image is not None:
        # sizes of 2 and more, for torch takes 1 for fixed
        pixels = {"pixels": torch.zeros(2, *image.shape)}
        looked = Looking(network)(pixels)
        write_graph(Looking(network), pixels, folder / "encoder.onnx")
    else:
        looked = _with_width(network.core.layers.zeros(2, network.words.weight)._asdict())
    state = write_step(network, looked, folder / "step.onnx")
    if network.answers is not None:
        question = {"question": state["hidden"][-1].clone(), "grid": looked["grid"]}
        write_graph(Answering(network), question, folder / "answers.onnx")


def write_step(network: Network, looked: Tensors, path: Path) -> Tensors:
    """Writes the graph of one word.

    Args:
        network: in evaluation mode, on the CPU.
        looked: what the encoder's graph gives of two photos.
        path: of the file.

    Returns:
        The example's state, (l,2,3,h) each.
    """
    state: Tensors = {
        name: looked[name][:, :, None].repeat(1, 1, 3, 1) for name in ("hidden", "cell") if name in looked
    }
    memory: Tensors = {name: looked[name] for name in ("grid", "keys", "evidence", "mask") if name in looked}
    write_graph(Hearing(network), {"words": torch.ones(2, 3, dtype=torch.long), **state, **memory}, path)
    return state


def write_graph(module: nn.Module, given: Tensors, path: Path) -> None:
    """Writes one graph: of a module from named tensors to named tensors, in evaluation mode.

    Args:
        module: what to trace.
        given: an example of each input, with sizes of 2 and more along the axes that stay open.
        path: of the file.
    """
    names, axes = list(module(given)), OPEN
    if isinstance(module, Reading):
        axes = OPEN | ENDS
    elif "mask" in given:
        axes = OPEN | SENTENCES
    logging.getLogger("onnxscript").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what torch's own exporter will do differently some day
        traced = torch.export.export(module.eval(), (given,), dynamic_shapes=({name: axes[name] for name in given},))
        program = torch.onnx.export(traced, input_names=list(given), output_names=names, verbose=False)
    assert program is not None
    for node in program.model.graph.all_nodes():  # which would tell where its source lies on this machine
        node.metadata_props.clear()
    program.save(path)
