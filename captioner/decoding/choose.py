"""From logits to words: what may be said, the best few of very many, and drawing one by chance."""

from math import inf, isqrt
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from captioner.decoding.settings import Decoding


class Rules(NamedTuple):
    """What may be said when: the special ids beside the settings."""

    settings: Decoding
    start: int
    end: int
    never: Int[Tensor, " x"]


def log_probabilities(
    logits: Float[Tensor, "r v"], rules: Rules, *, said: int, history: Int[Tensor, "r t"]
) -> Float[Tensor, "r v"]:
    """The network's log-probabilities in float32 (nats), -inf for what may not be said; nothing is renormalised.

    Args:
        logits: of the next word.
        rules: which words are never said, from where on the end is allowed, which n-grams may not repeat.
        said: number of words said before.
        history: those words; read only where n-grams may not repeat.
    """
    choices = torch.log_softmax(logits, dim=-1, dtype=torch.float32)  # our own copy, so it may be written into
    choices.index_fill_(1, rules.never, -inf)
    if said < rules.settings.min_words:
        choices[:, rules.end] = -inf
    n = rules.settings.no_repeat_ngram
    if n and said >= n:
        windows = history.unfold(1, n, 1)  # (r, t - n + 1, n): every n-gram said
        same = (windows[..., :-1] == history[:, None, said - n + 1 :]).all(-1)
        choices.scatter_add_(1, windows[..., -1], torch.where(same, -inf, 0.0))
    return choices


def best(values: Float[Tensor, "r x"], count: int) -> tuple[Float[Tensor, "r y"], Int[Tensor, "r y"]]:
    """The `count` largest values of each row, best first, and where they lie: `values.topk(count)`, faster.

    Seen as a table of many rows, the largest values lie in the columns that have the largest maxima. So all values are
    read once, for the maxima, and only `count` columns are looked through: 4 to 7 times faster than topk on a CPU.
    """
    rows, width = values.shape
    columns = isqrt(width * count)  # equally many maxima as values left to look through
    height = width // columns
    table = values[:, : height * columns].view(rows, height, columns)
    column = table.amax(1).topk(count).indices[:, None].expand(-1, height, -1)
    place = column + columns * torch.arange(height, device=values.device)[:, None]  # (r, height, count)
    rest = torch.arange(height * columns, width, device=values.device).expand(rows, -1)
    few = torch.cat([table.gather(2, column).flatten(1), values[:, height * columns :]], 1)
    top, index = few.topk(count)
    return top, torch.cat([place.flatten(1), rest], 1).gather(1, index)


def choose(choices: Float[Tensor, "r v"], settings: Decoding, noise: Float[Tensor, "r v"] | None) -> Int[Tensor, " r"]:
    """One word for each row: the most probable one, or one drawn at its probability.

    With standard Gumbel noise g, argmax log p_i + g_i is word i with probability p_i (Gumbel 1954). Drawn that way, a
    row's word hangs on its own noise alone, and a word of no probability never comes.

    Args:
        choices: log-probabilities, -inf for what may not be said.
        settings: temperature, top_k and top_p.
        noise: standard Gumbel; none, or temperature 0, takes the most probable word.
    """
    if noise is None or settings.temperature == 0:
        return choices.argmax(1)
    # The best word's logit becomes 0, so that no temperature, however small, makes all of them -inf.
    scaled = (choices - choices.amax(1, keepdim=True)) / settings.temperature
    scaled = scaled.masked_fill(choices == -inf, -inf)  # -inf - nan is nan, and would be chosen
    if not settings.top_k and settings.top_p == 1:
        return (scaled + noise).argmax(1)
    vocabulary = choices.shape[1]
    scaled, words = scaled.topk(min(settings.top_k or vocabulary, vocabulary))
    p = scaled.softmax(1)
    scaled = scaled.masked_fill(p.cumsum(1) - p >= settings.top_p, -inf)  # those before it are enough
    drawn = (scaled + noise[:, : scaled.shape[1]]).argmax(1, keepdim=True)
    return words.gather(1, drawn).squeeze(1)
