import torch
import torch.distributed as dist

from captioner.training.tasks.gathering import merge_ranks, shares


def test_one_process_keeps_its_own_in_the_order_of_the_ids():
    assert list(merge_ranks({3: "c", 1: "a"}).items()) == [(1, "a"), (3, "c")]


def test_a_photo_that_two_ranks_saw_counts_once(monkeypatch):
    def gather(parts, mine):
        parts[:] = [mine, {1: "b", 0: "a"}]

    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(dist, "all_gather_object", gather)
    assert list(merge_ranks({2: "c", 0: "a"}).items()) == [(0, "a"), (1, "b"), (2, "c")]


def test_means_of_unequal_processes_average_to_the_mean_of_all(monkeypatch):
    assert shares(3, 5, device=torch.device("cpu")) == [1.0, 1.0]

    def reduce(counts):
        counts += torch.tensor([1.0, 0.0, 0.0])  # what the other process has

    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(dist, "all_reduce", reduce)
    words, alone, none = shares(3, 5, 0, device=torch.device("cpu"))
    mine, other = 7.0, 11.0  # means over three words, and over one
    assert (float(words) * mine + 2 / 4 * other) / 2 == (3 * mine + other) / 4
    assert (float(alone), float(none)) == (2.0, 0.0)
