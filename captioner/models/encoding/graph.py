"""A frozen network as an ONNX graph of the process that needs it; on a processor onnxruntime is faster than torch.

torch's newer exporter takes a minute for a large network, its older one seconds. A graph is never kept for another
machine, so the older one does.
"""

import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from captioner.files import one_line
from captioner.models.sessions import options

NEEDED = ("onnx", "onnxscript", "onnxruntime")


def missing() -> list[str]:
    """The packages that are not installed and without which no graph can be written or run."""
    return [name for name in NEEDED if find_spec(name) is None]


def check_installed() -> None:
    """Refuses where a graph can be neither written nor run.

    Raises:
        ValueError: which packages are missing.
    """
    if lacking := missing():
        raise ValueError(
            f"the engine onnxruntime needs {' and '.join(lacking)}: pip install 'captioner[export]', or take torch"
        )


@torch.no_grad()
def write_graph(network: nn.Module, like: Float[Tensor, "b 3 y x"], path: Path) -> None:
    """Writes a network from pixels to maps as a graph for any number of photos.

    Args:
        network: frozen, on the CPU.
        like: some photos of the size that it will see.
        path: of the file.

    Raises:
        ValueError: a package is missing, or torch cannot say the network as a graph.
    """
    check_installed()
    network(like)  # a stranger's network is measured where it runs, but not where it is written
    with warnings.catch_warnings(), torch.autocast("cpu", enabled=False):  # whatever the caller computes in
        warnings.simplefilter("ignore")  # about the newer exporter, and what a trace does not see
        try:
            torch.onnx.export(
                network,
                (like,),
                str(path),
                input_names=["pixels"],
                output_names=["maps"],
                dynamic_axes={"pixels": {0: "photos"}, "maps": {0: "photos"}},
                opset_version=17,
                dynamo=False,
            )
        except Exception as error:  # its errors share no type of their own
            raise ValueError(f"this encoder cannot be run by onnxruntime ({one_line(error)}); take torch") from None


class Graph:
    """A graph that `write_graph` wrote.

    Args:
        path: of the file, which is read once.
        threads: that it computes with.
    """

    def __init__(self, path: Path, threads: int) -> None:
        from onnxruntime import InferenceSession

        self.session = InferenceSession(path, options(threads), providers=["CPUExecutionProvider"])

    def __call__(self, pixels: Float[Tensor, "b 3 y x"]) -> Float[Tensor, "b ..."]:
        """What the network says of photos, without a copy on the way."""
        (maps,) = self.session.run(["maps"], {"pixels": pixels.contiguous().numpy()})
        return torch.from_numpy(maps)
