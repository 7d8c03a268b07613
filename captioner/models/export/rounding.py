"""Weights in 8 or 16 bits: a file of a quarter, or half, the size, which computes in float32 as fast as before.

8 bits are whole numbers with a scale of each output channel's own (Jacob et al. 2018, arXiv:1712.05877, without the
activations). onnxruntime turns the weights back once, when it opens the graph.
"""

from pathlib import Path
from typing import Literal

import numpy as np

Bits = Literal[8, 16, 32]
FEWEST = 4096
"""Numbers of a weight that is worth it; of smaller ones, all together take little."""
CHANNELS = {"Conv": (1, 0), "Gemm": (1, 0), "MatMul": (1, 1), "Gather": (0, 0)}
"""Operator: which input is the weight, and which axis of it the output channels, or words; Gemm's is transposed."""


def round_weights(path: Path, bits: Bits) -> None:
    """Replaces a graph.

    Args:
        path: of the graph.
        bits: of a weight; 32 leaves the graph as it is.
    """
    if bits == 32:
        return
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(path)
    graph = model.graph
    known = {tensor.name: tensor for tensor in graph.initializer}
    back = []
    for name, axis in _weights(graph.node).items():
        tensor = known.get(name)
        if tensor is None or tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < FEWEST:
            continue
        graph.initializer.remove(tensor)
        weight, rounded = numpy_helper.to_array(tensor), f"{name}.rounded"
        if bits == 16:
            graph.initializer.append(numpy_helper.from_array(weight.astype(np.float16), rounded))
            back.append(helper.make_node("Cast", [rounded], [name], to=onnx.TensorProto.FLOAT))
        else:
            whole, scale = whole_numbers(weight, axis)
            graph.initializer.append(numpy_helper.from_array(whole, rounded))
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
            back.append(helper.make_node("DequantizeLinear", [rounded, f"{name}.scale"], [name], axis=axis))
    nodes = [*back, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)


def whole_numbers(weight: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """A weight as whole numbers of -127..127, and what a step of each channel is worth.

    Args:
        weight: of any shape.
        axis: of the channels c.

    Returns:
        Numbers in the shape of the weight, int8, and the scales (c), float32.
    """
    rest = tuple(each for each in range(weight.ndim) if each != axis)
    scale = np.maximum(np.abs(weight).max(axis=rest, keepdims=True) / 127, np.finfo(np.float32).tiny)
    return np.rint(weight / scale).astype(np.int8), scale.reshape(-1).astype(np.float32)


def _weights(nodes: object) -> dict[str, int]:
    """What the operators multiply with, by name, and the axis of its channels."""
    found: dict[str, int] = {}
    for node in nodes:  # type: ignore[attr-defined]
        if node.op_type in CHANNELS:
            place, axis = CHANNELS[node.op_type]
            if node.op_type == "Gemm" and not any(each.name == "transB" and each.i for each in node.attribute):
                axis = 1
            found.setdefault(node.input[place], axis)
    return found
