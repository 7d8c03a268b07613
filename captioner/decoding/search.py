"""Looking for captions: one face for beam search, greedy search and sampling."""

from collections.abc import Iterator, Sequence
from typing import Protocol, Self, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from captioner.decoding.batch import Batch
from captioner.decoding.beam import Beams
from captioner.decoding.choose import Rules, log_probabilities
from captioner.decoding.settings import Decoding
from captioner.decoding.single import Singles, generators
from captioner.decoding.steps import Hypothesis, S, Stepper
from captioner.decoding.trace import Found, Said, read


class Captions(Protocol):
    """The captions followed for all photos, k of each (`Beams`, `Singles`)."""

    @property
    def word(self) -> Int[Tensor, "b k"]:
        """The last word of each."""

    @property
    def parent(self) -> Int[Tensor, "b k"]:
        """The caption of the step before that each continues."""

    @property
    def followed(self) -> Int[Tensor, " b"]:
        """How many of a photo's captions must go on; they come first."""

    def advance(self, choices: Float[Tensor, "bb w v"], batch: Batch[S]) -> Self:
        """The captions with one more word."""

    def found(self) -> Found:
        """The result, once the search is over."""


C = TypeVar("C", bound=Captions)


@torch.no_grad()
def search(
    stepper: Stepper[S], settings: Decoding, *, start: int, end: int, never: Sequence[int], first: int = 0
) -> list[list[Hypothesis]]:
    """Finds captions.

    A caption that has not ended after `max_words` words is cut; so is one after which nothing may be said. Captions
    that ended come before those that were cut. What is found for a photo does not depend on the other photos of the
    batch: a sample hangs on the seed and on the photo's position in the whole run, which is `first` plus its place in
    the batch. Several samples of a photo are drawn together, so they also hang on `n_best`.

    Args:
        stepper: a network looking at b photos.
        settings: of the search.
        start: the word before the first.
        end: the word after the last.
        never: words that are never said (padding, start, unknown).
        first: position of the batch's first photo in the whole run; matters for samples only.

    Returns:
        for each photo its captions, best first: `n_best` of them, fewer only where no more exist.

    Raises:
        ValueError: the end is among the words never said, or the network gives something that is not a number.
    """
    if not stepper.photos:
        return []
    batch, rules = Batch.of(stepper), _rules(stepper, settings, start=start, end=end, never=never)
    captions = Beams.begin(batch, rules) if settings.method == "beam" else _singles(batch, rules, first=first)
    steps = list(_steps(batch, captions, rules))
    return read([said for said, _ in steps], steps[-1][1].found(), settings)


@torch.no_grad()
def stream(
    stepper: Stepper[S], settings: Decoding, *, start: int, end: int, never: Sequence[int], first: int = 0
) -> Iterator[int]:
    """Says the words of one caption, greedy or sampled, as they are chosen: those that `search` finds.

    Raises:
        ValueError: beam search, which knows no word before the last, or several captions are asked for; as `search`.
    """
    if settings.method == "beam":
        raise ValueError("beam search knows no word before the last; stream with method greedy or sample")
    if stepper.photos != 1 or settings.n_best != 1:
        asked = f"{stepper.photos} photos with n_best {settings.n_best}"
        raise ValueError(f"only one caption can be streamed, not {asked}")
    batch, rules = Batch.of(stepper), _rules(stepper, settings, start=start, end=end, never=never)
    for _, captions in _steps(batch, _singles(batch, rules, first=first), rules):
        if captions.going:
            yield int(captions.word)


def _rules(stepper: Stepper[S], settings: Decoding, *, start: int, end: int, never: Sequence[int]) -> Rules:
    if end in never:
        raise ValueError(f"the end (word {end}) is among the words never said; take it out, or nothing can end")
    return Rules(settings, start, end, torch.tensor(list(never), dtype=torch.long, device=stepper.device))


def _singles(batch: Batch[S], rules: Rules, *, first: int) -> Singles:
    settings = rules.settings
    if settings.method == "greedy":
        return Singles.begin(batch, rules, chance=[])
    seed = int(torch.randint(2**62, ())) if settings.seed is None else settings.seed
    return Singles.begin(batch, rules, chance=generators(seed, [first + number for number in batch.numbers]))


def _steps(batch: Batch[S], captions: C, rules: Rules) -> Iterator[tuple[Said, C]]:
    """The loop of every search: a step for all rows, the method's choice, and on with those captions that go on."""
    state, width = batch.stepper.begin(), 1
    words = torch.full_like(batch.photos, rules.start)
    history = words.new_empty(len(words), 0)
    for said in range(rules.settings.max_words):
        result = batch.stepper.step(words, state)
        choices = log_probabilities(result.logits, rules, said=said, history=history)
        captions = captions.advance(choices.view(-1, width, choices.shape[1]), batch)
        yield Said(captions.word, captions.parent, result.p, batch.place * width), captions
        followed = captions.followed.tolist()  # the only wait for the device in a step
        if not any(followed) or said + 1 == rules.settings.max_words:
            return
        remaining, places = batch.without_done(followed)
        onward = max(followed)
        rows = (places[:, None] * width + captions.parent[remaining.photos, :onward]).flatten()
        state = batch.stepper.select(result.state, rows)
        batch, width, words = remaining, onward, captions.word[remaining.photos, :onward].flatten()
        if rules.settings.no_repeat_ngram:
            history = torch.cat([history[rows], words[:, None]], 1)
