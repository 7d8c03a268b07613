"""The benchmark's two sides compute the same, and its table says what was measured."""

import json
import os
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from captioner.images import ImageSpec
from captioner.nn.core.scores import additive_scores
from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.settings import EncoderSettings
from tests.paths import ROOT

SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(SCRIPTS))

import benchmark  # noqa: E402
from benchmarks import (  # noqa: E402
    comparing,
    exported,
    features,
    growth,
    limit,
    made_up,
    measure,
    photos,
    profiling,
    scoring,
    searching,
    startup,
    training,
)
from benchmarks.naive import Decoder  # noqa: E402

SIZE = made_up.Size(2, 60, 3)
CPU = measure.Setup(torch.device("cpu"), torch.float32, True, 1)


@pytest.fixture(scope="module", autouse=True)
def channels():
    """The same code on features of the little CNN, in no time."""
    width = GridEncoder("small", "none").channels
    with pytest.MonkeyPatch.context() as patch:
        for module in (made_up, training, searching, exported, growth):
            patch.setattr(module, "CHANNELS", width)
        patch.setattr(made_up, "EncoderSettings", partial(EncoderSettings, "small"))
        yield width


def test_both_sides_of_the_training_give_the_same_loss_and_gradient():
    training.compare(SIZE, CPU)


def test_a_wrong_side_is_noticed(monkeypatch):
    monkeypatch.setattr(Decoder, "same_as", lambda self, network: self)
    with pytest.raises(AssertionError):
        training.compare(SIZE, CPU)


@pytest.mark.slow
def test_a_step_of_each_side_trains():
    training.few_steps("ours", SIZE, CPU)
    training.few_steps("naive", SIZE, CPU)


def test_both_beam_searches_find_the_same_captions(channels):
    network = searching.decided(made_up.network_of(SIZE)).eval()
    decoder = Decoder(channels, SIZE.vocabulary, 512, 0.0).same_as(network).eval()
    words = searching.compare(network, decoder, made_up.maps_of(SIZE, 3), made_up.vocabulary_of(SIZE))
    assert 0 < words <= searching.BEAM.max_words


@pytest.mark.slow
def test_an_exported_search_finds_the_same_captions(tmp_path, monkeypatch):
    monkeypatch.setattr(exported, "SIZE", SIZE)
    network = searching.decided(made_up.network_of(SIZE)).eval()
    exported.write_graphs(network, tmp_path)
    times, scores = exported.timed(tmp_path, exported.STEP, 3, 1)
    wanted = searching.said(network, made_up.maps_of(SIZE, 3), made_up.vocabulary_of(SIZE))
    assert scores == pytest.approx([best.score for best, *_ in wanted], abs=1e-4)
    assert times["ours"] > 0


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not tell cores to a process")
def test_a_start_is_timed_on_few_cores():
    mine = os.sched_getaffinity(0)
    with startup.few_cores():
        assert len(os.sched_getaffinity(0)) <= startup.CORES
    assert os.sched_getaffinity(0) == mine


def test_photos_are_read_and_compared(tmp_path):
    files = photos.write_photos(tmp_path, (80, 60), 2)
    plain = torch.nn.Conv2d(3, 4, 16, stride=16)

    encoder: Any = SimpleNamespace(begin=plain)
    photos.compare(encoder, plain, files, CPU)
    assert photos.naively(plain, files, CPU.device)[0].shape == (2, 4, 14, 14)


@pytest.mark.slow
def test_growth_trains_from_a_store_that_takes_no_room(tmp_path):
    growth.write_store(tmp_path, 1_000_000)
    assert (tmp_path / "features.bin").stat().st_blocks == 0
    assert growth.train(100, 2, 1, torch.get_num_threads()) > 0


def test_captions_to_score_are_made_up():
    hypotheses, references = scoring.made_up(3)
    assert hypotheses.keys() == references.keys()
    assert all(9 <= len(text.split()) <= 14 for texts in references.values() for text in texts)


def test_the_limit_is_the_slower_of_computing_and_moving():
    rates = limit.Rates(flops=100.0, bytes=10.0)
    assert rates.time(200, 5) == 2
    assert rates.time(200, 50) == 5
    a, b = torch.ones(3, 4), torch.ones(4, 5)
    assert limit.flops_of(lambda: a @ b) == 2 * 3 * 4 * 5


