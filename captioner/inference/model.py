"""One object that says captions and answers questions; paths and strings in, dataclasses out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, tee
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from captioner.bundle import Bundle, load_bundle
from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.decoding.steps import Hypothesis
from captioner.inference.answers import Answered, Answers, answer
from captioner.inference.captions import Caption, Captioned
from captioner.inference.photos import S, Source, Unreadable, read_ahead, source_pixels
from captioner.nn.attention import Memory

DEFAULT = Decoding(method="beam", beam=3)


class Captioner:
    """Says captions of photos and answers questions about them, as far as the bundle was trained to.

    Args:
        bundle: the model.
        device: where it computes, as torch names it (`cpu`, `cuda`, `cuda:1`, `mps`).

    Raises:
        ValueError: the device is unknown, or not there.
    """

    def __init__(self, bundle: Bundle, device: str | torch.device = "cpu") -> None:
        self.bundle = bundle
        try:
            self.device = torch.device(device)
            self.network = bundle.network.to(self.device).eval()
        except (RuntimeError, AssertionError) as error:  # an unknown name; a device that torch was built without
            reason = str(error).splitlines()[0]
            raise ValueError(f"device {str(device)!r} cannot be used here ({reason}); take cpu") from None

    def caption(self, photos: Source | Iterable[Source], decoding: Decoding = DEFAULT) -> list[Captioned[Source]]:
        """Captions one photo or many.

        Args:
            photos: paths, encoded bytes, or pillow images.
            decoding: how to search.

        Raises:
            ValueError: a photo cannot be read, or the bundle was not trained on captions.
        """
        sources: list[Source] = [photos] if isinstance(photos, Source) else list(photos)
        results = []
        for result in self.caption_each(sources, decoding):
            if isinstance(result, Unreadable):
                raise ValueError(result.reason)
            results.append(result)
        return results

    def caption_each(
        self, photos: Iterable[S], decoding: Decoding = DEFAULT, *, batch: int = 16, threads: int = 2
    ) -> Iterator[Captioned[S] | Unreadable[S]]:
        """Captions a stream of photos in its order; a photo that cannot be read does not stop the rest.

        Args:
            batch: photos captioned at once.
            threads: how many read photos ahead.
        """
        self._need("captions")
        position = 0
        for sources, arrays in read_ahead(photos, self.bundle.image, batch=batch, threads=threads):
            good = [array for array in arrays if isinstance(array, np.ndarray)]
            found = iter(self._search(np.stack(good), decoding, first=position) if good else [])
            for source, array in zip(sources, arrays, strict=True):
                if isinstance(array, np.ndarray):
                    worded = (Caption.of_hypothesis(one, self.bundle.vocabulary) for one in next(found))
                    yield Captioned(source, tuple(worded))
                else:
                    yield Unreadable(source, array)
            position += len(good)

    @torch.inference_mode()
    def explain(self, photo: Source, text: str) -> Caption:
        """Where the network looks while it is given a caption that a person wrote, and how probable it finds it.

        Raises:
            ValueError: the photo cannot be read, the text has no word, or the bundle was not trained on captions.
        """
        self._need("captions")
        vocabulary = self.bundle.vocabulary
        ids = vocabulary.encode(text)
        if not ids:
            raise ValueError(f"the caption {text!r} has no word; type one, for example: a dog runs")
        words = torch.tensor([[vocabulary.start, *ids, vocabulary.end]], device=self.device)
        lengths = torch.tensor([words.shape[1] - 1], device=self.device)
        said = self.network.caption(self._look(source_pixels(photo, self.bundle.image)[None]), words[:, :-1], lengths)
        log_p = said.logits.float().log_softmax(dim=1).gather(1, words[0, 1:, None]).sum()
        spoken = tuple(vocabulary.tokens[number] for number in ids)
        p = said.trace.p[:-1].float().cpu().numpy()  # the last row chose the end
        score = float(log_p) / (len(ids) + 1) ** DEFAULT.length_exponent  # as a search without settings ranks it
        return Caption(text, spoken, float(log_p), score, p)

    def ask(self, photo: Source, question: str, *, top: int = 5) -> Answers:
        """Answers one question about one photo.

        Args:
            photo: a path, encoded bytes, or a pillow image.
            question: in words; those that the network does not know are told in the result.
            top: how many of the likeliest answers to give.

        Raises:
            ValueError: the photo cannot be read, or the bundle was not trained on questions.
        """
        (result,) = self.ask_each([(photo, [question])], top=top)
        if isinstance(result, Unreadable):
            raise ValueError(result.reason)
        return result.answers[0]

    def ask_each(
        self, asked: Iterable[tuple[S, Sequence[str]]], *, top: int = 5, batch: int = 16, threads: int = 2
    ) -> Iterator[Answered[S] | Unreadable[S]]:
        """Answers all questions about each of a stream of photos, in its order; a photo is looked at once.

        Args:
            asked: photos, each with one question or more.
            top: how many of the likeliest answers to give.
            batch: photos at once.
            threads: how many read photos ahead.
        """
        self._need("answers")
        if top < 1:
            raise ValueError(f"top is {top}, but at least 1 answer must be given")
        photos, questions = tee(asked)
        texts = (row for _, row in questions)
        for sources, arrays in read_ahead(
            (photo for photo, _ in photos), self.bundle.image, batch=batch, threads=threads
        ):
            rows = list(islice(texts, len(sources)))
            good = [(array, row) for array, row in zip(arrays, rows, strict=True) if isinstance(array, np.ndarray)]
            found = iter(self._answer(good, top=top) if good else [])
            for source, array in zip(sources, arrays, strict=True):
                yield Unreadable(source, array) if isinstance(array, str) else Answered(source, tuple(next(found)))

    def _need(self, head: Literal["captions", "answers"]) -> None:
        """Refuses what the bundle was not trained to do."""
        if head not in self.bundle.heads:
            verb, data = ("caption photos", "captions") if head == "captions" else ("answer questions", "questions")
            raise ValueError(f"this bundle cannot {verb}: it was trained without {data}; give its recipe some")

    @torch.inference_mode()
    def _answer(self, asked: Sequence[tuple[np.ndarray, Sequence[str]]], *, top: int) -> list[list[Answers]]:
        memory = self._look(np.stack([array for array, _ in asked]))
        return answer(self.bundle, memory, [questions for _, questions in asked], top=top)

    def _look(self, array: np.ndarray) -> Memory:
        return self.network.look(torch.from_numpy(array).to(self.device))

    @torch.inference_mode()
    def _search(self, array: np.ndarray, decoding: Decoding, *, first: int) -> list[list[Hypothesis]]:
        vocabulary = self.bundle.vocabulary
        return search(
            self.network.speaker(self._look(array)),
            decoding,
            start=vocabulary.start,
            end=vocabulary.end,
            never=vocabulary.never_said,
            first=first,
        )


def load(folder: str | Path, device: str = "cpu") -> Captioner:
    """Opens a bundle for use.

    Raises:
        FileNotFoundError: there is no such bundle, or it is incomplete.
        ValueError: it is malformed.
    """
    return Captioner(load_bundle(Path(folder)), device)
