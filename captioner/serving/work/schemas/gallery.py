"""The gallery's photos, and what they are found by."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
