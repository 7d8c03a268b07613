"""Using a bundle: photos and questions in; captions and answers, with their attention, out."""

from captioner.inference.answers import Answer, Answered, Answers
from captioner.inference.captions import Caption, Captioned
from captioner.inference.model import Captioner, load, place
from captioner.inference.photos import Source, Unreadable

__all__ = [
    "Answer",
    "Answered",
    "Answers",
    "Caption",
    "Captioned",
    "Captioner",
    "Source",
    "Unreadable",
    "load",
    "place",
]
