"""A graph is looked over before onnxruntime sees it; what no export has is refused in one sentence."""

import os
import re

import numpy as np
import pytest

from captioner.inference.engines.session import Graph
from captioner.models.graph_check import check_graph
from captioner.models.wire import Malformed, Reader

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402


def constant(name, values):
    return numpy_helper.from_array(np.array(values), name)


def model(*nodes, initializers=(), **changes):
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", 2])
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", 2])
    graph = helper.make_graph(list(nodes), "g", [given], [made], list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9, **changes)


def relu():
    return helper.make_node("Relu", ["x"], ["y"])


def external(location="/etc/passwd"):
    leak = TensorProto(name="leak", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    leak.external_data.add(key="location", value=location)
    return leak


def loop():
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("d", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, None),
        ],
    )
    return helper.make_node("Loop", ["", "go", "x"], ["y"], body=body)


def expanded(sides, raw=True):
    shape = constant("sides", sides) if raw else helper.make_tensor("sides", TensorProto.INT64, [len(sides)], sides)
    return model(helper.make_node("Expand", ["x", "sides"], ["y"]), initializers=[shape])


def written(made):
    node = helper.make_node("Constant", [], ["sides"], value=constant("", [10**5, 10**5]))
    return model(node, helper.make_node("Expand", ["x", "sides"], ["y"]), **made)


def torn():
    """A constant of whole numbers that ends within one."""
    return TensorProto(name="c", data_type=TensorProto.INT64, dims=[1], raw_data=b"\1\0\0")


HOSTILE = {
    "torn numbers": (model(relu(), initializers=[torn()]), "a constant of whole numbers has 3 bytes"),
    "weights in a file": (model(relu(), initializers=[external()]), "it reads weights from another file"),
    "a constant in a file": (
        model(helper.make_node("Constant", [], ["c"], value=external("../x")), relu()),
        "it reads weights from another file",
    ),
    "a loop": (model(loop(), initializers=[constant("go", True)]), "it has loops or branches"),
    "an operator of others": (model(helper.make_node("Boom", ["x"], ["y"], domain="evil")), "an operator of 'evil'"),
    "microsoft": (model(helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")), "operator of 'com.microsoft'"),
    "an unknown operator": (model(helper.make_node("StringConcat", ["x", "x"], ["y"])), "the operator 'StringConcat'"),
    "a huge constant": (expanded([10**5, 10**5]), "its Expand makes more numbers than any network needs"),
    "a huge packed constant": (expanded([2**31, 2**31], raw=False), "its Expand makes more numbers than"),
    "a huge constant of a node": (written({}), "its Expand makes more numbers than any network needs"),
    "functions": (
        model(relu(), functions=[helper.make_function("f", "F", [], [], [relu()], [helper.make_opsetid("", 18)])]),
        "it has functions or a training of its own",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_no_export_has_is_refused(what, tmp_path):
    made, reason = HOSTILE[what]
    path = tmp_path / "step.onnx"
    path.write_bytes(made.SerializeToString())
    with pytest.raises(ValueError, match=rf"^[^\n]*step.onnx cannot be used: [^\n]*{re.escape(reason)}.*; export"):
        check_graph(path)
    with pytest.raises(ValueError, match=r"step.onnx cannot be used: "):
        Graph(path)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.float16, bool])
@pytest.mark.parametrize("count", [1, 2, 3, 89])
def test_constants_of_other_types_may_have_any_number_of_bytes(kind, count, tmp_path):
    path = tmp_path / "step.onnx"
    path.write_bytes(model(relu(), initializers=[constant("c", np.ones(count, kind))]).SerializeToString())
    check_graph(path)


def test_a_plain_graph_runs_and_a_failure_of_it_is_one_sentence(tmp_path):
    path = tmp_path / "step.onnx"
    path.write_bytes(model(relu()).SerializeToString())
    graph = Graph(path)
    assert graph({"x": np.array([[-1, 2]], np.float32)})["y"].tolist() == [[0, 2]]
    with pytest.raises(ValueError, match=r"^[^\n]*step.onnx failed \([^\n]*$"):
        graph({"x": np.zeros((1, 3), np.float32)})
    with pytest.raises(ValueError, match=r"step.onnx made a y that is no finite number"):
        graph({"x": np.array([[np.inf, 0]], np.float32)})


def test_memory_that_is_asked_for_while_it_runs_is_bounded(tmp_path):
    path = tmp_path / "step.onnx"
    nodes = [
        helper.make_node("Cast", ["x"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["whole", "two"], ["sides"]),
        helper.make_node("Expand", ["one", "sides"], ["large"]),
        helper.make_node("ReduceSum", ["large"], ["y"], keepdims=0),
    ]
    constants = [constant("two", [2]), constant("one", np.ones((1, 1), np.float32))]
    path.write_bytes(model(*nodes, initializers=constants).SerializeToString())
    with pytest.raises(ValueError, match=r"step.onnx failed \(.*give fewer photos at once"):
        Graph(path)({"x": np.array([[90_000, 90_000]], np.float32)})


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, b"\x3a\xff\x01", b"\x00\x01", b"\x0b\x01", b"not a graph"])
def test_what_is_no_graph(data, tmp_path):
    path = tmp_path / "step.onnx"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"step.onnx (is empty|cannot be used: ).*export it again"):
        check_graph(path)


def test_a_file_of_too_many_fields_is_given_up(monkeypatch):
    monkeypatch.setattr("captioner.models.wire.MOST", 5)
    with pytest.raises(Malformed, match="more than 5 fields"):
        list(Reader().fields(memoryview(b"\x08\x01" * 6)))


def test_pipes_and_links_are_no_graphs(tmp_path):
    os.mkfifo(tmp_path / "step.onnx")
    (tmp_path / "encoder.onnx").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="is no regular file"):
        Graph(tmp_path / "step.onnx")
    with pytest.raises(ValueError, match="is a link to a file outside of the bundle"):
        Graph(tmp_path / "encoder.onnx")
