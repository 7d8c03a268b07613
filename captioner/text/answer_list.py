"""The answers that a network can give: made once from the train split, kept with the model as answers.json."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, get_args

from captioner.files import one_line, read_json, read_text, write_json

Targets = Literal["share", "vqa", "one"]
AGREEING = 3  # annotators whose agreement makes an answer wholly right (Antol et al. 2015)


@dataclass(frozen=True)
class AnswerList:
    """The answers of a classifier in the order of its outputs.

    Args:
        answers: the answers, most frequent first.

    Raises:
        ValueError: there are none, one is no text, empty, or stands twice.
    """

    answers: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.answers:
            raise ValueError("an answer list needs at least one answer")
        odd = [answer for answer in self.answers if not isinstance(answer, str) or not answer.strip()]
        if odd:
            raise ValueError(f"every answer of an answer list is a text of at least one letter, not {odd[0]!r}")
        twice = [answer for answer, count in Counter(self.answers).items() if count > 1]
        if twice:
            raise ValueError(f"the answer {twice[0]!r} stands twice in the answer list; keep one of them")

    def __len__(self) -> int:
        return len(self.answers)

    @classmethod
    def build(cls, answer_lists: Iterable[Sequence[str]], k: int) -> Self:
        """Takes the k most frequent answers, fewer where there are not so many.

        Every annotator's answer counts one. The order is by falling count, then by code point, so the same questions
        in any order give the same list. Answers are taken as they are: where scoring normalises them, do so before
        (`captioner.scoring.answers.vqa.as_compared`).

        Args:
            answer_lists: for every question of the train split, what its annotators answered.
            k: how many answers to keep.

        Raises:
            ValueError: k is no whole number from 1 on, or there are no answers.
        """
        return cls.of_counts(Counter(answer for answers in answer_lists for answer in answers), k)

    @classmethod
    def of_counts(cls, counts: Mapping[str, int], k: int) -> Self:
        """As `build`, where somebody has counted already.

        Raises:
            ValueError: k is no whole number from 1 on, or there are no answers.
        """
        if type(k) is not int or k < 1:
            raise ValueError(f"the number of answers to keep must be a whole number from 1 on, not {k!r}")
        return cls(tuple(sorted(counts, key=lambda answer: (-counts[answer], answer))[:k]))

    def targets(self, answers: Sequence[str], kind: Targets) -> dict[int, float]:
        """The weights that a question's answers give to the classifier's outputs; answers not in the list give none.

        - `share`: the share of the annotators who gave the answer.
        - `vqa`: min(annotators who gave it / 3, 1), with fewer than three annotators / their number.
        - `one`: 1 for the most frequent answer of those in the list, of equal ones the first in the list.

        Args:
            answers: what the annotators answered, one each.
            kind: which weights.

        Returns:
            Index in the list: weight in 0..1; empty where none of the answers is in the list.

        Raises:
            ValueError: there are no answers, or `kind` is unknown.
        """
        if kind not in get_args(Targets):
            raise ValueError(f"answer targets must be one of {', '.join(get_args(Targets))}, not {kind!r}")
        if not answers:
            raise ValueError("a question without answers has no targets; train on questions with answers")
        counts = {self.index[answer]: n for answer, n in Counter(answers).items() if answer in self.index}
        if kind == "one":
            return {min(counts, key=lambda index: (-counts[index], index)): 1.0} if counts else {}
        whole = len(answers) if kind == "share" else min(AGREEING, len(answers))
        return {index: min(n / whole, 1.0) for index, n in counts.items()}

    @cached_property
    def index(self) -> dict[str, int]:
        """Answer: its place in the list."""
        return {answer: place for place, answer in enumerate(self.answers)}

    def save(self, path: Path) -> None:
        """Writes the list as JSON."""
        write_json(path, {"answers": list(self.answers)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads the list that `save` wrote, or a data set's own from a `.txt` with one answer a line.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file holds no proper list; the message names it.
        """
        answers: Any
        if path.suffix == ".txt":
            answers = [line.strip() for line in read_text(path).splitlines() if line.strip()]
        else:
            content = read_json(path)
            answers = content.get("answers") if isinstance(content, dict) else None
            if not isinstance(answers, list):
                raise ValueError(f"{path} is no answer list: it must hold a list `answers`")
        try:
            return cls(tuple(answers))
        except ValueError as error:
            raise ValueError(f"{path}: {one_line(error)}") from None
