import torch.distributed as dist

from captioner.training.tasks.gathering import merge_ranks


def test_one_process_keeps_its_own_in_the_order_of_the_ids():
    assert list(merge_ranks({3: "c", 1: "a"}).items()) == [(1, "a"), (3, "c")]


def test_a_photo_that_two_ranks_saw_counts_once(monkeypatch):
    def gather(parts, mine):
        parts[:] = [mine, {1: "b", 0: "a"}]

    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(dist, "all_gather_object", gather)
    assert list(merge_ranks({2: "c", 0: "a"}).items()) == [(0, "a"), (1, "b"), (2, "c")]
