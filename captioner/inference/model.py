"""One object that captions, answers and writes; paths and strings in, dataclasses out. No torch here."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from captioner import box
from captioner.decoding.settings import Decoding
from captioner.disk.replacing import steady
from captioner.inference.answers import Answered, Answers
from captioner.inference.captions import DEFAULT, Caption, Captioned
from captioner.inference.engine import Engine
from captioner.inference.photos import S, Source, Unreadable, read_ahead
from captioner.inference.stopping import Stop, never
from captioner.inference.texts import write
from captioner.models.exported import GRAPHS, Exported, is_exported, open_exported
from captioner.models.hub import local

if TYPE_CHECKING:
    from captioner.models.bundle import Bundle


class Captioner:
    """Says captions of photos, answers questions about them, or writes a text, as far as the bundle was trained to.

    Args:
        bundle: the model, or what was exported from it.
        device: where it computes, as torch names it (`cpu`, `cuda`, `cuda:1`, `mps`); an exported one on the CPU only.
        compile: whether torch.compile fuses the steps of a search, on CUDA into graphs; the first captions then take a
            minute longer, and no exported model can.
        max_pixels: pixels that a photo may have, as in `read_photo`.

    Raises:
        ValueError: the device is unknown, or not there; an exported model is to be compiled.
    """

    def __init__(
        self,
        bundle: "Bundle | Exported",
        device: str = "cpu",
        *,
        compile: bool = False,
        max_pixels: int | None = None,
    ) -> None:
        self.bundle, self.max_pixels = bundle, max_pixels
        self.engine = _engine(bundle, device, compile=compile)

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
        self,
        photos: Iterable[S],
        decoding: Decoding = DEFAULT,
        *,
        batch: int = 16,
        threads: int = 2,
        stop: Stop = never,
    ) -> Iterator[Captioned[S] | Unreadable[S]]:
        """Captions a stream of photos in its order; a photo that cannot be read does not stop the rest.

        Args:
            batch: photos captioned at once.
            threads: how many read photos ahead.
            stop: asked before each word whether to go on no further.

        Raises:
            ValueError: the bundle was not trained on captions.
            Stopped: `stop` said so.
        """
        self.need("captions")
        position, doubt = 0, self.bundle.doubts.get("captions")
        for sources, arrays in self._read_ahead(photos, batch=batch, threads=threads):
            good = [array for array in arrays if isinstance(array, np.ndarray)]
            found = iter(self.engine.search(np.stack(good), decoding, first=position, stop=stop) if good else [])
            for source, array in zip(sources, arrays, strict=True):
                if isinstance(array, np.ndarray):
                    worded = (Caption.of_hypothesis(one, self.bundle.vocabulary, doubt) for one in next(found))
                    yield Captioned(source, tuple(worded), self.bundle.image)
                else:
                    yield Unreadable(source, array)
            position += len(good)

    def explain(self, photo: Source, text: str) -> Caption:
        """Where the network looks while it is given a caption that a person wrote, and how probable it finds it.

        Raises:
            ValueError: the photo cannot be read, the text has no word, or the bundle was not trained on captions.
        """
        (result,) = self.explain_each([(photo, [text])])
        if isinstance(result, Unreadable):
            raise ValueError(result.reason)
        return result.captions[0]

    def explain_each(
        self, given: Iterable[tuple[S, Sequence[str]]], *, batch: int = 16, threads: int = 2
    ) -> Iterator[Captioned[S] | Unreadable[S]]:
        """The same for all captions of each of a stream of photos, in its order; a photo is looked at once.

        Args:
            given: photos, each with one caption or more.
            batch: photos at once.
            threads: how many read photos ahead.

        Raises:
            ValueError: a text has no word, or the bundle was not trained on captions.
        """
        self.need("captions")
        for sources, rows, arrays in self._read_with(given, batch=batch, threads=threads):
            good = [(array, row) for array, row in zip(arrays, rows, strict=True) if isinstance(array, np.ndarray)]
            found = iter(self._explain(good) if good else [])
            for source, array in zip(sources, arrays, strict=True):
                if isinstance(array, np.ndarray):
                    yield Captioned(source, next(found), self.bundle.image)
                else:
                    yield Unreadable(source, array)

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
        self.need("answers")
        if top < 1:
            raise ValueError(f"top is {top}, but at least 1 answer must be given")
        for sources, rows, arrays in self._read_with(asked, batch=batch, threads=threads):
            good = [(array, row) for array, row in zip(arrays, rows, strict=True) if isinstance(array, np.ndarray)]
            found = iter(self._answer(good, top=top) if good else [])
            for source, array in zip(sources, arrays, strict=True):
                yield Unreadable(source, array) if isinstance(array, str) else Answered(source, next(found))

    def write(
        self,
        prompt: str = "",
        *,
        length: int = 500,
        temperature: float = 1.0,
        top_k: int = 0,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Goes on from a prompt, character by character or word by word, where the bundle is a language model.

        See `captioner.inference.texts.write`; `"".join(model.write("def "))` is the whole text behind the prompt.

        Raises:
            ValueError: the bundle is no language model, or a setting is out of its range.
        """
        self.need("text")
        vocabulary = self.bundle.vocabulary
        return write(self.engine, vocabulary, prompt, length=length, temperature=temperature, top_k=top_k, seed=seed)

    def need(self, head: Literal["captions", "answers", "text"]) -> None:
        """Refuses what the bundle was not trained to do.

        Raises:
            ValueError: it has no such head.
        """
        if head in self.bundle.heads:
            return
        if "text" in self.bundle.heads:
            raise ValueError("this bundle is a language model, which sees no photos: `captioner write` lets it write")
        if head == "text":
            raise ValueError("this bundle looks at photos and writes no texts; give one that was trained on a text")
        verb, data = ("caption photos", "captions") if head == "captions" else ("answer questions", "questions")
        raise ValueError(f"this model cannot {verb}: it was trained without {data}; use one trained with them")

    def _read_ahead(
        self, photos: Iterable[S], *, batch: int, threads: int
    ) -> Iterator[tuple[list[S], list[np.ndarray | str]]]:
        return read_ahead(photos, self.bundle.image, batch=batch, threads=threads, max_pixels=self.max_pixels)

    def _read_with(
        self, given: Iterable[tuple[S, Sequence[str]]], *, batch: int, threads: int
    ) -> Iterator[tuple[list[S], list[Sequence[str]], list[np.ndarray | str]]]:
        """Batches of sources with their texts, and with their pixels as from `read_ahead`."""
        photos, texts = tee(given)
        rows = (row for _, row in texts)
        for sources, arrays in self._read_ahead((photo for photo, _ in photos), batch=batch, threads=threads):
            yield sources, list(islice(rows, len(sources))), arrays

    def _explain(self, given: Sequence[tuple[np.ndarray, Sequence[str]]]) -> Iterator[tuple[Caption, ...]]:
        """Each photo's captions."""
        vocabulary = self.bundle.vocabulary
        numbered = [[vocabulary.encode(text) for text in texts] for _, texts in given]
        for (_, texts), row in zip(given, numbered, strict=True):
            if [] in row:
                raise ValueError(f"the caption {texts[row.index([])]!r} has no word; type one, for example: a dog runs")
        readings = self.engine.read(np.stack([array for array, _ in given]), numbered)
        for (_, texts), row, read in zip(given, numbered, readings, strict=True):
            each = zip(read, texts, row, strict=True)
            yield tuple(Caption.of_reading(reading, vocabulary, text, ids) for reading, text, ids in each)

    def _answer(self, asked: Sequence[tuple[np.ndarray, Sequence[str]]], *, top: int) -> Iterator[tuple[Answers, ...]]:
        """The answers to each photo's questions."""
        numbered = [[self.bundle.vocabulary.encode(text) for text in texts] for _, texts in asked]
        verdicts = self.engine.answer(np.stack([array for array, _ in asked]), numbered, top=top)
        for (_, texts), row, found in zip(asked, numbered, verdicts, strict=True):
            each = zip(found, texts, row, strict=True)
            yield tuple(Answers.of_verdict(verdict, self.bundle, text, ids) for verdict, text, ids in each)


