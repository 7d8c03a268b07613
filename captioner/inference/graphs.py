"""An exported model at work: onnxruntime runs the graphs, numpy holds the state; no torch anywhere."""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioner.decoding.arrays import NUMPY, Array
from captioner.decoding.search import search, stream
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.files import one_line
from captioner.inference import consensus
from captioner.inference.engine import Found, Kept, Reading, Sight, Verdict, shares, told
from captioner.inference.graph_fit import check_fit
from captioner.inference.stopping import Stop, never, stoppable
from captioner.models.exported import Exported
from captioner.models.graph_check import check_graph
from captioner.models.inside import inside

STATE = ("hidden", "cell")
AWAKE = "500"
"""Microseconds, which is longer than choosing a word takes, and shorter than reading a photo."""
MEMORY = 7 * 2**28
"""Bytes, which a batch of 16 photos on torchvision's larger networks does not need."""
AT_ONCE = 2
"""Photos that the encoder looks at together: more take more memory, and on a processor no less time each."""
Arrays = dict[str, Array]


class Graph:
    """An ONNX graph, called by the names of its inputs.

    Args:
        path: of the file.
        counts: whether it computes in 8 bits; else weights in 8 bits become floats once, when it is opened.

    Raises:
        ValueError: onnxruntime is not installed, or cannot use the file.
    """

    def __init__(self, path: Path, *, counts: bool = False) -> None:
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
        if not counts:
            options.add_session_config_entry("session.disable_quant_qdq", "1")
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
        sees = exported.transform is not None
        self.encoder = Graph(exported.folder / "encoder.onnx", counts=exported.counts) if sees else None
        self.answers = Graph(exported.folder / "answers.onnx") if exported.answers is not None else None
        check_fit(exported, self.hearing, self.encoder, self.answers)

    def look(self, pixels: Array) -> Listener:
        """Photos, and no word heard yet."""
        return Listener(self.hearing, self._looked(pixels))

    def weights(self) -> Iterator[bytes | memoryview]:
        """See `Engine`."""
        for graph in (self.encoder, self.hearing):
            assert graph is not None
            yield graph.path.read_bytes()

    def memory(self, pixels: Array) -> Kept:
        """See `Engine`; what the encoder's graph makes, the photos first."""
        looked = self._looked(pixels)
        return {name: value.swapaxes(0, 1) if name in STATE else value for name, value in looked.items()}

    def recall(self, kept: Kept) -> Listener:
        """See `Engine`."""
        floats = {name: value.astype(np.float32, copy=False) for name, value in kept.items()}
        looked = {name: value.swapaxes(0, 1) if name in STATE else value for name, value in floats.items()}
        return Listener(self.hearing, {name: np.ascontiguousarray(value) for name, value in looked.items()})

    def fast(self) -> AbstractContextManager[None]:
        """See `Engine`; a graph has the types that it was exported with."""
        return nullcontext()

    def search(self, pixels: Array, decoding: Decoding, *, first: int, stop: Stop = never) -> list[list[Found]]:
        """See `Engine`."""
        words, looking = self.vocabulary, self.look(pixels)
        listener = stoppable(looking, stop)

        def found(settings: Decoding) -> list[list[Hypothesis]]:
            return search(listener, settings, start=words.start, end=words.end, never=words.never_said, first=first)

        return told(consensus.find(found, decoding), looking.sight)

    def read(self, pixels: Array, captions: Sequence[Sequence[Sequence[int]]]) -> list[list[Reading]]:
        """See `Engine`."""
        listener, vocabulary = self.look(pixels), self.vocabulary
        words, lengths = self._padded([[[*ids, vocabulary.end] for ids in row] for row in captions])
        photos, slots, times = words.shape
        state, log_p = listener.select(listener.begin(), np.arange(photos).repeat(slots)), np.zeros(photos * slots)
        seen, opened = list[Array](), list[Array]()
        for time in range(times - 1):
            heard = listener.step(words[:, :, time].reshape(-1), state)
            after = np.take_along_axis(NUMPY.log_softmax(heard.logits), words[:, :, time + 1].reshape(-1, 1), axis=1)
            log_p += np.where(time + 1 < lengths.reshape(-1), after[:, 0], 0)
            state, seen, opened = heard.state, [*seen, heard.p], [*opened, heard.gates]
        looked, gates = (np.stack(each, axis=1).reshape(photos, slots, times - 1, -1) for each in (seen, opened))
        total, sight = log_p.reshape(photos, slots), listener.sight
        return [
            [
                Reading(
                    float(total[photo, slot]),
                    looked[photo, slot, : len(ids)],
                    shares(ids, gates[photo, slot, : len(ids)], [each[photo] for each in sight.scores]),
                    sight.classes[photo],
                )
                for slot, ids in enumerate(row)
            ]
            for photo, row in enumerate(captions)
        ]

    def write(self, read: Sequence[int], decoding: Decoding) -> Iterator[int]:
        """See `Engine`."""
        shapes = {name: self.hearing.shapes[name] for name in STATE if name in self.hearing.shapes}
        zeros = {name: np.zeros((layers, 1, width), np.float32) for name, (layers, *_, width) in shapes.items()}
        listener = Listener(self.hearing, zeros)
        *before, last = read
        state = listener.begin()
        for word in before:
            state = listener.step(np.array([word]), state).state
        vocabulary = self.vocabulary
        listener = Listener(self.hearing, state)
        return stream(listener, decoding, start=last, end=vocabulary.end, never=vocabulary.never_said)

    def answer(self, pixels: Array, questions: Sequence[Sequence[Sequence[int]]], *, top: int) -> list[list[Verdict]]:
        """See `Engine`; a question without words is read as the start word alone."""
        assert self.answers is not None
        listener = self.look(pixels)
        words, lengths = self._padded(questions)
        photos, slots, times = words.shape
        state = listener.select(listener.begin(), np.arange(photos).repeat(slots))
        question, seen = np.empty(0), list[Array]()
        for time in range(times):
            heard = listener.step(words[:, :, time].reshape(-1), state)
            state, seen = heard.state, [*seen, heard.p]
            hidden = state["hidden"][-1].reshape(photos, slots, -1)
            question = np.where((time < lengths)[:, :, None], hidden, question) if time else hidden
        said = self.answers({"question": question, **listener.memory})
        p = np.stack(seen, axis=1).reshape(photos, slots, times, -1)
        verdicts: list[list[Verdict]] = []
        for photo, row in enumerate(questions):
            best, places = NUMPY.topk(said["probabilities"][photo], min(top, said["probabilities"].shape[2]))
            verdicts.append([])
            for slot, ids in enumerate(row):
                attention = p[photo, slot, 1 : len(ids) + 1]  # without the start word's
                found = best[slot].tolist(), places[slot].tolist(), attention, said["glimpses"][photo, slot]
                verdicts[-1].append(Verdict(*found))
        return verdicts

    def _looked(self, pixels: Array) -> Arrays:
        """What the encoder's graph makes of photos, a few at a time."""
        assert self.encoder is not None
        parts = [self.encoder({"pixels": pixels[at : at + AT_ONCE]}) for at in range(0, len(pixels), AT_ONCE)]
        return {name: np.concatenate([part[name] for part in parts], axis=int(name in STATE)) for name in parts[0]}

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
