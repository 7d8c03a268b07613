"""A sentence is read from both ends by the core's cells; what lies behind it changes nothing."""

import pytest
import torch

from captioner.nn.core.reader import TwoWayReader, turn

CELLS = ["rnn", "lstm", "gru"]


def reader(cell, layers=1):
    torch.manual_seed(0)
    return TwoWayReader(5, cell=cell, state=4, layers=layers).double()


@pytest.mark.parametrize("cell", CELLS)
def test_what_lies_behind_a_sentence_changes_nothing(cell):
    read = reader(cell, layers=2)
    words = torch.randn(3, 6, 5, dtype=torch.double)
    lengths = [6, 2, 4]
    mask = torch.arange(6) < torch.tensor(lengths)[:, None]
    states = read(words, mask)
    for row, length in enumerate(lengths):
        alone = read(words[row : row + 1, :length], torch.ones(1, length, dtype=torch.bool))
        torch.testing.assert_close(states[row, :length], alone[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_word_by_word_it_is_the_same(cell):
    read = reader(cell, layers=2)
    words = torch.randn(2, 5, 5, dtype=torch.double)
    states = read(words, torch.ones(2, 5, dtype=torch.bool))
    onward, homeward = read.onward.zeros(2, words), read.homeward.zeros(2, words)
    for place in range(5):
        ends = torch.stack([words[:, place], words[:, 4 - place]], dim=1)
        onward, homeward = read.step(ends, (onward, homeward))
        torch.testing.assert_close(states[:, place, :4], onward.hidden[-1], rtol=0, atol=1e-12)
        torch.testing.assert_close(states[:, 4 - place, 4:], homeward.hidden[-1], rtol=0, atol=1e-12)


def test_each_place_knows_what_stands_before_it_and_behind_it():
    read = reader("gru")
    words, mask = torch.randn(1, 4, 5, dtype=torch.double), torch.ones(1, 4, dtype=torch.bool)
    before = read(words, mask)
    words[0, 2] += 1
    changed = ((read(words, mask) - before)[0].abs() > 1e-9).view(4, 2, 4).any(dim=2)
    assert changed.tolist() == [[False, True], [False, True], [True, True], [True, False]]


def test_turned_round_twice_a_sentence_is_as_it_was():
    mask = torch.tensor([[True, True, True, False], [True, True, True, True]])
    once = turn(mask)
    assert once.tolist() == [[2, 1, 0, 3], [3, 2, 1, 0]]
    assert torch.equal(once.gather(1, once), torch.arange(4).expand(2, 4))
