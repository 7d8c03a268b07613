import math
from itertools import product

import pytest
import torch

from captioner.nn.heads.losses import (
    answer_loss,
    answer_probabilities,
    coverage_loss,
    looking_loss,
    self_critical_loss,
    word_loss,
)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_word_loss_is_the_smoothed_cross_entropy_of_loops(smoothing):
    torch.manual_seed(0)
    logits, targets = torch.randn(6, 5), torch.tensor([0, 4, 2, 2, 1, 3])
    total = 0.0
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        norm = math.log(sum(math.exp(x) for x in row))
        for word, x in enumerate(row):
            share = smoothing / 5 + (1 - smoothing) * (word == target)
            total += share * (norm - x)
    assert word_loss(logits, targets, smoothing=smoothing).item() == pytest.approx(total / 6, abs=1e-6)


def test_word_loss_is_computed_in_float32():
    logits, targets = torch.randn(6, 5).bfloat16(), torch.tensor([0, 4, 2, 2, 1, 3])
    assert word_loss(logits, targets).item() == pytest.approx(word_loss(logits.float(), targets).item())


def test_coverage_is_that_of_loops_over_captions_with_words():
    torch.manual_seed(1)
    p, rows = torch.rand(6, 4), torch.tensor([3, 0, 3, 1, 0, 3])  # captions 2 and 4 have no words
    total = 0.0
    for caption in (0, 1, 3):
        for place in range(4):
            seen = sum(p[word, place].item() for word in range(6) if rows[word] == caption)
            total += (1 - seen) ** 2
    assert coverage_loss(p, rows).item() == pytest.approx(total / 12, abs=1e-6)


def test_looking_is_that_of_loops_over_the_words_that_name_something():
    torch.manual_seed(2)
    p, words, cover = torch.rand(5, 4).softmax(1), torch.tensor([4, 1]), torch.rand(2, 4)
    total = sum(-math.log(sum(float(p[w, i] * c[i]) for i in range(4))) for w, c in zip(words, cover, strict=True))
    assert looking_loss(p, words, cover).item() == pytest.approx(total / 2, abs=1e-6)


def test_looking_pulls_only_the_words_that_name_something_and_only_into_their_boxes():
    scores = torch.zeros(3, 4, dtype=torch.double, requires_grad=True)
    cover = torch.tensor([[1.0, 0.5, 0.0, 0.0]], dtype=torch.double)
    looking_loss(scores.softmax(1), torch.tensor([1]), cover).backward()
    assert scores.grad is not None
    # of -log Σ pᵢ cᵢ by the scores: pᵢ (1 - cᵢ / Σ pⱼ cⱼ)
    wanted = 0.25 * (1 - cover[0] / (0.25 * 1.5))
    torch.testing.assert_close(scores.grad[1], wanted, rtol=0, atol=1e-6)
    assert not scores.grad[[0, 2]].any()


def test_looking_is_zero_without_such_words_and_finite_where_nothing_lies_inside():
    p = torch.tensor([[1.0, 0.0]])
    assert looking_loss(p, torch.zeros(0, dtype=torch.long), torch.zeros(0, 2)) == 0
    assert looking_loss(p, torch.tensor([0]), torch.tensor([[0.0, 1.0]])).isfinite()


def test_coverage_is_zero_where_each_place_was_seen_once():
    assert coverage_loss(torch.eye(4), torch.zeros(4, dtype=torch.long)).item() == pytest.approx(0, abs=1e-12)


def test_coverage_without_attention_or_words_is_zero_and_has_gradients():
    p = torch.zeros(3, 0, requires_grad=True)
    loss = coverage_loss(p, torch.tensor([0, 0, 1]))
    assert loss.item() == 0
    loss.backward()
    assert coverage_loss(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long)).item() == 0


def test_coverage_gradients():
    p = torch.rand(5, 3, requires_grad=True)
    rows = torch.tensor([0, 2, 2, 0, 0])
    coverage_loss(p, rows).backward()
    sums = torch.stack([p[rows == row].sum(dim=0) for row in (0, 1, 2)])
    torch.testing.assert_close(p.grad, (-2 * (1 - sums) / 6)[rows].detach())


