"""How answers are trained and scored: the loss on soft targets, and the official accuracy of the likeliest answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from captioner.data.read.questions import Question
from captioner.nn.core.attention import Memory
from captioner.nn.heads.losses import answer_loss
from captioner.nn.network import Network
from captioner.scoring.answers.scores import score_answers
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import Vocabulary
from captioner.training.data.question_files import Split
from captioner.training.tasks.caption_part import Batch, Loss
from captioner.training.tasks.gathering import shares


@dataclass(frozen=True)
class AnswerPart:
    """Trains and tests the answer head; settings are those of the task."""

    network: Network
    smoothing: float
    word_dropout: float

    def loss(self, memory: Memory, batch: Batch, vocabulary: Vocabulary) -> Loss:
        """The loss of all questions about the photos; some of their words are made unknown ones."""
        words, lengths = batch["words"].flatten(0, 1), batch["lengths"].flatten()
        hidden = torch.rand(words.shape, device=words.device) < self.word_dropout
        hidden[:, 0] = False  # the start word is no word of the question
        said = self.network.answer(memory, words.masked_fill(hidden, vocabulary.unknown), lengths)
        kind, targets = self.network.settings.answers.loss, batch["targets"]
        loss = answer_loss(said.logits, targets, kind=kind, smoothing=self.smoothing)
        counted = len(targets) if kind == "binary" else int((targets.sum(dim=1) > 0).sum())
        share, of_all = shares(counted, len(targets), device=words.device)
        with torch.no_grad():
            exact = share * answer_loss(said.logits, targets, kind=kind)
            right = of_all * targets.gather(1, said.logits.argmax(dim=1, keepdim=True)).mean()
        return Loss(share * loss, {"answer_loss": exact, "answer_score": right}, len(targets))

    def say(self, memory: Memory, batch: Batch, answers: AnswerList) -> dict[int, str]:
        """The likeliest answer to each question, by its place in the split."""
        said = self.network.answer(memory, batch["words"].flatten(0, 1), batch["lengths"].flatten())
        places = batch["places"][batch["places"] >= 0].tolist()
        best = said.logits.argmax(dim=1).tolist()
        return {place: answers.answers[number] for place, number in zip(places, best, strict=True)}

    def score_names(self, split: Split) -> list[str]:
        """The scores of answers as they are logged."""
        return [f"{split}/accuracy"]

    def scores(self, split: Split, said: Mapping[int, str], questions: Sequence[Question]) -> dict[str, float]:
        """By name, of the answers to all questions."""
        asked = [questions[place] for place in said]
        scores = score_answers({questions[place].id: answer for place, answer in said.items()}, asked)
        return {f"{split}/accuracy": scores.accuracy, f"{split}/questions": float(scores.count)}
