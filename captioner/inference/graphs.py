"""An exported model at work: onnxruntime runs the graphs, numpy holds the state; no torch anywhere."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from captioner.decoding.plain import plain_search, plain_stream
from captioner.decoding.plain_captions import Hypothesis
from captioner.decoding.plain_choose import Array, largest, log_probabilities
from captioner.decoding.settings import Decoding
from captioner.files import one_line
from captioner.inference.engine import Reading, Verdict
from captioner.inference.graph_fit import check_fit
from captioner.models.exported import Exported
from captioner.models.graph_check import check_graph
from captioner.models.inside import inside

STATE = ("hidden", "cell")
AWAKE = "500"
"""Microseconds, which is longer than choosing a word takes, and shorter than reading a photo."""
MEMORY = 7 * 2**28
"""Bytes, which a batch of 16 photos on torchvision's larger networks does not need."""
Arrays = dict[str, Array]


class Graph:
    """An ONNX graph, called by the names of its inputs.

    Raises:
        ValueError: onnxruntime is not installed, or cannot use the file.
    """

    def __init__(self, path: Path) -> None:
        try:
            from onnxruntime import InferenceSession, SessionOptions
        except ModuleNotFoundError:
            raise ValueError("an exported model is run by onnxruntime: pip install onnxruntime") from None
        check_graph(inside(path.parent, path.name))
        _bound_memory()
        options = SessionOptions()
        options.add_session_config_entry("session.use_env_allocators", "1")
        if hasattr(os, "sched_getaffinity"):  # more threads than cores that may be used wait for each other, spinning
            options.intra_op_num_threads = len(os.sched_getaffinity(0))
        # Threads of a graph wait for its next call awake, by default so long that another graph finds no core free.
        options.add_session_config_entry("session.intra_op.spin_duration_us", AWAKE)
        options.log_severity_level = 3  # errors are raised; what it warns of, nobody can change
        try:
            self.session = InferenceSession(path, options, providers=["CPUExecutionProvider"], enable_fallback=0)
        except Exception as error:  # its errors share no type of their own
            raise ValueError(f"{path} cannot be used by onnxruntime ({one_line(error)}); export it again") from None
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        self.path = path
        self.shapes = {each.name: each.shape for each in inputs}
        self.made = {each.name: each.shape for each in outputs}
        self.types = {each.name: each.type for each in (*inputs, *outputs)}

    def __call__(self, given: Arrays) -> Arrays:
        """Runs it; what the graph does not ask for is left out.

        Raises:
            ValueError: it fails, or makes something else than it states, or what are no numbers.
        """
        given = {name: given[name] for name in self.shapes}
        try:
            values = self.session.run(list(self.made), given)
        except Exception as error:  # its errors share no type of their own
            raise ValueError(
                f"{self.path} failed ({one_line(error)}); give fewer photos at once, or export it again"
            ) from None
        sizes = {axis: size for name in given for axis, size in zip(self.shapes[name], given[name].shape, strict=True)}
        for (name, shape), value in zip(self.made.items(), values, strict=True):
            wanted = [sizes.get(axis) if isinstance(axis, str) else axis for axis in shape]
            if list(value.shape) != wanted:
                raise ValueError(f"{self.path} made {name} of {list(value.shape)}, not {wanted}; export it again")
            if not np.isfinite(value).all():
                raise ValueError(f"{self.path} made a {name} that is no finite number; did its training diverge?")
        return dict(zip(self.made, values, strict=True))


@cache
def _bound_memory() -> None:
    """All graphs of the process share so much memory, so that none takes the machine's: a graph may ask for any."""
    from onnxruntime import OrtAllocatorType, OrtArenaCfg, OrtMemoryInfo, OrtMemType, create_and_register_allocator

    place = OrtMemoryInfo("Cpu", OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, OrtMemType.DEFAULT)
    create_and_register_allocator(place, OrtArenaCfg({"max_mem": MEMORY}))


class Listener:
    """Follows texts over b photos, word by word: one row a beam or question, (b, k)."""

    def __init__(self, graph: Graph, looked: Arrays) -> None:
        """Begins with what the encoder's graph gave; its state gets one row a photo."""
        self.graph = graph
        self.memory = {name: value for name, value in looked.items() if name not in STATE}
        self.state = {name: looked[name][:, :, None] for name in STATE if name in looked}  # (l, b, 1, h)

    def hear(self, words: Array, parents: Array) -> Arrays:
        """Gives `logits`, if there is a caption head, and `p`, after the rows of the step before have been chosen."""
        photos = np.arange(len(words))[:, None]
        state = {name: value[:, photos, parents] for name, value in self.state.items()}
        heard = self.graph({"words": words.astype(np.int64), **state, **self.memory})
        self.state = {name: heard[f"next_{name}"] for name in state}
        return {"p": np.zeros((*words.shape, 0), np.float32), **heard}

    def step(self, words: Array, parents: Array) -> tuple[Array, Array]:
        """See `captioner.decoding.plain.PlainStepper`."""
        heard = self.hear(words, parents)
        return heard["logits"], heard["p"]

    def keep(self, photos: Array) -> None:
        """See `captioner.decoding.plain.PlainStepper`."""
        self.memory = {name: value[photos] for name, value in self.memory.items()}
        self.state = {name: value[:, photos] for name, value in self.state.items()}


