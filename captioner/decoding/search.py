"""Looking for captions: one face for beam search, greedy search and sampling, of torch's steppers and of numpy's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

from captioner.decoding.arrays import Array, arrays_on
from captioner.decoding.batch import Batch
from captioner.decoding.beam import advance_beams
from captioner.decoding.captions import Captions, Said, read
from captioner.decoding.choose import Rules, log_probabilities
from captioner.decoding.settings import Decoding, Method
from captioner.decoding.single import advance_singles
from captioner.decoding.steps import Hypothesis, S, Stepper

# From the captions of all photos to those with one more word. Given are log-probabilities of the next word of the first
# w captions of each photo in the batch, (bb, w, v), which may be written into, and the batch; w is 1 before any word.
Advance = Callable[[Captions, Array, Batch[Any]], Captions]
METHODS: Mapping[Method, Advance] = {"beam": advance_beams, "greedy": advance_singles, "sample": advance_singles}


def search(
    stepper: Stepper[S], settings: Decoding, *, start: int | Array, end: int, never: Sequence[int], first: int = 0
) -> list[list[Hypothesis]]:
    """Finds captions.

    A caption that has not ended after `max_words` words is cut; so is one after which nothing may be said. Captions
    that ended come before those that were cut. What is found for a photo does not depend on the other photos of the
    batch: a sample depends on the seed and on the photo's position in the whole run, which is `first` plus its place in
    the batch. Several samples of a photo are drawn together, so they also depend on `n_best`.

    Args:
        stepper: a network looking at b photos.
        settings: of the search.
        start: the word before the first, for all photos or for each, (b).
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
    rules = _rules(stepper, settings, start=start, end=end, never=never)
    with rules.arrays.quiet():
        return read(list(steps(stepper, rules, first=first)))


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
    rules = _rules(stepper, settings, start=start, end=end, never=never)
    each = steps(stepper, rules, first=first)
    while True:
        with rules.arrays.quiet():  # not around the whole: whoever reads the words may want gradients between them
            said = next(each, None)
        if said is None or said.captions.log_probability == -inf:
            return
        yield said.captions.word.tolist()[0][0]


def _rules(stepper: Stepper[S], settings: Decoding, *, start: int | Array, end: int, never: Sequence[int]) -> Rules:
    if settings.consensus:
        raise ValueError(
            "a search alone finds no consensus; captioner.inference.engines.consensus does, of what searches find"
        )
    if end in never:
        raise ValueError(f"the end (word {end}) is among the words never said; take it out, or nothing can end")
    arrays = arrays_on(stepper.device)
    return Rules(arrays, settings, start, end, arrays.arange(1 + max(never, default=0))[list(never)])


def steps(stepper: Stepper[S], rules: Rules, *, first: int) -> Iterator[Said]:
    """The loop of every search: a step for all rows, the method's choice, and on with those captions that go on.

    Whoever reads them may stop between two steps; `captioner.decoding.captions.read` makes captions of them.
    """
    arrays, settings = rules.arrays, rules.settings
    everyone = arrays.arange(stepper.photos)
    batch = Batch(stepper, range(stepper.photos), everyone, everyone)
    captions = Captions.begin(rules, stepper.photos, first=first)
    state, width, words = stepper.begin(), 1, everyone * 0 + rules.start
    history = words[:, None][:, :0]
    while True:
        result = batch.stepper.step(words, state)
        choices = log_probabilities(result.logits, rules, said=captions.words, history=history)
        captions = METHODS[settings.method](captions, choices.reshape(-1, width, choices.shape[1]), batch)
        yield Said(captions, result.p, result.gates, batch.place * width)
        followed = captions.followed.tolist()  # the only wait for the device in a step
        if not any(followed) or captions.words == settings.max_words:
            return
        remaining, places = batch.without_done(followed, arrays)
        onward = max(followed)
        rows = (places[:, None] * width + captions.parent[remaining.photos, :onward]).reshape(-1)
        state = batch.stepper.select(result.state, rows)
        batch, width, words = remaining, onward, captions.word[remaining.photos, :onward].reshape(-1)
        if settings.no_repeat_ngram:
            history = arrays.concat([history[rows], words[:, None]], 1)
