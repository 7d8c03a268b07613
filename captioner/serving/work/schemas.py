"""What may be asked of the service and what it answers, as its OpenAPI description tells."""

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from captioner.decoding.settings import MEANING, Decoding, Method
from captioner.models.doubt import Said

Attention = Literal["none", "weights", "pictures"]
USUAL = Decoding()
ATTENTION = "`weights`: of every place for each word; `pictures`: what a page lays over the photo for each word"


class Search(BaseModel):
    """How a caption is searched for."""

    model_config = ConfigDict(extra="forbid")

    method: Method = Field(USUAL.method, description=MEANING["method"])
    beam: int = Field(USUAL.beam, ge=1, le=16, description=MEANING["beam"])
    n_best: int = Field(USUAL.n_best, ge=1, le=16, description=MEANING["n_best"])
    max_words: int = Field(USUAL.max_words, ge=1, le=60, description=MEANING["max_words"])
    min_words: int = Field(USUAL.min_words, ge=0, le=60, description=MEANING["min_words"])
    length_exponent: float = Field(USUAL.length_exponent, ge=0, le=10, description=MEANING["length_exponent"])
    no_repeat_ngram: int = Field(USUAL.no_repeat_ngram, ge=0, le=60, description=MEANING["no_repeat_ngram"])
    temperature: float = Field(USUAL.temperature, ge=0, le=100, description=MEANING["temperature"])
    top_k: int = Field(USUAL.top_k, ge=0, le=10**6, description=MEANING["top_k"])
    top_p: float = Field(USUAL.top_p, gt=0, le=1, description=MEANING["top_p"])
    seed: int | None = Field(USUAL.seed, ge=0, lt=2**62, description=MEANING["seed"])
    consensus: int = Field(USUAL.consensus, ge=0, le=64, description=MEANING["consensus"])

    def decoding(self) -> Decoding:
        """The settings that were given.

        Raises:
            ValueError: they do not go together.
        """
        return Decoding(**{field.name: getattr(self, field.name) for field in fields(Decoding)})


class CaptionQuery(Search):
    """What is asked about a photo."""

    attention: Attention = Field("none", description=ATTENTION)


class DrawQuery(Search):
    """What is drawn: the model's own caption if neither is given."""

    caption: str | None = Field(None, max_length=300, description="attend while reading this caption")
    question: str | None = Field(None, max_length=300, description="attend to this question")
    format: Literal["png", "html"] = Field("png", description="a picture, or a page that needs no other file")


class AskQuery(BaseModel):
    """Questions about a photo."""

    model_config = ConfigDict(extra="forbid")

    question: list[Annotated[str, Field(max_length=300)]] = Field(
        min_length=1, max_length=16, description="may be given several times"
    )
    top: int = Field(5, ge=1, le=100, description="answers given to each question")
    attention: Attention = Field("none", description=ATTENTION)


class Word(BaseModel):
    """A word, where its attention is largest, and the `data:` address of what is laid over the photo."""

    word: str
    said: str
    cover: str
    away: str = Field("", description="how much of its attention goes to no place, where the network has a sentinel")
    seen: str = Field("", description="what the encoder's classifier saw that made the word, where it did")


class Looked(BaseModel):
    """Words, and where the network looked at each of them, as far as that was asked for."""

    words: list[str]
    attention: list[list[float]] | None = Field(None, description="(words, places)")
    pictures: list[Word] | None = None
    hint: str | None = Field(None, description="what a page says before a word is chosen")


class Made(BaseModel):
    """What the encoder's classifier brought to a word."""

    share: float = Field(description="the part of the word's odds that it brought, from 0 to 1")
    classes: dict[str, float] = Field(description="what it saw of the kind that the word names, the likeliest first")


class SaidCaption(Looked):
    """A caption."""

    caption: str
    score: float = Field(description="what the search ranks by")
    log_probability: float = Field(description="in nats")
    evidence: list[Made] | None = Field(None, description="of each word, where the network has evidence")
    doubt: Said | None = Field(None, description="how sure it may be: sure, likely, a guess; null if never measured")
    right: float | None = Field(
        None, description="the part of such captions' nouns that was right where it was measured"
    )


class CaptionReply(BaseModel):
    """The best caption, and all that were asked for, best first."""

    caption: str
    score: float
    log_probability: float
    doubt: Said | None = None
    right: float | None = None
    n_best: list[SaidCaption]


class SaidAnswer(BaseModel):
    """An answer."""

    answer: str
    probability: float


class AnswerReply(Looked):
    """The answers to a question; its words are followed by the glimpses that were taken after it."""

    question: str
    answer: str
    probability: float
    doubt: Said | None = None
    right: float | None = Field(None, description="how often such answers were right where it was measured")
    unknown: list[str] = Field(description="words of the question that the model does not know")
    top: list[SaidAnswer]


class AskReply(BaseModel):
    """The answers to each question, in their order."""

    answers: list[AnswerReply]


class Photo(BaseModel):
    """A photo of the gallery."""

    name: str
    label: str
    caption: str
    by: Literal["person", "model", ""]


class Photos(BaseModel):
    """Some photos of the gallery, and how many there are; whether captions may be edited, and photos found by words."""

    photos: list[Photo]
    total: int
    edit: bool
    search: bool


class FindQuery(BaseModel):
    """What photos of the gallery are looked for by."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(max_length=300, description="what is to be seen, such as two dogs on a beach")
    top: int = Field(60, ge=1, le=200, description="photos to give at most")


class Known(BaseModel):
    """How far the gallery's photos can be searched by now."""

    known: int = Field(description="photos that can be found")
    total: int = Field(description="photos in the folder")
    done: bool = Field(description="whether all of them were looked at; those that are not known then cannot be read")
    trouble: str = Field(description="what keeps the server from looking at more, in one sentence; empty if nothing")


class Hit(BaseModel):
    """A photo that was found."""

    photo: Photo
    score: float = Field(description="how much likelier the words are for it than for any photo, in nats")
    log_probability: float = Field(description="of the words for this photo, in nats")


class FindReply(BaseModel):
    """The photos that the words fit best, best first, and among how many they were looked for."""

    hits: list[Hit]
    unknown: list[str] = Field(description="words that the model does not know")
    searched: Known


class Health(BaseModel):
    """That it is there."""

    status: Literal["ok"]


class Refusal(BaseModel):
    """Why a request was not done, in one sentence."""

    error: str


class ModelReply(BaseModel):
    """The model card: what the bundle is, and what the service accepts."""

    name: str
    heads: list[str]
    captioner: str
    words: int
    answers: int
    network: dict[str, Any] | None = Field(None, description="its settings; not told of an exported model")
    image: dict[str, Any]
    about: dict[str, Any]
    card: str | None = Field(None, description="the bundle's README.md")
    limits: dict[str, float]
