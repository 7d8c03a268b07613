"""What may be asked about a photo."""

from dataclasses import fields
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from captioner.decoding.settings import MEANING, Decoding, Method

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
    language: str | None = Field(USUAL.language, max_length=40, description=MEANING["language"])
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
