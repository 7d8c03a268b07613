"""The plain captioner of the common tutorials, which computes the same as ours: what the speed is compared with.

As there: photos are repeated for each caption and each beam, the keys are made of the encoder's own channels again for
each word, word and glimpse are put together before each product, the vocabulary product stands inside the loop,
captions are sorted and padded, and beam search is a loop in Python for one photo at a time.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from captioner.decoding.settings import Decoding
from captioner.nn.network import Network


class Decoder(nn.Module):
    """Show, Attend and Tell (Xu et al. 2015) as it is usually written."""

    def __init__(self, channels: int, vocabulary: int, size: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels, elementwise_affine=False)
        self.key, self.query, self.energy = nn.Linear(channels, size), nn.Linear(size, size), nn.Linear(size, 1)
        self.project, self.gate = nn.Linear(channels, size), nn.Linear(size, size)
        self.start = nn.Linear(size, 2 * size)
        self.words, self.cell = nn.Embedding(vocabulary, size), nn.LSTMCell(2 * size, size)
        self.hidden, self.glimpse = nn.Linear(size, size), nn.Linear(size, size, bias=False)
        self.dropout, self.out = nn.Dropout(dropout), nn.Linear(size, vocabulary)

    @torch.no_grad()
    def same_as(self, network: Network) -> "Decoder":
        """Takes over our weights: a key of a projected place is one product with the place itself."""
        core, head = network.core, network.captions
        attention, gate = core.attention, core.gate
        assert attention is not None
        assert attention.energy is not None
        assert gate is not None
        assert isinstance(core.start, nn.Linear)
        assert head is not None
        assert head.glimpse is not None
        pairs = (self.query, attention.query), (self.project, core.project), (self.gate, gate)
        for mine, theirs in (*pairs, (self.start, core.start), (self.hidden, head.hidden), (self.out, head.words)):
            mine.load_state_dict(theirs.state_dict())
        self.key.weight.copy_(attention.key.weight @ core.project.weight)
        self.key.bias.copy_(attention.key.weight @ core.project.bias)
        self.energy.weight.copy_(attention.energy[None])
        self.energy.bias.zero_()
        self.glimpse.load_state_dict(head.glimpse.state_dict())
        self.words.load_state_dict(network.words.state_dict())
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(self.cell, name).copy_(getattr(core.layers, name)[0])
        return self

    def begin(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """The state before the first word."""
        h, c = torch.tanh(self.start(self.project(grid.mean(1)))).chunk(2, dim=1)
        return h, c

    def step(self, word: Tensor, h: Tensor, c: Tensor, grid: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One word: logits, weights, state."""
        e = self.energy(torch.tanh(self.key(grid) + self.query(h).unsqueeze(1))).squeeze(2)
        p = torch.softmax(e, dim=1)
        z = torch.sigmoid(self.gate(h)) * self.project((p.unsqueeze(2) * grid).sum(1))
        h, c = self.cell(torch.cat([word, z], dim=1), (h, c))
        logits = self.out(self.dropout(torch.tanh(self.hidden(h) + self.glimpse(z) + word)))
        return logits, p, h, c

    def loss(self, grid: Tensor, words: Tensor, lengths: Tensor) -> Tensor:
        """Word loss and coverage of pairs of a photo and a caption: grid (b, n, c), words (b, t) with start and end."""
        lengths, order = (lengths - 1).sort(descending=True)
        grid, words = self.norm(grid[order]), words[order]
        embedded, (h, c) = self.dropout(self.words(words)), self.begin(grid)
        steps = int(lengths.max())
        predictions = grid.new_zeros(len(grid), steps, self.out.out_features)
        weights = grid.new_zeros(len(grid), steps, grid.shape[1])
        for t in range(steps):
            b = int((lengths > t).sum())
            predictions[:b, t], weights[:b, t], h, c = self.step(embedded[:b, t], h[:b], c[:b], grid[:b])
        here = torch.arange(steps, device=grid.device) < lengths[:, None]
        coverage = (1 - weights.sum(1)).square().mean()
        return cross_entropy(predictions[here], words[:, 1 : steps + 1][here]) + coverage


@torch.no_grad()
def beam_search(
    decoder: Decoder, photo: Tensor, settings: Decoding, *, start: int, end: int, never: list[int]
) -> tuple[list[int], float]:
    """The best caption of one photo (n, c), and its score."""
    k = settings.beam
    grid = decoder.norm(photo).unsqueeze(0).expand(k, -1, -1)
    h, c = decoder.begin(grid)
    words, scores = torch.full((k, 1), start, device=photo.device), photo.new_zeros(k, 1)
    complete: list[tuple[float, list[int]]] = []
    for length in range(1, settings.max_words + 1):
        logits, _, h, c = decoder.step(decoder.words(words[:, -1]), h, c, grid[: len(words)])
        choices = log_softmax(logits, dim=1)
        choices[:, never] = -torch.inf
        if length <= settings.min_words:
            choices[:, end] = -torch.inf
        choices = scores + choices
        top, index = (choices[0] if length == 1 else choices.view(-1)).topk(k)
        before, word = index // choices.shape[1], index % choices.shape[1]
        words = torch.cat([words[before], word.unsqueeze(1)], dim=1)
        going = [i for i in range(k) if word[i] != end]
        for i in range(k):
            if i not in going:
                complete.append((top[i].item() / length**settings.length_exponent, words[i, 1:-1].tolist()))
        k = len(going)
        if k == 0:
            break
        words, h, c, scores = words[going], h[before[going]], c[before[going]], top[going].unsqueeze(1)
    if not complete:
        return words[0, 1:].tolist(), scores[0].item() / settings.max_words**settings.length_exponent
    score, best = max(complete)
    return best, score
