import torch

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
