"""How a cluster is shared out, and how a source is cut."""

import pytest

from captioner.cluster.shares import rows_of_piece, shared


@pytest.mark.parametrize(
    ("cpus", "gpus", "torch", "workers", "each", "device"),
    [
        (4, 0, True, 2, 1, "cpu"),
        (3, 0, False, 1, 1, "cpu"),
        (64, 0, False, 60, 1, "cpu"),
        (64, 4, True, 4, 15, "cuda"),
        (64, 4, False, 60, 1, "cpu"),
    ],
)
def test_workers_leave_processors_for_reading_and_for_the_filter(cpus, gpus, torch, workers, each, device):
    found = shared({"CPU": cpus, "GPU": gpus}, torch=torch)
    assert (found.workers, found.cpus, found.device) == (workers, each, device)


def test_a_cluster_that_is_too_small_would_hang_and_is_refused():
    with pytest.raises(ValueError, match="the cluster has 2 processors, and needs 3 at least"):
        shared({"CPU": 2}, torch=False)
    with pytest.raises(ValueError, match="the cluster has 5 processors, and needs 6 at least"):
        shared({"CPU": 5, "GPU": 4}, torch=True)


def test_pieces_are_small_enough_for_all_to_end_together():
    assert rows_of_piece(None, 8) == 1000
    assert rows_of_piece(200, 2) == 16
    assert rows_of_piece(20_000, 2) == 312
    assert rows_of_piece(10**8, 1000) == 1000
