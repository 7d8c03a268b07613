"""Weights in fewer bits: what they become, and that onnxruntime computes nearly the same with them."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from captioner.inference.engines.session import Graph
from captioner.models.export.rounding import round_weights, whole_numbers

CHANCE = np.random.default_rng(0)
WORDS, WIDTH, OUT = 80, 64, 96


def test_every_channel_has_a_scale_of_its_own():
    weight = np.array([[127, -3.4, 0], [0.5, -0.127, 0.0], [0, 0, 0]], np.float32)
    whole, scale = whole_numbers(weight, 0)
    assert whole.tolist() == [[127, -3, 0], [127, -32, 0], [0, 0, 0]]
    assert scale[:2] == pytest.approx([1, 0.5 / 127])
    assert whole_numbers(weight.T, 1)[0].tolist() == whole.T.tolist()


@pytest.fixture
def graph(tmp_path):
    """Words through a table, two kinds of matrices and a convolution, whose bias is too short to be worth it."""
    weights = {
        "table": CHANCE.normal(size=(WORDS, WIDTH)),
        "gemm": CHANCE.normal(size=(OUT, WIDTH)),
        "matrix": CHANCE.normal(size=(OUT, WIDTH)),
        "kernel": CHANCE.normal(size=(128, WIDTH, 1)),
        "bias": CHANCE.normal(size=128),
    }
    nodes = [
        helper.make_node("Gather", ["table", "words"], ["heard"]),
        helper.make_node("Gemm", ["heard", "gemm"], ["wide"], transB=1),
        helper.make_node("MatMul", ["wide", "matrix"], ["narrow"]),
        helper.make_node("Unsqueeze", ["narrow", "axis"], ["place"]),
        helper.make_node("Conv", ["place", "kernel", "bias"], ["said"]),
    ]
    initializer = [numpy_helper.from_array(each.astype(np.float32), name) for name, each in weights.items()]
    initializer.append(numpy_helper.from_array(np.array([2]), "axis"))
    given = helper.make_tensor_value_info("words", TensorProto.INT64, ["b"])
    made = helper.make_tensor_value_info("said", TensorProto.FLOAT, ["b", 128, 1])
    model = helper.make_model(
        helper.make_graph(nodes, "words", [given], [made], initializer), opset_imports=[helper.make_opsetid("", 18)]
    )
    path = tmp_path / "step.onnx"
    save(model, path)
    return path


@pytest.mark.parametrize(("bits", "share", "error"), [(8, 0.29, 2e-2), (16, 0.54, 1e-3)])
def test_a_graph_with_rounded_weights_computes_nearly_the_same(graph, bits, share, error):
    words = {"words": np.arange(12)}
    wanted, before = Graph(graph)(words)["said"], graph.stat().st_size
    round_weights(graph, 32)
    assert graph.stat().st_size == before
    round_weights(graph, bits)
    assert graph.stat().st_size < share * before
    found = Graph(graph)(words)["said"]
    off = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
    assert 0 < off < error