TARGETS = torch.tensor([[1.0, 0.0, 0.3], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_of_answers_is_that_of_loops_over_questions_with_a_target(smoothing):
    torch.manual_seed(2)
    logits, total = torch.randn(3, 3), 0.0
    for row, targets in ((0, [1 / 1.3, 0, 0.3 / 1.3]), (2, [0, 1, 0])):
        norm = math.log(sum(math.exp(x) for x in logits[row].tolist()))
        for x, target in zip(logits[row].tolist(), targets, strict=True):
            total += (target * (1 - smoothing) + smoothing / 3) * (norm - x)
    loss = answer_loss(logits, TARGETS, kind="cross_entropy", smoothing=smoothing)
    assert loss.item() == pytest.approx(total / 2, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_binary_loss_of_answers_is_that_of_loops_over_all_questions(smoothing):
    torch.manual_seed(3)
    logits, total = torch.randn(3, 3), 0.0
    for row, targets in zip(logits.tolist(), TARGETS.tolist(), strict=True):
        for x, target in zip(row, targets, strict=True):
            share, p = target * (1 - smoothing) + smoothing / 2, 1 / (1 + math.exp(-x))
            total -= share * math.log(p) + (1 - share) * math.log(1 - p)
    loss = answer_loss(logits, TARGETS, kind="binary", smoothing=smoothing)
    assert loss.item() == pytest.approx(total / 3, abs=1e-5)


def test_questions_without_a_known_answer_give_no_cross_entropy_and_no_gradient():
    logits = torch.randn(2, 3, requires_grad=True)
    loss = answer_loss(logits, torch.zeros(2, 3), kind="cross_entropy", smoothing=0.1)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_probabilities_exclude_one_another_or_not():
    logits = torch.tensor([[0.0, math.log(3.0)]])
    assert answer_probabilities(logits, kind="cross_entropy").tolist() == [pytest.approx([0.25, 0.75])]
    assert answer_probabilities(logits, kind="binary").tolist() == [pytest.approx([0.5, 0.75])]


def test_the_self_critical_gradient_is_that_of_its_definition_by_hand():
    """Two photos with three captions each over three words, in float64."""
    generator = torch.Generator().manual_seed(2)
    lengths = [3, 1, 2, 2, 2, 1]
    rows = torch.tensor([row for row, length in enumerate(lengths) for _ in range(length)])
    logits = torch.randn(len(rows), 3, generator=generator, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(3, (len(rows),), generator=generator)
    rewards = [[1.0, 0.25, 0.5], [2.0, 2.0, 0.0]]
    loss = self_critical_loss(logits, targets, rows, torch.tensor(rewards, dtype=torch.float64))
    loss.backward()
    expected, total = torch.zeros(len(rows), 3, dtype=torch.float64), 0.0
    for place, (row, target) in enumerate(zip(rows.tolist(), targets.tolist(), strict=True)):
        mine = rewards[row // 3]
        advantage = mine[row % 3] - (sum(mine) - mine[row % 3]) / 2
        norm = sum(math.exp(x) for x in logits[place].tolist())
        for word, x in enumerate(logits[place].tolist()):
            expected[place, word] = advantage * (math.exp(x) / norm - (word == target)) / 6
        total -= advantage * (logits[place, target].item() - math.log(norm)) / 6
    assert loss.item() == pytest.approx(total, abs=1e-14)
    torch.testing.assert_close(logits.grad, expected, rtol=0, atol=1e-14)


def test_over_all_samples_the_self_critical_gradient_is_that_of_minus_the_expected_reward():
    """Captions of at most two words over "a", "b" and the end: seven of them, so 49 pairs can be drawn."""
    generator = torch.Generator().manual_seed(3)
    theta = torch.randn(2, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    captions = [(2,), *product((0, 1), (0, 1, 2))]
    rewards = torch.rand(7, generator=generator, dtype=torch.float64)

    def log_p(caption):
        return sum(theta.log_softmax(1)[time, word] for time, word in enumerate(caption))

    value = sum(log_p(caption).exp() * reward for caption, reward in zip(captions, rewards, strict=True))
    (exact,) = torch.autograd.grad(-value, theta)
    mean = torch.zeros_like(theta)
    for one, other in product(range(7), repeat=2):
        drawn = captions[one], captions[other]
        p = (log_p(drawn[0]) + log_p(drawn[1])).exp().item()
        rows = torch.tensor([row for row, caption in enumerate(drawn) for _ in caption])
        logits = torch.stack([theta[time] for caption in drawn for time in range(len(caption))])
        targets = torch.tensor([word for caption in drawn for word in caption])
        (gradient,) = torch.autograd.grad(self_critical_loss(logits, targets, rows, rewards[[one, other]][None]), theta)
        mean += p * gradient
    torch.testing.assert_close(mean, exact, rtol=0, atol=1e-14)
