import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.nn.core.plan import Plan


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 3), st.data())
def test_each_word_is_read_once_in_its_turn_and_rows_are_found_again(photos, slots, data):
    """Follows the plan as the core does, with the rows' own numbers in place of states, keys and queries."""
    lengths = data.draw(st.lists(st.integers(-1, 4), min_size=photos * slots, max_size=photos * slots))
    if max(lengths) < 1:
        with pytest.raises(ValueError, match="no caption has a word"):
            Plan(torch.tensor(lengths), photos)
        return
    plan = Plan(torch.tensor(lengths), photos)
    state, memory = plan.turns[0].rows, torch.arange(photos)
    read, ended = [], dict.fromkeys(plan.silent.tolist(), 0)
    for time, turn in enumerate(plan.turns):
        state = state if turn.kept is None else state[turn.kept]
        memory = memory if turn.photos is None else memory[turn.photos]
        assert torch.equal(state, turn.rows)
        places = torch.arange(len(turn.rows)) if turn.block is None else turn.block
        assert turn.block is not None or len(turn.rows) == len(memory) * turn.slots
        assert torch.equal(memory[places // turn.slots], turn.rows // slots)  # each row sees its own photo
        read += [(row, time) for row in turn.rows.tolist()]
        ended |= dict.fromkeys(turn.rows[turn.last].tolist(), time + 1)
    assert read == list(zip(plan.rows.tolist(), plan.times.tolist(), strict=True))
    assert sorted(read) == [(row, time) for row, length in enumerate(lengths) for time in range(length)]
    assert ended == {row: max(length, 0) for row, length in enumerate(lengths)}
    assert plan.sizes == [sum(length > time for length in lengths) for time in range(max(lengths))]


def test_rows_photos_and_slots_leave_when_they_are_through():
    plan = Plan(torch.tensor([3, 2, 3, 1, 1, 1]), 3)
    first, second, third = plan.turns
    assert (first.kept, first.photos, first.block, first.slots) == (None, None, None, 2)
    assert second.rows.tolist() == [0, 1, 2]
    assert second.kept is not None
    assert second.photos is not None
    assert second.block is not None
    assert (second.kept.tolist(), second.photos.tolist(), second.block.tolist()) == ([0, 1, 2], [0, 1], [0, 1, 2])
    assert third.kept is not None
    assert (third.kept.tolist(), third.photos, third.block, third.slots) == ([0, 2], None, None, 1)


def test_photos_stay_when_little_would_be_spared():
    lengths = torch.full((20,), 2)
    lengths[7] = 1
    turn = Plan(lengths, 20).turns[1]
    assert turn.photos is None
    assert turn.block is not None
    assert turn.block.tolist() == [row for row in range(20) if row != 7]


def test_a_batch_without_words_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="no caption has a word, so there is nothing to read"):
        Plan(torch.tensor([0, -1]), 2)
