"""The benchmark's rows of whole commands, and of work beside a busy process."""

import json
import os
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import torch

from captioner.images import ImageSpec
from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.settings import EncoderSettings
from tests.paths import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from benchmarks import busy, commands, features, made_up, measure, searching, training

CPU = measure.Setup(torch.device("cpu"), torch.float32, True, 1)


def test_a_command_is_timed_to_its_first_line_and_to_its_end():
    times = commands.timed(["--version"], clock=iter([10.0, 12.0, 17.0]).__next__)
    assert times == (2, 7)


def test_a_command_that_fails_says_why():
    with pytest.raises(RuntimeError, match=r"captioner nonsense failed: [\s\S]*invalid choice"):
        commands.timed(["nonsense"])


def test_commands_are_run_on_files_that_are_there(monkeypatch):
    ran = []

    def run(command):
        verb, *rest = map(str, command)
        if verb == "score":
            said, known = (json.loads(Path(path).read_text()) for path in rest)
            assert {each["image_id"] for each in said} == {each["id"] for each in known["images"]} == {0, 1, 2}
            assert len(known["annotations"]) == 15
        else:
            folder = rest[0] if verb == "caption" else rest[3].partition("=")[2]
            assert len(list(Path(folder).glob("*.jpg"))) == (2 if verb == "caption" else 3)
        ran.append((verb, rest))
        return commands.Times(1.0, 4.0)

    monkeypatch.setattr(commands, "timed", run)
    monkeypatch.setattr(commands, "QUICK", (2, 2, 3))
    monkeypatch.setattr(commands, "CHECKED", 1)
    rows = list(commands.rows(CPU))
    assert [(row.ours, row.unit) for row in rows] == [(0.5, "photos/s"), (1, "s"), (5, "captions/s"), (4, "s")]
    assert [verb for verb, _ in ran] == ["caption", "fit", "score"]


def test_the_first_of_several_runs_does_not_count_and_each_has_its_own_places(tmp_path, monkeypatch):
    seconds, ran = iter([90.0, 1.0, 5.0, 2.0]), list[list[str]]()

    def run(command):
        ran.append(command)
        return commands.Times(0.0, next(seconds))

    monkeypatch.setattr(commands, "timed", run)
    row = commands.fitting(tmp_path, 2, 4)
    assert row.about == {"seconds": 2, "captions": 20}
    for option in ("--data.features=", "--run="):
        assert len({each for command in ran for each in command if each.startswith(option)}) == 4


@pytest.mark.slow
def test_the_commands_run(monkeypatch):
    monkeypatch.setattr(commands, "QUICK", (2, 2, 3))
    assert all(row.ours > 0 for row in commands.rows(CPU))


def test_the_second_half_of_a_turn_counts():
    now, taken = [0.0], iter([3.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0])

    def piece():
        now[0] += next(taken)

    assert busy.pieces_a_second(piece, 4.0, clock=lambda: now[0]) == 4 / 2


def test_a_process_keeps_a_core_busy_only_meanwhile():
    with busy.busy_process() as number:
        os.kill(number, 0)
        if hasattr(os, "sched_getaffinity"):
            assert os.sched_getaffinity(number) == {max(busy.cores())}
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_work_beside_a_busy_process_is_a_share_of_the_speed_alone(monkeypatch):
    size, width = made_up.Size(2, 60, 2), GridEncoder("small", "none").channels
    for module in (made_up, training):
        monkeypatch.setattr(module, "CHANNELS", width)
    monkeypatch.setattr(made_up, "EncoderSettings", partial(EncoderSettings, "small"))
    monkeypatch.setattr(training, "QUICK", [size, size])
    monkeypatch.setattr(searching, "SIZE", size)
    monkeypatch.setattr(features, "NETWORKS", {"little": "small"})
    monkeypatch.setattr(features, "SPEC", ImageSpec(33))
    monkeypatch.setattr(busy, "Fastest", lambda network, **how: network)  # writing graphs takes seconds
    monkeypatch.setattr(busy, "PHOTOS", 2)
    order = []

    def speed(piece, seconds):
        piece()
        order.append(piece)
        return 2.0 if beside else 4.0

    beside = []

    @contextmanager
    def company():
        beside.append(True)
        yield
        beside.clear()

    monkeypatch.setattr(busy, "pieces_a_second", speed)
    monkeypatch.setattr(busy, "busy_process", company)
    monkeypatch.setattr(busy, "cores", lambda: {0, 1})
    rows = list(busy.rows(CPU))
    assert len(order) == 6
    assert len(set(order)) == 3  # that which has chosen alone goes on beside
    assert [(row.ours, row.limit, row.share, row.unit) for row in rows] == [
        (20, 40, 0.5, "captions/s"),
        (4, 8, 0.5, "photos/s"),
        (2 * features.BATCH, 4 * features.BATCH, 0.5, "photos/s"),
    ]
    assert rows[2].work == "features, little at 33, one core busy; limit: alone"


def test_one_core_alone_is_told(monkeypatch, capsys):
    monkeypatch.setattr(busy, "cores", lambda: {0})
    assert list(busy.rows(CPU)) == []
    assert capsys.readouterr().err == "busy: left out, for this process may use one core only\n"
