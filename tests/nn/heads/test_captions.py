import pytest
import torch
from torch import nn

from captioner.nn.heads.captions import CaptionHead


@pytest.mark.parametrize("glimpse", [0, 5])
def test_logits_are_the_deep_output(glimpse):
    torch.manual_seed(0)
    head = CaptionHead(11, 4, 6, glimpse=glimpse).eval()
    hidden, z, word = torch.randn(3, 6), torch.randn(3, glimpse), torch.randn(3, 4)
    deep = hidden @ head.hidden.weight.t() + head.hidden.bias + word
    if head.glimpse is not None:
        deep = deep + z @ head.glimpse.weight.t()
    wanted = torch.tanh(deep) @ head.words.weight.t() + head.words.bias
    assert wanted.shape == (3, 11)
    torch.testing.assert_close(head(hidden, z, word), wanted)


def test_tied_weights_are_one_parameter():
    embedding = nn.Embedding(11, 4)
    head = CaptionHead(11, 4, 6, glimpse=5, tied=embedding)
    assert head.words.weight is embedding.weight
    assert CaptionHead(11, 4, 6, glimpse=5).words.weight is not embedding.weight


def test_dropout_only_in_training():
    torch.manual_seed(0)
    head = CaptionHead(11, 40, 6, glimpse=5, dropout=0.5)
    inputs = torch.randn(3, 6), torch.randn(3, 5), torch.randn(3, 40)
    assert not torch.equal(head(*inputs), head(*inputs))
    head.eval()
    assert torch.equal(head(*inputs), head(*inputs))