def _engine(bundle: "Bundle | Exported", device: str, *, compile: bool) -> Engine:
    """What computes it: onnxruntime if it was exported, else torch, which is imported only then."""
    if isinstance(bundle, Exported):
        if compile:
            raise ValueError("an exported model runs without torch, so torch.compile cannot help it; leave compile out")
        from captioner.inference.graphs import GraphEngine

        return GraphEngine(bundle, device)
    from captioner.inference.ensemble import Ensemble, EnsembleEngine
    from captioner.inference.network import NetworkEngine

    if isinstance(bundle, Ensemble):
        return EnsembleEngine(bundle, device, compile=compile)
    return NetworkEngine(bundle, device, compile=compile)


def load(
    folder: str | Path | Sequence[str | Path] | None = None,
    device: str = "cpu",
    *,
    compile: bool = False,
    max_pixels: int | None = None,
) -> Captioner:
    """Opens a bundle, or what `captioner export` made of one, for use; `hf://user/name` is fetched from the hub.

    A bundle into which it was exported is run by onnxruntime on the CPU, where that is installed: it says the same,
    sooner. `Captioner(load_bundle(folder))` is torch in any case.

    Args:
        folder: of the bundle, or of several, which then say captions together: their probabilities are averaged;
            without it, the model in the box is opened.
        device, compile, max_pixels: see `Captioner`.

    Raises:
        FileNotFoundError: there is no such bundle, or it is incomplete.
        ValueError: it is malformed, or needs torch, which is not installed; or as `Captioner`.
        OSError: the hub cannot be reached.
    """
    if not isinstance(folder, str | Path | None):
        from captioner.inference.ensemble import together
        from captioner.models.bundle import load_bundle

        several = together([load_bundle(local(each)) for each in folder])
        return Captioner(several, device, compile=compile, max_pixels=max_pixels)
    return _opened(place(folder), device, compile=compile, max_pixels=max_pixels)


def place(folder: str | Path | None) -> Path:
    """Where a model lies: as `local`, or in the box where none was named.

    Raises:
        FileNotFoundError: it is to be the one in the box, with which this install did not come; or as `local`.
    """
    return box.folder() if folder is None else local(folder)


@steady
def _opened(place: Path, device: str, *, compile: bool, max_pixels: int | None) -> Captioner:
    """One bundle, or what was exported."""
    if is_exported(place):
        return Captioner(open_exported(place), device, compile=compile, max_pixels=max_pixels)
    if device == "cpu" and not compile and is_exported(place / GRAPHS) and find_spec("onnxruntime"):
        if (place / GRAPHS).is_symlink():
            raise ValueError(f"{place / GRAPHS} is a link; a bundle holds its own graphs, so copy them into it")
        return Captioner(open_exported(place / GRAPHS), max_pixels=max_pixels)
    try:
        from captioner.models.bundle import load_bundle
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{place}: a bundle needs {error.name}, which is not installed; without it, give what `export` made"
        ) from None
    return Captioner(load_bundle(place), device, compile=compile, max_pixels=max_pixels)
