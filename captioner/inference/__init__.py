"""Using a bundle: photos and questions in; captions and answers, with their attention, out."""

from captioner.inference.answers import Answer, Answered, Answers
from captioner.inference.captions import Caption, Captioned
from captioner.inference.judging.judge import Fit, Judge
from captioner.inference.model import Captioner
from captioner.inference.opening import load, place
from captioner.inference.photos import Source, Unreadable
from captioner.inference.translations import Translation

__all__ = [
    "Answer",
    "Answered",
    "Answers",
    "Caption",
    "Captioned",
    "Captioner",
    "Fit",
    "Judge",
    "Source",
    "Translation",
    "Unreadable",
    "load",
    "place",
]
