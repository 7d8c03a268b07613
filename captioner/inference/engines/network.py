"""A bundle's network at work: numpy in and out, torch between."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from math import isnan
from typing import Any

import numpy as np
import torch
from torch import nn

from captioner.choosing import Choice
from captioner.data.feed.batches import padded
from captioner.decoding.search import search, stream
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis, Stepper
from captioner.inference.engines import consensus
from captioner.inference.engines.engine import Found, Kept, Reading, Seen, Sentences, Sight, Verdict, shares, told
from captioner.inference.engines.stopping import Stop, never, stoppable
from captioner.models.bundle import Bundle
from captioner.models.encoding.fastest import Fastest
from captioner.models.encoding.names import EngineName
from captioner.nn.choir import Choir
from captioner.nn.core.attention import Memory
from captioner.nn.core.beside import Photos
from captioner.nn.fusing import fuse_search
from captioner.nn.heads.evidence import Hints
from captioner.nn.heads.losses import answer_probabilities
from captioner.nn.network import Encoder
from captioner.nn.precision import fast_type
from captioner.nn.speaker import Speaker
from captioner.nn.threads import thread_counts, threads
from captioner.nn.writer import Writer


class NetworkEngine:
    """The engine of a bundle.

    Args:
        bundle: the model.
        device: where it computes, as torch names it (`cpu`, `cuda`, `cuda:1`, `mps`).
        compile: whether torch.compile fuses the step of a search; see `captioner.nn.fusing`.
        engine: what looks at photos on the CPU; see `captioner.models.encoding.fastest`.

    Raises:
        ValueError: the device is unknown, or not there; or the engine cannot be used.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str | torch.device = "cpu",
        *,
        compile: bool = False,
        engine: EngineName = "auto",
    ) -> None:
        self.bundle, self.vocabulary = bundle, bundle.vocabulary
        try:
            self.device = torch.device(device)
            if self.device.type == "meta":
                raise RuntimeError("it holds no numbers")
            self.network = bundle.network.to(self.device).eval()
        except (RuntimeError, AssertionError) as error:  # an unknown name; a device that torch was built without
            reason = str(error).splitlines()[0]
            raise ValueError(f"device {str(device)!r} cannot be used here ({reason}); take cpu") from None
        self.encoder = self._encoder(engine) if bundle.settings.sees else None
        self.counts = thread_counts() if self.device.type == "cpu" else {"": 0}
        self.pace = Choice("search", list(self.counts), unit="photos")
        if compile:
            fuse_search(self.network)

    def _encoder(self, engine: EngineName) -> Encoder:
        """From pixels to the grid: on the CPU by whatever is fastest there, elsewhere the network's own."""
        encoder = self.network.encoder
        if self.device.type != "cpu":
            if engine == "onnxruntime":
                raise ValueError(f"the engine onnxruntime computes on the cpu, not on {self.device}; leave it out")
            return encoder
        whole = encoder.stem if encoder.frozen else nn.Sequential(encoder.stem, encoder.tail)
        maps = Fastest(whole, engine=engine)
        return lambda pixels: encoder.finish(maps(pixels), nn.Identity())

    def look(self, seen: Seen) -> Memory:
        """All that is needed of photos, or of sentences.

        Raises:
            ValueError: the weights, finite as they are, make what are no numbers of these photos.
        """
        if isinstance(seen, Sentences):
            memory = self.network.look(self._given(seen.ids), photos=self._beside(seen))
        else:
            memory = self.network.look(self._given(seen), self.encoder)
        _check_numbers(bool(memory.grid.isfinite().all()))
        return memory

    def _beside(self, sentences: Sentences) -> Photos | None:
        """What the encoder sees of their photos; None where there are none."""
        if not len(sentences.pixels):
            return None
        assert self.encoder is not None
        return Photos(self.encoder(self._given(sentences.pixels)), self._given(sentences.photos))

    def _given(self, numbers: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(numbers).to(self.device)

    def speaker(self, seen: Seen) -> Speaker | Choir:
        """What a search of these photos, or sentences, asks word by word."""
        return Speaker(self.network, self.look(seen))

    def weights(self) -> Iterator[bytes | memoryview]:
        """See `Engine`."""
        for name, value in self.network.own_state().items():
            yield name.encode()
            yield value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data

    @torch.inference_mode()
    def memory(self, pixels: np.ndarray) -> Kept:
        """See `Engine`; the grid, of which all else is made, and what evidence there is."""
        memory = self.look(pixels)
        kept = {"grid": memory.grid} | ({} if memory.hints is None else {"evidence": memory.hints.scores})
        return {name: value.float().cpu().numpy() for name, value in kept.items()}

    def recall(self, kept: Kept) -> Speaker | Choir:
        """See `Engine`."""
        grid = torch.from_numpy(kept["grid"]).to(self.device, self.network.words.weight.dtype)
        with torch.inference_mode():
            memory = self.network.core.recall(grid)
            if self.network.evidence is not None:
                scores = torch.from_numpy(kept["evidence"]).to(self.device, grid.dtype)
                memory = memory._replace(hints=self.network.evidence.recall(scores))
            return Speaker(self.network, memory)

    def fast(self) -> AbstractContextManager[Any]:
        """See `Engine`."""
        kind = fast_type(self.device)
        return torch.autocast(self.device.type, kind, enabled=kind != torch.float32)

    @torch.inference_mode()
    def search(self, seen: Seen, decoding: Decoding, *, first: int, stop: Stop = never) -> list[list[Found]]:
        """See `Engine`."""
        looking, words = self.speaker(seen), self.vocabulary
        start = words.begin(decoding.language)
        speaker = stoppable(looking, stop)

        def found(settings: Decoding) -> list[list[Hypothesis]]:
            stepper: Stepper[Any] = speaker
            return search(stepper, settings, start=start, end=words.end, never=words.never_said, first=first)

        with self.pace.piece(len(seen)) as way, threads(self.counts[way]):
            said = consensus.find(found, decoding)
        _check_numbers(not any(isnan(each.log_probability) for captions in said for each in captions))
        return told(said, _sight(looking.hints, seen))

    @torch.inference_mode()
    def read(
        self, pixels: np.ndarray, captions: Sequence[Sequence[Sequence[int]]], *, start: int
    ) -> list[list[Reading]]:
        """See `Engine`."""
        begun = [[[start, *ids, self.vocabulary.end] for ids in row] for row in captions]
        words, lengths = padded(begun, pad=self.vocabulary.pad)
        ids = words.flatten(0, 1).to(self.device)
        memory = self.look(pixels)
        said = self.network.caption(memory, ids[:, :-1], lengths.flatten().to(self.device) - 1)
        after = ids[said.plan.rows, said.plan.times + 1]
        log_p = said.logits.float().log_softmax(dim=1).gather(1, after[:, None]).squeeze(1)
        totals = log_p.new_zeros(len(ids)).index_add(0, said.plan.rows, log_p).tolist()
        p, rows = said.trace.p.float().cpu().numpy(), said.plan.rows.cpu().numpy()
        gates, sight = said.gates.float().cpu().numpy(), _sight([memory.hints] * (memory.hints is not None), pixels)
        return [
            [
                Reading(  # the last one chose the end
                    totals[row],
                    p[rows == row][:-1],
                    shares(captions[photo][slot], gates[rows == row][:-1], [each[photo] for each in sight.scores]),
                    sight.classes[photo],
                )
                for slot, row in enumerate(range(photo * words.shape[1], photo * words.shape[1] + len(texts)))
            ]
            for photo, texts in enumerate(captions)
        ]

    def write(self, read: Sequence[int], decoding: Decoding) -> Iterator[int]:
        """See `Engine`."""
        *before, last = read
        return stream(
            Writer.after(self.network, before),
            decoding,
            start=last,
            end=self.vocabulary.end,
            never=self.vocabulary.never_said,
        )

    @torch.inference_mode()
    def answer(
        self, pixels: np.ndarray, questions: Sequence[Sequence[Sequence[int]]], *, top: int
    ) -> list[list[Verdict]]:
        """See `Engine`; a question without words is read as the start word alone."""
        assert self.bundle.answers is not None
        begun = [[[self.vocabulary.start, *ids] for ids in row] for row in questions]
        words, lengths = padded(begun, pad=self.vocabulary.pad)
        said = self.network.answer(
            self.look(pixels), words.flatten(0, 1).to(self.device), lengths.flatten().to(self.device)
        )
        probabilities = answer_probabilities(said.logits, kind=self.bundle.settings.answers.loss)
        _check_numbers(bool(probabilities.isfinite().all()))
        found = probabilities.topk(min(top, len(self.bundle.answers)))
        each = iter(zip(found.values.tolist(), found.indices.tolist(), said.p.float().cpu().numpy(), strict=True))
        attention, rows = said.trace.p.float().cpu().numpy(), said.plan.rows.cpu().numpy()
        verdicts: list[list[Verdict]] = []
        for photo, row in enumerate(questions):
            verdicts.append([])
            for slot in range(len(row)):
                best, places, glimpses = next(each)
                seen = attention[rows == photo * words.shape[1] + slot][1:]  # without the start word's
                verdicts[-1].append(Verdict(best, places, seen, glimpses))
        return verdicts


def _sight(hints: Sequence[Hints], seen: Seen) -> Sight:
    """The same for numpy; of each photo, even where there is no evidence."""
    scores = [each.scores.float().cpu().numpy() for each in hints]
    classes = [each.classes.float().cpu().numpy() for each in hints[:1]]
    return Sight(scores, classes[0] if classes else np.zeros((len(seen), 0), np.float32))


def _check_numbers(good: bool) -> None:
    if not good:
        raise ValueError("the network's numbers overflow, so it can say nothing; was the bundle's training diverging?")