class GraphEngine:
    """The engine of an exported model.

    Args:
        exported: the model.
        device: `cpu`.

    Raises:
        ValueError: another device, a graph that cannot be used, or no onnxruntime.
    """

    def __init__(self, exported: Exported, device: str = "cpu") -> None:
        if device != "cpu":
            raise ValueError(f"device {device!r} cannot be used: an exported model runs on the cpu; take cpu")
        self.vocabulary = exported.vocabulary
        self.hearing = Graph(exported.folder / "step.onnx")
        self.encoder = Graph(exported.folder / "encoder.onnx") if exported.transform is not None else None
        self.answers = Graph(exported.folder / "answers.onnx") if exported.answers is not None else None
        check_fit(exported, self.hearing, self.encoder, self.answers)

    def look(self, pixels: Array) -> Listener:
        """Photos, and no word heard yet."""
        assert self.encoder is not None
        return Listener(self.hearing, self.encoder({"pixels": pixels}))

    def search(self, pixels: Array, decoding: Decoding, *, first: int) -> list[list[Hypothesis]]:
        """See `Engine`."""
        return plain_search(
            self.look(pixels),
            decoding,
            photos=len(pixels),
            start=self.vocabulary.start,
            end=self.vocabulary.end,
            never=self.vocabulary.never_said,
            first=first,
        )

    def read(self, pixels: Array, words: Sequence[int]) -> Reading:
        """See `Engine`."""
        listener, alone = self.look(pixels), np.zeros((1, 1), np.int64)
        before, after = [self.vocabulary.start, *words], [*words, self.vocabulary.end]
        heard = [listener.step(alone + word, alone) for word in before]
        log_p = [log_probabilities(logits[0])[0, word] for (logits, _), word in zip(heard, after, strict=True)]
        return Reading(float(sum(log_p)), np.concatenate([p[0] for _, p in heard[:-1]]))  # the last chose the end

    def write(self, read: Sequence[int], decoding: Decoding) -> Iterator[int]:
        """See `Engine`."""
        shapes = {name: self.hearing.shapes[name] for name in STATE if name in self.hearing.shapes}
        zeros = {name: np.zeros((layers, 1, width), np.float32) for name, (layers, *_, width) in shapes.items()}
        listener, alone = Listener(self.hearing, zeros), np.zeros((1, 1), np.int64)
        *before, last = read
        for word in before:
            listener.hear(alone + word, alone)
        vocabulary = self.vocabulary
        return plain_stream(listener, decoding, start=last, end=vocabulary.end, never=vocabulary.never_said)

    def answer(self, pixels: Array, questions: Sequence[Sequence[Sequence[int]]], *, top: int) -> list[list[Verdict]]:
        """See `Engine`; a question without words is read as the start word alone."""
        assert self.answers is not None
        listener = self.look(pixels)
        words, lengths = self._padded(questions)
        rows = np.broadcast_to(np.arange(lengths.shape[1]), lengths.shape)
        question, seen = np.empty(0), []
        for time in range(words.shape[2]):
            seen.append(listener.hear(words[:, :, time], rows if time else np.zeros_like(rows))["p"])
            state = listener.state["hidden"][-1]
            question = np.where((time < lengths)[:, :, None], state, question) if time else state
        said, p = self.answers({"question": question, **listener.memory}), np.stack(seen, axis=2)  # (b, k, t, n)
        verdicts: list[list[Verdict]] = []
        for photo, row in enumerate(questions):
            verdicts.append([])
            for slot, ids in enumerate(row):
                probabilities = said["probabilities"][photo, slot]
                places = largest(probabilities, top)
                attention = p[photo, slot, 1 : len(ids) + 1]  # without the start word's
                found = probabilities[places].tolist(), places.tolist(), attention, said["glimpses"][photo, slot]
                verdicts[-1].append(Verdict(*found))
        return verdicts

    def _padded(self, questions: Sequence[Sequence[Sequence[int]]]) -> tuple[Array, Array]:
        """Ids (b, k, t), the start word first, and how many each question has, (b, k)."""
        slots, longest = max(map(len, questions)), max((len(ids) for row in questions for ids in row), default=0)
        words = np.full((len(questions), slots, 1 + longest), self.vocabulary.pad)
        lengths = np.zeros((len(questions), slots), np.int64)
        for photo, row in enumerate(questions):
            for slot, ids in enumerate(row):
                words[photo, slot, : len(ids) + 1] = [self.vocabulary.start, *ids]
                lengths[photo, slot] = len(ids) + 1
        return words, lengths
