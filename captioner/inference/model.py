"""One object that captions, answers, writes and translates; paths and strings in, dataclasses out. No torch here."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from captioner.decoding.settings import TRANSLATING, Decoding
from captioner.inference.answers import Answered, Answers, answered
from captioner.inference.captions import DEFAULT, Caption, Captioned, explained
from captioner.inference.engines.choosing import engine_of
from captioner.inference.engines.stopping import Stop, never
from captioner.inference.photos import S, Source, Unreadable, read_ahead, read_with
from captioner.inference.texts import write
from captioner.inference.translations import Eyes, Translation, translate_each
from captioner.models.encoding.names import EngineName
from captioner.models.exported import Exported, no_photos

if TYPE_CHECKING:
    from captioner.models.bundle import Bundle


class Captioner:
    """Captions photos, answers questions about them, writes a text, or translates, as far as the bundle was trained to.

    Args:
        bundle: the model, or what was exported from it.
        device: where it computes, as torch names it (`cpu`, `cuda`, `cuda:1`, `mps`); an exported one on the CPU only.
        compile: whether torch.compile fuses the steps of a search, on CUDA into graphs; the first captions then take a
            minute longer, and no exported model can.
        max_pixels: pixels that a photo may have, as in `read_photo`.
        engine: what looks at photos on the CPU: `torch`, `onnxruntime`, or the one that is faster here (`auto`), which
            is measured once torch has looked for some seconds. Both see the same.

    Raises:
        ValueError: the device is unknown, or not there; an exported model is to be compiled; the engine cannot be used.
    """

    def __init__(
        self,
        bundle: "Bundle | Exported",
        device: str = "cpu",
        *,
        compile: bool = False,
        max_pixels: int | None = None,
        engine: EngineName = "auto",
    ) -> None:
        self.bundle, self.max_pixels = bundle, max_pixels
        self.engine = engine_of(bundle, device, compile=compile, engine=engine)

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
        for sources, arrays in read_ahead(
            photos, self.bundle.image, batch=batch, threads=threads, max_pixels=self.max_pixels
        ):
            good = [array for array in arrays if isinstance(array, np.ndarray)]
            found = iter(self.engine.search(np.stack(good), decoding, first=position, stop=stop) if good else [])
            for source, array in zip(sources, arrays, strict=True):
                if isinstance(array, np.ndarray):
                    worded = (Caption.of_hypothesis(one, self.bundle.vocabulary, doubt) for one in next(found))
                    yield Captioned(source, tuple(worded), self.bundle.image)
                else:
                    yield Unreadable(source, array)
            position += len(good)

    def explain(self, photo: Source, text: str, *, language: str | None = None) -> Caption:
        """Where the network looks while it is given a caption that a person wrote, and how probable it finds it.

        Args:
            photo: a path, encoded bytes, or a pillow image.
            text: the caption.
            language: its code, where the model knows several; by default the model's first.

        Raises:
            ValueError: the photo cannot be read, the text has no word, or the bundle was not trained on captions.
        """
        (result,) = self.explain_each([(photo, [text])], language=language)
        if isinstance(result, Unreadable):
            raise ValueError(result.reason)
        return result.captions[0]

    def explain_each(
        self,
        given: Iterable[tuple[S, Sequence[str]]],
        *,
        language: str | None = None,
        batch: int = 16,
        threads: int = 2,
    ) -> Iterator[Captioned[S] | Unreadable[S]]:
        """The same for all captions of each of a stream of photos, in its order; a photo is looked at once.

        Args:
            given: photos, each with one caption or more.
            language: of the captions, as for `explain`.
            batch: photos at once.
            threads: how many read photos ahead.

        Raises:
            ValueError: a text has no word, or the bundle was not trained on captions.
        """
        self.need("captions")
        for sources, rows, arrays in self._with_texts(given, batch=batch, threads=threads):
            good = [(array, row) for array, row in zip(arrays, rows, strict=True) if isinstance(array, np.ndarray)]
            found = iter(explained(self.engine, self.bundle, good, language) if good else [])
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
        for sources, rows, arrays in self._with_texts(asked, batch=batch, threads=threads):
            good = [(array, row) for array, row in zip(arrays, rows, strict=True) if isinstance(array, np.ndarray)]
            found = iter(answered(self.engine, self.bundle, good, top=top) if good else [])
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

    def translate(
        self,
        sentences: str | Iterable[str],
        decoding: Decoding = TRANSLATING,
        *,
        photos: Source | Iterable[Source | None] | None = None,
    ) -> list[Translation]:
        """Says one sentence or many in another language.

        Args:
            sentences: one or many.
            decoding: how to search.
            photos: the photo beside the one sentence, or one for each of many, None where a sentence has none; for a
                bundle that was trained with photos, which translates without them, too.

        Raises:
            ValueError: a sentence has no word, or too many, a photo cannot be read, there is not one for each sentence,
                or the bundle does not translate, or sees no photos.
        """
        results = []
        each = [sentences] if isinstance(sentences, str) else sentences
        beside = [photos] if isinstance(photos, Source) else photos
        for result in self.translate_each(each, decoding, photos=beside):
            if isinstance(result, Unreadable):
                raise ValueError(result.reason)
            results.append(result)
        return results

    def translate_each(
        self,
        sentences: Iterable[str],
        decoding: Decoding = TRANSLATING,
        *,
        photos: Iterable[Source | None] | None = None,
        batch: int = 32,
        stop: Stop = never,
    ) -> Iterator[Translation | Unreadable[str]]:
        """The same for a stream of sentences in its order; one that cannot be read does not stop the rest.

        Args:
            sentences: one each.
            decoding: how to search.
            photos: beside them, one for each; a sentence whose photo cannot be read is not translated.
            batch: sentences translated at once.
            stop: asked before each subword whether to go on no further.

        Raises:
            ValueError: the bundle does not translate, or sees no photos; or there is not one for each sentence.
            Stopped: `stop` said so.
        """
        self.need("translation")
        image, words = self.bundle.transform, self.bundle.vocabulary
        eyes = Eyes(image, self.max_pixels) if image is not None else None
        return translate_each(self.engine, words, sentences, decoding, photos=photos, eyes=eyes, batch=batch, stop=stop)

    def need(self, head: Literal["captions", "answers", "text", "translation"]) -> None:
        """Refuses what the bundle was not trained to do.

        Raises:
            ValueError: it has no such head.
        """
        if head in self.bundle.heads:
            return
        if {"text", "translation"} & set(self.bundle.heads):
            raise ValueError(no_photos(self.bundle.heads))
        if head == "translation":
            raise ValueError("this bundle looks at photos and translates nothing; give one trained by task: translate")
        if head == "text":
            raise ValueError("this bundle looks at photos and writes no texts; give one that was trained on a text")
        verb, data = ("caption photos", "captions") if head == "captions" else ("answer questions", "questions")
        raise ValueError(f"this model cannot {verb}: it was trained without {data}; use one trained with them")

    def _with_texts(
        self, given: Iterable[tuple[S, Sequence[str]]], *, batch: int, threads: int
    ) -> Iterator[tuple[list[S], list[Sequence[str]], list[np.ndarray | str]]]:
        return read_with(given, self.bundle.image, batch=batch, threads=threads, max_pixels=self.max_pixels)
