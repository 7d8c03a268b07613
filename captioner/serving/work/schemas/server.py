"""What the service tells of itself, and why it refuses."""

from typing import Any, Literal

from pydantic import BaseModel, Field


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
    languages: list[str] = Field(description="codes of those that it captions in, if it was told any")
    network: dict[str, Any] | None = Field(None, description="its settings; not told of an exported model")
    image: dict[str, Any]
    about: dict[str, Any]
    card: str | None = Field(None, description="the bundle's README.md")
    limits: dict[str, float]
