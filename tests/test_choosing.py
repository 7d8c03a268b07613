import logging
import pickle

import pytest

from captioner.choosing import AGAIN, MEASURED, SOONEST, Choice


class Machine:
    """Stands in for clock and work: seconds of a unit by way, which may change."""

    def __init__(self, **seconds: float) -> None:
        self.seconds, self.now, self.done = seconds, 0.0, list[str]()

    def clock(self) -> float:
        return self.now

    def choice(self) -> Choice:
        return Choice("sums", list(self.seconds), unit="sums", clock=self.clock)

    def work(self, choice: Choice, pieces: int, size: int = 1) -> list[str]:
        ways = []
        for _ in range(pieces):
            with choice.piece(size) as way:
                self.now += self.seconds[way] * size
            ways.append(way)
        return ways


def test_the_fastest_is_kept_after_a_round_to_warm_up_and_half_a_second_of_work():
    machine = Machine(slow=0.2, fast=0.1)
    choice = machine.choice()
    assert machine.work(choice, 6) == ["slow", "fast"] * 3
    assert machine.work(choice, 20) == ["fast"] * 20


def test_what_it_chooses_is_said_once(caplog):
    machine = Machine(one=0.5, two=0.25)
    with caplog.at_level(logging.INFO, "captioner"):
        machine.work(machine.choice(), 300)
    assert [record.getMessage() for record in caplog.records] == ["sums: two, 4 sums a second (one 2)"]


def test_pieces_of_any_size_are_counted_by_unit():
    machine = Machine(slow=0.2, fast=0.1)
    choice = machine.choice()
    machine.work(choice, 2)
    machine.work(choice, 1, size=1)
    machine.work(choice, 1, size=50)  # takes longer, and is faster
    assert choice.way == "fast"
    machine.work(choice, 1, size=0)
    assert choice.way == "fast"


def test_when_the_speed_falls_it_looks_again_and_changes():
    machine = Machine(two=0.1, one=0.15)
    choice = machine.choice()
    machine.work(choice, 100)
    assert choice.chosen == "two"
    machine.seconds["two"] = 0.8  # another process took a core
    ways = machine.work(choice, 50)
    assert choice.chosen == "one"
    assert ways.count("two") == 1  # as slow as it is, it is not tried again
    assert ways[0] == "two"


def test_after_a_change_it_looks_sooner_whether_that_is_over():
    machine = Machine(two=0.1, one=0.15)
    choice = machine.choice()
    machine.work(choice, 100)
    machine.seconds["two"] = 0.8
    machine.work(choice, 10)
    machine.seconds["two"] = 0.1  # the other process is gone
    looked = 2 * (0.8 + 0.15)
    machine.work(choice, int(SOONEST * looked / 0.15) + 10)
    assert choice.chosen == "two"


def test_a_fall_in_which_no_way_is_faster_is_looked_into_once_in_a_while():
    machine = Machine(two=0.1, one=0.15)
    choice = machine.choice()
    machine.work(choice, 100)
    machine.seconds.update(two=0.4, one=0.6)
    ways = machine.work(choice, 30)
    assert ways.count("one") == 2
    assert choice.chosen == "two"


def test_what_became_faster_is_found_by_looking_now_and_then():
    machine = Machine(two=0.8, one=0.15)
    choice = machine.choice()
    machine.work(choice, 50)
    machine.seconds["two"] = 0.1  # the other process is gone
    machine.work(choice, int(AGAIN * 2 * (0.8 + 0.15) / 0.15) + 10)
    assert choice.chosen == "two"


@pytest.mark.parametrize("slow", [0.2, 1.0, 10.0])
def test_looking_takes_a_small_part_of_the_time(slow):
    machine = Machine(slow=slow, fast=0.1)
    choice = machine.choice()
    ways = machine.work(choice, 20_000)
    assert slow * ways.count("slow") < 0.03 * machine.now


def test_one_way_is_never_measured():
    machine = Machine(only=MEASURED)
    choice = machine.choice()
    assert machine.work(choice, 3) == ["only"] * 3
    assert choice.best == 0


def test_a_piece_that_fails_counts_for_nothing():
    machine = Machine(slow=0.2, fast=0.1)
    choice = machine.choice()

    with pytest.raises(ZeroDivisionError), choice.piece():
        machine.now += 5 / 0
    assert choice.way == "slow"
    machine.work(choice, 6)
    assert choice.way == "fast"


def test_what_another_thread_did_in_another_way_is_not_counted():
    machine = Machine(slow=0.2, fast=0.1)
    choice = machine.choice()
    with choice.piece() as way:
        choice.took(way, 0.2)  # the other thread was through sooner
    assert choice.way == "fast"


def test_it_goes_to_other_processes_with_what_it_knows():
    choice = Choice("sums", ["slow", "fast"], unit="sums")
    choice.took("slow", 0.2)
    other = pickle.loads(pickle.dumps(choice))
    assert other.way == "fast"
    other.took("fast", 0.1)
    assert other.way == "slow"
