"""Whether an ONNX graph is one that `captioner export` may have written, asked before onnxruntime opens it.

onnxruntime does what a graph says: it reads weights from other files, loops for ever, calls operators that somebody has
installed. Here every message of the file is looked at, each time a field occurs, for readers differ in which counts.
"""

import math
import mmap
import struct
from pathlib import Path

from captioner.models.wire import Field, Malformed, Reader

DOMAINS = ("", "ai.onnx")
"""Of operators; a graph may name more, as those of onnxruntime's quantization do, but use none."""
OPERATORS = {
    *("Abs", "Add", "And", "ArgMax", "AveragePool", "BatchNormalization", "Cast", "CastLike", "Ceil", "Clip"),
    *("Concat", "Constant", "ConstantOfShape", "Conv", "CumSum", "DepthToSpace", "DequantizeLinear", "Div"),
    *("DynamicQuantizeLinear", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather", "GatherElements"),
    *("GatherND", "Gelu"),
    *("Gemm", "GlobalAveragePool", "GlobalMaxPool", "Greater", "GreaterOrEqual", "GroupNormalization"),
    *("HardSigmoid", "HardSwish", "Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu"),
    *("Less", "LessOrEqual", "Log", "LogSoftmax", "MatMul", "MatMulInteger", "Max", "MaxPool", "Min", "Mod", "Mul"),
    *("Neg", "Not", "Or", "Pad", "Pow", "QuantizeLinear", "Range", "Reciprocal", "ReduceL2", "ReduceMax"),
    *("ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Round"),
    *("ScatterElements", "ScatterND", "Shape", "Sigmoid", "Sign", "Size", "Slice", "Softmax", "Softplus"),
    *("Split", "Sqrt", "Squeeze", "Sub", "Sum", "Swish", "Tanh", "TopK", "Tile", "Transpose", "Trilu", "Unsqueeze"),
    *("Where",),
}
SHAPED = ("ConstantOfShape", "Expand", "Tile", "Range", "Pad")
"""Operators whose second input, or only one, says how much they make."""
NODES, NUMBERS = 20_000, 2**27
"""A graph has at most so many operators, and a constant asks for at most so many numbers at once."""


def check_graph(path: Path) -> None:
    """Looks a graph over.

    Raises:
        ValueError: it is damaged; it reads other files, has loops or branches, operators of others, or asks for more
            memory than any network.
    """
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty; export it again")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        data = memoryview(mapped)
        look = _Look()
        try:
            look.model(data)
            reason = ""
        except Malformed as error:
            reason = str(error)
        look.forget()
        data.release()
    if reason:
        raise ValueError(f"{path} cannot be used: {reason}; export it again")


class _Look:
    """One look over a file: what was seen, and the reader that counts its fields."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.nodes = 0
        self.shapes: dict[str, list[int]] = {}
        """The whole numbers that constants of a graph hold, where these are few."""
        self.asked: list[tuple[str, str]] = []
        """Operators that make as much as an input says, and the name of it."""

    def forget(self) -> None:
        """Lets go of the file."""
        self.reader = Reader()

    def model(self, data: memoryview) -> None:
        """A ModelProto."""
        graphs = 0
        for field in self.reader.fields(data):
            if field.number == 7:
                graphs += 1
                self.graph(field.bytes)
            elif field.number in (20, 25):
                raise Malformed("it has functions or a training of its own")
        if graphs != 1:
            raise Malformed(f"it holds {graphs} graphs, where one must be")
        for operator, name in self.asked:
            if math.prod(abs(side) for side in self.shapes.get(name, [0])) > NUMBERS:
                raise Malformed(f"its {operator} makes more numbers than any network needs")

    def graph(self, data: memoryview) -> None:
        """A GraphProto."""
        for field in self.reader.fields(data):
            if field.number == 1:
                self.node(field.bytes)
            elif field.number == 5:
                self.tensor(field.bytes)
            elif field.number == 15:
                raise Malformed("it has sparse weights")

    def node(self, data: memoryview) -> None:
        """A NodeProto."""
        self.nodes += 1
        if self.nodes > NODES:
            raise Malformed(f"it has more than {NODES:,} operators")
        inputs, outputs, operators = list[str](), list[str](), list[str]()
        for field in self.reader.fields(data):
            if field.number == 1:
                inputs.append(field.text)
            elif field.number == 2:
                outputs.append(field.text)
            elif field.number == 4:
                operators.append(field.text)
            elif field.number == 5:
                self.attribute(field.bytes, outputs[0] if outputs else "")
            elif field.number == 7 and field.text not in DOMAINS:
                raise Malformed(f"it has an operator of {field.text!a:.80}")
        for operator in operators:
            if operator not in OPERATORS:
                raise Malformed(f"it has the operator {operator!a:.80}, which no export has")
            if operator in SHAPED:
                self.asked += [(operator, name) for name in inputs]

    def attribute(self, data: memoryview, output: str) -> None:
        """An AttributeProto of the node that makes `output`."""
        for field in self.reader.fields(data):
            if field.number in (6, 11):
                raise Malformed("it has loops or branches")
            if field.number in (22, 23):
                raise Malformed("it has sparse weights")
            if field.number in (5, 10):
                self.tensor(field.bytes, output)

    def tensor(self, data: memoryview, name: str = "") -> None:
        """A TensorProto; a short row of whole numbers may be a shape, and is kept."""
        numbers, whole, held = list[int](), False, list[Field]()
        for field in self.reader.fields(data):
            if field.number == 13 or (field.number == 14 and field.value != 0):
                raise Malformed("it reads weights from another file")
            if field.number == 2:
                whole |= field.value in (6, 7)
            elif field.number == 8:
                name = field.text
            elif field.number in (5, 7, 9):
                held.append(field)
        for field in held if whole else ():  # the type may stand behind them
            numbers += _whole_numbers(field, self.reader)
        if whole and len(numbers) <= 16:
            self.shapes[name] = numbers


def _whole_numbers(field: Field, reader: Reader) -> list[int]:
    """Numbers of a field of a tensor, if there are few: raw, packed or one alone."""
    if isinstance(field.value, int):
        return [field.value]
    if len(field.value) > 128:
        return [0] * 17
    if field.number == 9:
        if len(field.value) % 4:
            raise Malformed(f"a constant of whole numbers has {len(field.value)} bytes")
        kind = "q" if len(field.value) % 8 == 0 else "i"
        return list(struct.unpack(f"<{len(field.value) // struct.calcsize(kind)}{kind}", field.value))
    return reader.packed(field.value)