def test_sides_are_timed_in_turns_after_one_untimed_round():
    called = []
    sides = {"one": lambda: called.append("one"), "other": lambda: called.append("other")}
    times = measure.seconds(sides, CPU.device, repeats=2)
    assert called == ["one", "other"] * 3
    assert all(len(each) == 2 for each in times.values())


def test_a_row_says_how_many_times_better_and_how_near_the_limit():
    fast = measure.Row("a", "photos/s", 30.0, 10.0, 60.0, "more", {})
    short = measure.Row("b", "s", 2.0, 10.0, 1.0, "less", {})
    alone = measure.Row("c", "ms", 40.0, None, None, "less", {})
    assert (fast.ratio, fast.share) == (3, 0.5)
    assert (short.ratio, short.share) == (5, 0.5)
    assert (alone.ratio, alone.share) == (None, None)
    assert benchmark.line(fast) == "| a | photos/s | 30 | 10 | 3.0 | 60 | 50% |"
    assert benchmark.line(alone) == "| c | ms | 40 | – | – | – | – |"


def test_a_row_is_recorded_without_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["benchmark.py", "--only", "beam", "--records", str(tmp_path), "--out=b.json"])
    row = measure.Row("beam 5, 49 places: 1 at once", "photos/s", 30.0, None, 60.0, "more", {})
    assert benchmark.file_name(row) == "beam_5_49_places_1_at_once"
    record = benchmark.record(row, CPU, 2.0, {"commit": "abc"})
    assert record.scores == {"ours": 30, "limit": 60, "share": 0.5}
    assert record.command == "scripts/benchmark.py --only beam"
    assert record.settings["unit"] == "photos/s"


@pytest.mark.slow
def test_memory_is_that_of_the_process_alone():
    held = torch.ones(2**28)  # a gigabyte here, which is none of the child's
    assert measure.in_fresh_process(abs, -1).megabytes < 900
    assert held[0] == 1


def test_a_profile_tells_what_takes_the_time():
    numbers = torch.randn(400, 400)
    parts = profiling.shares(lambda: [numbers @ numbers for _ in range(20)], CPU.device)
    assert sum(parts.values()) == pytest.approx(1)
    assert next(iter(parts)) == "matrix products"
    assert parts["attention scores"] == 0
    keys = torch.randn(4, 30, 64, requires_grad=True)

    def attend() -> None:
        additive_scores(keys, torch.randn(4, 5, 64), torch.randn(64)).sum().backward()

    assert profiling.shares(attend, CPU.device)["attention scores"] > 0
    assert profiling.told({"matrix products": 0.7, "choosing words": 0.004}) == "matrix products 70%"


def test_features_are_compared_with_the_fastest_bare_network(monkeypatch):
    monkeypatch.setattr(features, "NETWORKS", {"little": "small"})
    monkeypatch.setattr(features, "SPEC", ImageSpec(33))
    monkeypatch.setattr(features, "BATCH", 4)
    memory, files = features.rows(CPU)
    assert memory.work == "features, little at 33, pixels in memory"
    assert files.work == "features, little at 33, JPEG 500 x 375"
    bare = {side: speed for side, speed in memory.about["photos_a_second"].items() if "at once" in side}
    assert memory.limit == files.limit == max(bare.values()) == bare[memory.about["fastest_bare"]]
    assert memory.about["chosen"].split(" in ")[0] in ("torch", "onnxruntime")


ROW = measure.Row("training, small", "captions/s", 50.0, 10.0, 100.0, "more", {})


@pytest.mark.parametrize(
    ("row", "before", "told", "worse"),
    [
        (ROW, {"ratio": 7.5, "share": 0.9}, "training, small: 5 times naive, was 7.5: slower", True),
        (ROW, {"ratio": 5.5}, "training, small: 5 times naive, was 5.5: as before", False),
        (ROW._replace(naive=None), {"share": 0.25}, "training, small: 0.5 of the limit, was 0.25: faster", False),
        (
            ROW._replace(naive=None, limit=None, better="less", unit="ms"),
            {"ours": 25},
            "training, small: 50 ms, was 25: slower",
            True,
        ),
    ],
)
def test_a_row_is_compared_with_its_record(tmp_path, row, before, told, worse):
    (tmp_path / "training_small.json").write_text(json.dumps({"scores": before}))
    other = ROW._replace(work="without a record")
    names = {each.work: benchmark.file_name(each) for each in (row, other)}
    (found,) = comparing.changes([row, other], names, tmp_path)
    assert str(found) == told
    assert (comparing.slower([found]) == [found]) == worse
