"""What is replied about a photo: captions and answers, and where the network looked."""

from pydantic import BaseModel, Field

from captioner.models.doubt import Said


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
