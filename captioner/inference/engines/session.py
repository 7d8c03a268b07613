"""One graph of an exported model in onnxruntime, held to what it states."""

from functools import cache
from pathlib import Path

import numpy as np

from captioner.decoding.arrays import Array
from captioner.files import one_line
from captioner.models.graph_check import check_graph
from captioner.models.inside import inside
from captioner.models.sessions import options, usual_threads

MEMORY = 7 * 2**28
"""Bytes, which a batch of 16 photos on torchvision's larger networks does not need."""
Arrays = dict[str, Array]


class Graph:
    """An ONNX graph, called by the names of its inputs.

    Args:
        path: of the file.
        counts: whether it computes in 8 bits; else weights in 8 bits become floats once, when it is opened.

    Raises:
        ValueError: onnxruntime is not installed, or cannot use the file.
    """

    def __init__(self, path: Path, *, counts: bool = False) -> None:
        try:
            from onnxruntime import InferenceSession
        except ModuleNotFoundError:
            raise ValueError("an exported model is run by onnxruntime: pip install onnxruntime") from None
        check_graph(inside(path.parent, path.name))
        _bound_memory()
        how = options(usual_threads())
        how.add_session_config_entry("session.use_env_allocators", "1")
        if not counts:
            how.add_session_config_entry("session.disable_quant_qdq", "1")
        try:
            self.session = InferenceSession(path, how, providers=["CPUExecutionProvider"], enable_fallback=0)
        except Exception as error:  # its errors share no type of their own
            raise ValueError(f"{path} cannot be used by onnxruntime ({one_line(error)}); export it again") from None
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        self.path = path
        self.shapes = {each.name: each.shape for each in inputs}
        self.made = {each.name: each.shape for each in outputs}
        self.types = {each.name: each.type for each in (*inputs, *outputs)}

    def __call__(self, given: Arrays) -> Arrays:
        """Runs it; what the graph does not ask for is left out.

        Raises:
            ValueError: it fails, or makes something else than it states, or what are no numbers.
        """
        given = {name: given[name] for name in self.shapes}
        try:
            values = self.session.run(list(self.made), given)
        except Exception as error:  # its errors share no type of their own
            raise ValueError(
                f"{self.path} failed ({one_line(error)}); give fewer photos at once, or export it again"
            ) from None
        sizes = {axis: size for name in given for axis, size in zip(self.shapes[name], given[name].shape, strict=True)}
        for (name, shape), value in zip(self.made.items(), values, strict=True):
            wanted = [sizes.get(axis) if isinstance(axis, str) else axis for axis in shape]
            if list(value.shape) != wanted:
                raise ValueError(f"{self.path} made {name} of {list(value.shape)}, not {wanted}; export it again")
            if not np.isfinite(value).all():
                raise ValueError(f"{self.path} made a {name} that is no finite number; did its training diverge?")
        return dict(zip(self.made, values, strict=True))


@cache
def _bound_memory() -> None:
    """All graphs of the process share so much memory, so that none takes the machine's: a graph may ask for any."""
    from onnxruntime import OrtAllocatorType, OrtArenaCfg, OrtMemoryInfo, OrtMemType, create_and_register_allocator

    place = OrtMemoryInfo("Cpu", OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, OrtMemType.DEFAULT)
    create_and_register_allocator(place, OrtArenaCfg({"max_mem": MEMORY}))
