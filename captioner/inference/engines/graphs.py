"""An exported model at work: onnxruntime runs the graphs, numpy holds the state; no torch anywhere."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np

from captioner.decoding.arrays import NUMPY, Array
from captioner.decoding.search import search, stream
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.inference.engines import consensus
from captioner.inference.engines.engine import Found, Kept, Reading, Seen, Sentences, Verdict, shares, told
from captioner.inference.engines.graph_fit import check_fit
from captioner.inference.engines.listener import STATE, Listener
from captioner.inference.engines.session import Arrays, Graph
from captioner.inference.engines.source import read_source, with_photos
from captioner.inference.engines.stopping import Stop, never, stoppable
from captioner.models.exported import Exported

AT_ONCE = 2
"""Photos that the encoder looks at together: more take more memory, and on a processor no less time each."""


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
        looks = exported.reads or exported.transform is not None
        self.encoder = Graph(exported.folder / "encoder.onnx", counts=exported.counts) if looks else None
        self.reader = Graph(exported.folder / "reader.onnx") if exported.reads else None
        self.answers = Graph(exported.folder / "answers.onnx") if exported.answers is not None else None
        self.beside = None
        if exported.reads and exported.transform is not None:
            self.beside = Graph(exported.folder / "photo.onnx"), Graph(exported.folder / "begin.onnx")
        check_fit(exported, self.hearing, self.encoder, self.answers, self.reader, self.beside)

    def look(self, seen: Seen) -> Listener:
        """Photos, or sentences, and no word heard yet."""
        return Listener(self.hearing, self._read(seen) if isinstance(seen, Sentences) else self._looked(seen))

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

    def search(self, seen: Seen, decoding: Decoding, *, first: int, stop: Stop = never) -> list[list[Found]]:
        """See `Engine`."""
        words, looking = self.vocabulary, self.look(seen)
        start = words.begin(decoding.language)
        listener = stoppable(looking, stop)

        def found(settings: Decoding) -> list[list[Hypothesis]]:
            return search(listener, settings, start=start, end=words.end, never=words.never_said, first=first)

        return told(consensus.find(found, decoding), looking.sight)

    def read(self, pixels: Array, captions: Sequence[Sequence[Sequence[int]]], *, start: int) -> list[list[Reading]]:
        """See `Engine`."""
        listener, vocabulary = self.look(pixels), self.vocabulary
        words, lengths = self._padded([[[*ids, vocabulary.end] for ids in row] for row in captions], start)
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
        words, lengths = self._padded(questions, self.vocabulary.start)
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
        """What the encoder's graph makes of photos."""
        assert self.encoder is not None
        return _by_parts(self.encoder, pixels)

    def _read(self, sentences: Sentences) -> Arrays:
        """What the reader and the encoder's graph make of source sentences, and of the photos beside them."""
        assert self.reader is not None
        assert self.encoder is not None
        read = read_source(self.reader, sentences.ids, pad=self.vocabulary.pad)
        looked = self.encoder(read) | {"mask": read["mask"]}
        if not len(sentences.pixels):
            return looked
        assert self.beside is not None
        photo, begin = self.beside
        return with_photos(looked, _by_parts(photo, sentences.pixels), sentences.photos, begin)

    def _padded(self, questions: Sequence[Sequence[Sequence[int]]], start: int) -> tuple[Array, Array]:
        """Ids (b, k, t), the start word first, and how many each question has, (b, k)."""
        slots, longest = max(map(len, questions)), max((len(ids) for row in questions for ids in row), default=0)
        words = np.full((len(questions), slots, 1 + longest), self.vocabulary.pad)
        lengths = np.zeros((len(questions), slots), np.int64)
        for photo, row in enumerate(questions):
            for slot, ids in enumerate(row):
                words[photo, slot, : len(ids) + 1] = [start, *ids]
                lengths[photo, slot] = len(ids) + 1
        return words, lengths


def _by_parts(graph: Graph, pixels: Array) -> Arrays:
    """What a graph makes of photos, a few at a time."""
    parts = [graph({"pixels": pixels[at : at + AT_ONCE]}) for at in range(0, len(pixels), AT_ONCE)]
    return {name: np.concatenate([part[name] for part in parts], axis=int(name in STATE)) for name in parts[0]}
