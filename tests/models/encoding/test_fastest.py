"""A frozen network by any engine says the same; which one does is measured, here with a clock that stands still."""

import logging

import numpy as np
import pytest
import torch
from torch import nn

from captioner.models.encoding import fastest, graph
from captioner.models.encoding.counted import Counted
from captioner.models.encoding.fastest import Fastest
from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.threads import thread_counts, threads


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Slow(nn.Module):
    """A convolution that takes a second a photo; its graph, a quarter."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock, self.layer, self.calls = clock, nn.Conv2d(3, 4, 3), 0

    def forward(self, pixels):
        self.clock.now += len(pixels)
        self.calls += 1
        return self.layer(pixels)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quick_graph(monkeypatch, clock):
    """Each photo takes a graph a quarter of a second; the list has a name for each graph that was written."""
    written = []

    class Quick(graph.Graph):
        def __call__(self, pixels):
            clock.now += 0.25 * len(pixels)
            return super().__call__(pixels)

    def write(network, like, path):
        written.append(path.name)
        graph.write_graph(network.layer, like, path)

    monkeypatch.setattr(fastest, "Graph", Quick)
    monkeypatch.setattr(fastest, "write_graph", write)
    return written


def photos(count: int, size: int = 8) -> torch.Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(count))


@pytest.mark.parametrize("name", ["efficientnet_lite2", "resnet18", "small", "efficientnet_b0"])
def test_both_engines_say_the_same_numbers(name):
    torch.manual_seed(0)
    encoder = GridEncoder(name, "none").eval()
    seen = photos(3, 65)
    plain = encoder.begin(seen)
    by_graph = encoder.begin(seen, Fastest(encoder.stem, engine="onnxruntime"))
    assert by_graph.shape == plain.shape
    assert torch.allclose(by_graph, plain, rtol=1e-5, atol=1e-5 * float(plain.abs().max()))
    ones = torch.finfo(torch.float16).eps * plain.abs().clamp(min=float(plain.abs().max()) / 100)
    assert ((by_graph.half().float() - plain.half().float()).abs() <= ones).all()  # the last digit, if any


def test_torch_begins_and_a_graph_goes_on_where_it_is_faster(clock, quick_graph, caplog):
    network = Slow(clock)
    encode = Fastest(network, clock=clock)
    with caplog.at_level(logging.INFO, "captioner"):
        for _ in range(10):
            assert torch.allclose(encode(photos(2)), network.layer(photos(2)), atol=1e-6)
    assert quick_graph == ["encoder.onnx"]
    assert network.calls == 2 + 2  # three seconds, then a round to warm up and one that is measured
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == (
        "features of photos: onnxruntime in float32, 1 thread, 4 photos a second (torch in float32, 1 thread 1)"
    )


def test_few_photos_never_wait_for_a_graph(clock, quick_graph):
    Fastest(Slow(clock), clock=clock)(photos(3))
    assert not quick_graph


def test_torch_alone_stays_torch(clock, quick_graph):
    encode = Fastest(Slow(clock), engine="torch", clock=clock)
    encode(photos(50))
    assert not quick_graph
    assert encode.ways.keys() == {"torch in float32, 1 thread"}


def test_onnxruntime_alone_is_the_graph_from_the_first_photo_on(clock, quick_graph):
    network = Slow(clock)
    Fastest(network, engine="onnxruntime", clock=clock)(photos(5))
    assert (quick_graph, network.calls) == (["encoder.onnx"], 0)


def test_bfloat16_is_tried_where_it_is_allowed(clock):
    assert Fastest(Slow(clock), rough=True).ways.keys() == {"torch in float32, 1 thread", "torch in bfloat16, 1 thread"}
    rough = Fastest(nn.Conv2d(3, 4, 3).requires_grad_(False), rough=True)
    assert rough(photos(9)).dtype == torch.float32


def test_without_its_packages_onnxruntime_is_refused_and_auto_is_torch(monkeypatch, clock):
    monkeypatch.setattr(graph, "missing", lambda: ["onnx", "onnxscript"])
    with pytest.raises(
        ValueError, match=r"needs onnx and onnxscript: pip install 'captioner\[export\]', or take torch"
    ):
        Fastest(Slow(clock), engine="onnxruntime")
    encode = Fastest(Slow(clock), clock=clock)
    encode(photos(20))
    assert encode.ways.keys() == {"torch in float32, 1 thread"}


class Unsayable(nn.Module):
    def forward(self, pixels):
        return torch.special.i0e(pixels)


def test_what_torch_cannot_say_as_a_graph_stays_with_torch():
    with pytest.raises(ValueError, match=r"cannot be run by onnxruntime \(.*\); take torch"):
        Fastest(Unsayable(), engine="onnxruntime")(photos(2))
    encode = Fastest(Unsayable(), patience=0)
    assert torch.equal(encode(photos(4)), torch.special.i0e(photos(4)))


def test_eight_bits_are_near_and_kept_in_a_file(tmp_path):
    torch.manual_seed(0)
    encoder = GridEncoder("small", "none").eval()
    path, seen = tmp_path / "int8.onnx", photos(8, 33)
    counted = Counted(encoder.stem, path, iter(seen.numpy()))
    plain, rough = encoder.begin(seen), encoder.begin(seen, counted.encode)
    assert 0 < (rough - plain).abs().mean() < 0.1 * plain.abs().mean()
    before = path.read_bytes()
    again = Counted(encoder.stem, path, iter(np.zeros((1, 3, 33, 33), np.float32)))
    assert path.read_bytes() == before
    assert again.identity == counted.identity
    assert torch.equal(encoder.begin(seen, again.encode), rough)


def test_counts_of_threads_worth_trying(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with threads(3):
        assert thread_counts() == {"3 threads": 3}
    monkeypatch.delenv("OMP_NUM_THREADS")
    with threads(1):
        assert thread_counts() == {"1 thread": 1}
    with threads(7):
        assert thread_counts() == {"7 threads": 7, "4 threads": 4, "1 thread": 1}
    with threads(2):
        assert list(thread_counts()) == ["2 threads", "1 thread"]
        with threads(1):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
