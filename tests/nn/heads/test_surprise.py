import pytest
import torch

from captioner.nn.heads import surprise
from captioner.nn.heads.losses import word_loss
from captioner.nn.heads.surprise import word_losses


@pytest.fixture(params=[1, 14, 2**18], ids=["a word a part", "uneven parts", "one part"])
def parts(request, monkeypatch):
    monkeypatch.setattr(surprise, "PART", request.param)


def words(dtype=torch.double, *, scale=1.0):
    torch.manual_seed(0)
    return torch.randn(9, 7, dtype=dtype).mul_(scale).requires_grad_(), torch.tensor([0, 6, 2, 2, 1, 3, 5, 4, 0])


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_losses_and_gradient_are_those_of_cross_entropy(smoothing):
    logits, targets = words()
    found = word_losses(logits, targets, smoothing=smoothing)
    wanted = torch.nn.functional.cross_entropy(logits, targets, label_smoothing=smoothing)
    torch.testing.assert_close(found.smoothed, wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.exact, torch.nn.functional.cross_entropy(logits.detach(), targets))
    assert not found.exact.requires_grad
    gradients = (torch.autograd.grad(2.5 * loss, logits)[0] for loss in (found.smoothed, wanted))
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-12)
    assert torch.autograd.gradcheck(lambda x: word_losses(x, targets, smoothing=smoothing).smoothed, logits)


@pytest.mark.usefixtures("parts")
def test_in_bfloat16_sums_are_in_float32():
    logits, targets = words(torch.bfloat16)
    found, wanted = word_losses(logits, targets, smoothing=0.1), word_loss(logits, targets, smoothing=0.1)
    torch.testing.assert_close(found.smoothed, wanted, rtol=0, atol=1e-6)
    gradients = [torch.autograd.grad(loss, logits)[0] for loss in (found.smoothed, wanted)]
    assert gradients[0].dtype == torch.bfloat16
    torch.testing.assert_close(*gradients, rtol=2**-7, atol=1e-5)


def test_logits_of_any_size_overflow_nowhere():
    logits, targets = words(torch.float32, scale=1e4)
    found, wanted = word_losses(logits, targets, smoothing=0.1), word_loss(logits, targets, smoothing=0.1)
    torch.testing.assert_close(found.smoothed, wanted)
    torch.testing.assert_close(found.exact, word_loss(logits, targets).detach())


def test_what_is_not_a_number_stays_so():
    logits, targets = words()
    with torch.no_grad():
        logits[3, 1] = float("nan")
    assert all(loss.isnan() for loss in word_losses(logits, targets))


def test_without_a_gradient_none_is_kept():
    logits, targets = words()
    with torch.no_grad():
        found = word_losses(logits, targets, smoothing=0.1)
    torch.testing.assert_close(found.smoothed, word_loss(logits, targets, smoothing=0.1).double(), rtol=0, atol=1e-6)
    assert not found.smoothed.requires_grad


def test_elsewhere_than_on_a_processor_torch_computes_it():
    logits, targets = torch.empty(9, 7, device="meta"), torch.empty(9, dtype=torch.long, device="meta")
    assert [loss.device.type for loss in word_losses(logits, targets, smoothing=0.1)] == ["meta", "meta"]
