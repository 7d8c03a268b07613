import torch

from captioner.training.data.loading import Batches, loader
from captioner.training.data.order import Drawn, Order


class Dice:
    """Photos that throw a die."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return index, int(torch.randint(1_000_000, ()))


def thrown(epoch: int, *, ranks: int = 1, rank: int = 0, seed: int = 0) -> list[tuple[int, int]]:
    dataset = Drawn(Dice())
    order = Order(dataset, ranks, rank, shuffle=True, seed=seed)
    order.set_epoch(epoch)
    return [dataset[draw] for draw in order]


def test_order_and_chance_hang_on_seed_and_epoch_alone():
    torch.manual_seed(1)
    first = thrown(3)
    torch.manual_seed(2)
    assert thrown(3) == first
    assert thrown(4) != first
    assert thrown(3, seed=1) != first
    assert not {chance for _, chance in first} & {chance for _, chance in thrown(4)}


def test_ranks_share_the_photos_and_their_chance():
    both = thrown(0, ranks=2, rank=0) + thrown(0, ranks=2, rank=1)
    assert set(both) == set(thrown(0))


def test_the_chance_of_everything_else_is_left_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    thrown(0)
    assert torch.equal(torch.rand(3), expected)


def test_a_loader_goes_on_within_a_pass_and_the_next_pass_is_whole():
    def opened(workers: int = 0) -> Batches:
        how = {"ranks": (1, 0), "shuffle": True, "seed": 0, "epoch": 1, "workers": workers}
        return loader(Dice(), 2, list, **how)  # type: ignore[arg-type]

    whole = list(opened())
    first = opened()
    begun = iter(first)
    taken = [next(begun), next(begun)]
    again = opened()
    again.load_state_dict(first.state_dict())
    assert [*taken, *again] == whole
    assert again.state_dict() == {"given": 3}
    assert list(again) == whole
    ended = opened()
    ended.load_state_dict(again.state_dict())  # of a pass that was over
    assert list(ended) == whole
