"""Other captioners at the sizes of the benchmark: adapters that call their code, and hold none of it.

Two are known, each by a file and a class in it:

- a-PyTorch-Tutorial-to-Image-Captioning (sgrvinod), the common tutorial. It learns from pairs of a photo and a caption.
  Its beam search stands in scripts that open the photos themselves, so it is not timed;
- ImageCaptioning.pytorch (ruotianluo), its Att2in2Model. It learns from photos with all their captions, and searches
  many photos at once, always for as many words as a caption may have.

They are networks of their own, of the same widths as ours, on the same features and captions, in float32.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss

from benchmarks import made_up, searching, training
from benchmarks.made_up import Size, batch_of, vocabulary_of
from benchmarks.measure import Setup

WIDTH, DROPOUT = 512, 0.5  # as in our network of the benchmark


class Adapted(NamedTuple):
    """A peer's decoder at the sizes of the benchmark.

    Attributes:
        decoder: its module.
        loss: of a training batch, as its own training computes it.
        captions: how many that batch has.
        say: finds captions of maps by beam search; None where it has none that can be called.
    """

    decoder: nn.Module
    loss: Callable[[], Tensor]
    captions: int
    say: Callable[[Tensor], object] | None


class Peer(NamedTuple):
    """A captioner that is known.

    Attributes:
        name: as people call it.
        file: where its decoder stands in a checkout.
        decoder: the class.
        adapt: builds it, given the module.
    """

    name: str
    file: str
    decoder: str
    adapt: Callable[[Any, Size, Setup], Adapted]


def tutorial(module: Any, size: Size, setup: Setup) -> Adapted:
    """As many pairs of a photo and a caption as ours has photos, as the naive side takes them."""
    module.device = setup.device  # where it makes tensors of its own
    decoder = module.DecoderWithAttention(
        WIDTH, WIDTH, WIDTH, size.vocabulary, encoder_dim=made_up.CHANNELS, dropout=DROPOUT
    ).to(setup.device)
    grids, captions, lengths = training.pairs_of(size, setup)
    grids = grids.reshape(len(grids), size.side, size.side, -1)

    def loss() -> Tensor:
        scores, words, steps, weights, _ = decoder(grids, captions, lengths[:, None])
        longest = scores.shape[1]
        here = torch.arange(longest, device=scores.device) < torch.tensor(steps, device=scores.device)[:, None]
        coverage = (1 - weights.sum(1)).square().mean()
        return cross_entropy(scores[here], words[:, 1 : longest + 1][here]) + coverage

    return Adapted(decoder, loss, len(grids), None)


def batched(module: Any, size: Size, setup: Setup) -> Adapted:
    """The photos of ours, each with its five captions."""
    vocabulary, beam = vocabulary_of(size), searching.BEAM
    widths = dict.fromkeys(("input_encoding_size", "rnn_size", "att_hid_size"), WIDTH)
    features = dict.fromkeys(("fc_feat_size", "att_feat_size"), made_up.CHANNELS)
    marks = {"bos_idx": vocabulary.start, "eos_idx": vocabulary.end, "pad_idx": vocabulary.pad}
    lengths = dict.fromkeys(("max_length", "seq_length"), beam.max_words)
    words = {"vocab_size": size.vocabulary - 1, "vocab": {}}  # it adds a word
    options = SimpleNamespace(**widths, **features, **marks, **lengths, **words, num_layers=1, drop_prob_lm=DROPOUT)
    decoder = module.Att2in2Model(options).to(setup.device)
    batch = {name: tensor.to(setup.device) for name, tensor in batch_of(size, size.photos).items()}
    grids, captions = as_grids(batch["seen"]), batch["words"]
    targets = captions[..., 1:].flatten(0, 1)
    here = torch.arange(targets.shape[1], device=setup.device) < batch["lengths"].flatten()[:, None] - 1

    def loss() -> Tensor:
        log_p = decoder(grids.mean(1), grids, captions[..., :-1])
        return nll_loss(log_p[here], targets[here])

    @torch.no_grad()
    def say(maps: Tensor) -> object:
        seen = as_grids(maps)
        return decoder(seen.mean(1), seen, opt={"beam_size": beam.beam, "sample_n": 1}, mode="sample")

    return Adapted(decoder, loss, len(targets), say)


def as_grids(maps: Tensor) -> Tensor:
    """Maps (b, c, y, x) as places (b, n, c)."""
    return maps.flatten(2).transpose(1, 2).contiguous()


PEERS = (
    Peer("a-PyTorch-Tutorial-to-Image-Captioning", "models.py", "DecoderWithAttention", tutorial),
    Peer("ImageCaptioning.pytorch", "captioning/models/AttModel.py", "Att2in2Model", batched),
)
