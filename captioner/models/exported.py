"""An exported model on disk: a folder of ONNX graphs and JSON, opened without torch.

exported.json   format, heads, transform, defaults of the search, how it was made
vocab.json      the words; answers.json, with an answer head, the answers
doubt.json      how often it is right, where that was measured, see `captioner.models.doubt`
encoder.onnx    pixels (b,3,y,x), of clips (b,f,3,y,x) -> grid (b,n,d), keys (b,n,a), hidden (l,b,h), cell (l,b,h), and
                with evidence that of each word (b,v) and classes (b,c)
                of a translator: states (b,n,c), mask (b,n), 1 where a sentence has a word -> the same
reader.onnx     of a translator: words (b,2), the next from the front and from the end, hidden and cell (l,b,2,h)
                -> next_hidden, next_cell, whose top layers are the states of these words
photo.onnx      of a translator that sees photos: pixels (p,3,y,x) -> grid (p,m,d), keys (p,m,a), which stand behind
                those of the words where a sentence has a photo
begin.onnx      then makes of this grid (b,n,d), and mask, hidden and cell anew
step.onnx       words (b,k), hidden and cell (l,b,k,h), grid, keys -> next_hidden, next_cell, p (b,k,n), and with a
                caption head logits (b,k,v); with evidence it takes that too, and gives gates (b,k,x)
answers.onnx    with an answer head: question (b,k,h), the top layer's hidden state after it, and grid
                -> probabilities (b,k,c), glimpses (b,k,g,n)

b and k, the beams or questions of a photo, are free, and so is n of a translator, whose step takes mask too. What has
no width (keys without attention, the cell state of a vanilla RNN or GRU) is left out. A language model has step.onnx
alone; its first state is all zeros.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from captioner.files import one_line, read_json
from captioner.images import ImageSpec
from captioner.models.doubt import Doubts, load_doubts
from captioner.models.inside import JSON_BYTES, has, inside
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import Vocabulary

FORMAT = 1
CONFIG = "exported.json"
HEADS = ("captions", "answers", "text", "translation")
GRAPHS = "onnx"
"""Where a bundle keeps what was exported from itself; repositories of the hub call it so too."""


@dataclass(frozen=True)
class Exported:
    """What running it needs beside the graphs.

    Attributes:
        folder: where the graphs lie.
        heads: what it was trained to do: `captions`, `answers`, or both; or `text`, or `translation`, alone.
        vocabulary: the words.
        transform: of the photos; None for a language model, or a translator that has none beside its sentences.
        about: how it was made.
        answers: the answers; None without that head.
        doubts: how often it is right, by head, where that was measured.
        counts: whether the encoder computes in 8 bits.
    """

    folder: Path
    heads: list[str]
    vocabulary: Vocabulary
    transform: ImageSpec | None
    about: dict[str, Any]
    answers: AnswerList | None = None
    counts: bool = False
    doubts: Doubts = field(default_factory=dict)

    @property
    def image(self) -> ImageSpec:
        """The transform of the photos of which it says something.

        Raises:
            ValueError: it is a language model, or translates.
        """
        if self.transform is None or "translation" in self.heads:
            raise ValueError(no_photos(self.heads))
        return self.transform

    @property
    def reads(self) -> bool:
        """Whether it reads source sentences, and says them in another language."""
        return "translation" in self.heads


def no_photos(heads: list[str]) -> str:
    """Why a model is shown no photos by themselves, and what it is for."""
    if "translation" in heads:
        return "this bundle translates sentences, and says nothing of photos: `captioner translate` lets it"
    return "this bundle is a language model, which sees no photos: `captioner write` lets it write"


def is_exported(folder: Path) -> bool:
    """Whether the folder was written by `captioner export`."""
    return has(folder, CONFIG)


def open_exported(folder: Path) -> Exported:
    """Reads all but the graphs.

    Raises:
        FileNotFoundError: files are missing; the message names them.
        ValueError: a file is malformed, no file of the folder's own, or of a newer format.
    """
    config = read_json(inside(folder, CONFIG, at_most=JSON_BYTES))
    if not isinstance(config, dict) or not {"format", "heads", "image"} <= config.keys():
        raise ValueError(f"{folder / CONFIG} lacks format, heads or image; was it made by `captioner export`?")
    heads = config["heads"]
    known = isinstance(heads, list) and heads and all(head in HEADS for head in heads)
    known = known and (len(heads) == 1 or not {"text", "translation"} & set(heads))
    if config["format"] != FORMAT or not known:
        raise ValueError(
            f"{folder} has export format {config['format']!r:.80} and heads {heads!r:.80}, this captioner reads format"
            f" {FORMAT} and {', '.join(HEADS)}; upgrade captioner"
        )
    if not isinstance(config.get("about", {}), dict):
        raise ValueError(f"{folder / CONFIG} cannot be used: `about` holds no names with values")
    try:
        blind = "text" in heads or ("translation" in heads and config["image"] is None)
        image = None if blind else ImageSpec.from_dict(config["image"])
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder / CONFIG} cannot be used: {one_line(error)}") from None
    with_answers = "answers" in heads
    answers = AnswerList.load(inside(folder, "answers.json", at_most=JSON_BYTES)) if with_answers else None
    graphs = ["step.onnx", *(["answers.onnx"] if answers else [])]
    graphs += [] if "text" in heads else ["encoder.onnx"]
    graphs += ["reader.onnx", *(["photo.onnx", "begin.onnx"] if image else [])] if "translation" in heads else []
    if missing := [name for name in graphs if not has(folder, name)]:
        raise FileNotFoundError(f"{folder} is incomplete: {' and '.join(missing)} missing; export it again")
    vocabulary = Vocabulary.load(inside(folder, "vocab.json", at_most=JSON_BYTES))
    return Exported(
        folder,
        heads,
        vocabulary,
        image,
        config.get("about", {}),
        answers,
        config.get("encoder") == "int8",
        load_doubts(folder),
    )
