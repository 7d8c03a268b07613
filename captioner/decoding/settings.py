"""How captions are searched for: method, sizes, lengths and chance, checked when they are given. Imports no torch."""

from dataclasses import dataclass
from typing import Literal, get_args

from captioner.ranges import COUNT, FROM_NONE, Range, check_ranges

Method = Literal["beam", "greedy", "sample"]
RANGES = {
    "beam": Range(1, 1000, whole=True),
    "n_best": Range(1, 10_000, whole=True),
    "max_words": COUNT,
    "min_words": FROM_NONE,
    "length_exponent": Range(0, 10),
    "no_repeat_ngram": FROM_NONE,
    "temperature": Range(0, 1_000_000),
    "top_k": FROM_NONE,
    "top_p": Range(0, 1, above=True),
    "consensus": Range(0, 10_000, whole=True),
    "seed": Range(0, 2**63 - 1, whole=True, absent=True),
}
"""Of the numbers among the settings."""


@dataclass(frozen=True)
class Decoding:
    """Settings of a search.

    What does not belong to the method is left alone: `beam` and `length_exponent` steer beam search, `temperature`,
    `top_k`, `top_p` and `seed` steer sampling, also that of `consensus`; everything else holds for every method.

    Attributes:
        method: `beam` (best captions of a beam search), `greedy` (the most probable word each time) or `sample`.
        beam: captions followed at once for each photo; 1 is greedy search.
        n_best: captions returned for each photo; at most `beam` of a beam search, 1 of greedy search.
        max_words: a caption that has not ended after so many words is cut there.
        min_words: the end is not allowed before so many words.
        length_exponent: score = log p / length ** length_exponent, where length counts the factors of p: the words,
            and the end if it was reached. 0 compares log p itself, 1 its mean; larger ones favour longer captions.
        no_repeat_ngram: no caption says the same so many words in a row twice; 0 allows every repetition.
        temperature: divides the logits before sampling: above 1 more varied, below 1 safer, 0 greedy.
        top_k: samples come from the so many most probable words; 0 takes all.
        top_p: samples come from the fewest words that together have at least this probability; 1 takes all.
        seed: of the samples; none takes one from torch's global generator, so `torch.manual_seed` repeats that too.
        language: code of the language, of a model that knows several; none takes its first.
        consensus: so many samples are drawn beside what the method finds, and the captions that agree most with all
            others are given (`captioner.inference.engines.consensus`); 0 takes what the method finds.

    Raises:
        ValueError: a value is out of its range, or n_best asks for more captions than the method finds.
    """

    method: Method = "beam"
    beam: int = 3
    n_best: int = 1
    max_words: int = 20
    min_words: int = 1
    length_exponent: float = 0.7
    no_repeat_ngram: int = 0
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int | None = None
    consensus: int = 0
    language: str | None = None

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ValueError(f"method is {self.method!r}; choose one of {', '.join(get_args(Method))}")
        check_ranges(vars(self), RANGES)
        if self.min_words > self.max_words:
            raise ValueError(
                f"min_words is {self.min_words} and max_words {self.max_words}; lower min_words or raise max_words"
            )
        if self.method == "beam" and self.n_best > self.beam:
            raise ValueError(f"n_best is {self.n_best} and beam {self.beam}; a beam search finds at most beam captions")
        if self.method == "sample" and self.consensus:
            raise ValueError(f"consensus is {self.consensus}, which draws its own samples; use method beam or greedy")
        if self.method == "greedy" and self.n_best > 1:
            raise ValueError(f"n_best is {self.n_best}, but greedy search finds one caption; use method beam or sample")


TRANSLATING = Decoding(method="beam", beam=5, max_words=100, length_exponent=1.0)
"""For sentences, whose subwords are many, and which are to be no shorter than what they say."""

MEANING = {
    "method": "how words are chosen",
    "beam": "captions followed at once",
    "n_best": "captions given; at most `beam` of a beam search",
    "max_words": "a caption is cut after so many words",
    "min_words": "a caption has at least so many words",
    "length_exponent": "score = log p / length ** this; larger ones favour longer captions",
    "no_repeat_ngram": "no caption says the same so many words in a row twice; 0 allows it",
    "temperature": "of samples: above 1 more varied, below 1 safer",
    "top_k": "samples come from the so many likeliest words; 0 takes all",
    "top_p": "samples come from the fewest words with this probability together",
    "seed": "of the samples",
    "language": "of the captions, where the model knows several",
    "consensus": "gives the captions that agree most with the others and so many samples; 0 draws none",
}
"""Each setting in a line, as the command line and the service tell it."""
