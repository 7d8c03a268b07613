"""Which engine computes a model."""

from typing import TYPE_CHECKING

from captioner.inference.engines.engine import Engine
from captioner.models.exported import Exported

if TYPE_CHECKING:
    from captioner.models.bundle import Bundle


def engine_of(bundle: "Bundle | Exported", device: str, *, compile: bool) -> Engine:
    """What computes it: onnxruntime if it was exported, else torch, which is imported only then.

    Raises:
        ValueError: as `Captioner`.
    """
    if isinstance(bundle, Exported):
        if compile:
            raise ValueError("an exported model runs without torch, so torch.compile cannot help it; leave compile out")
        from captioner.inference.engines.graphs import GraphEngine

        return GraphEngine(bundle, device)
    from captioner.inference.engines.ensemble import Ensemble, EnsembleEngine
    from captioner.inference.engines.network import NetworkEngine

    if isinstance(bundle, Ensemble):
        return EnsembleEngine(bundle, device, compile=compile)
    return NetworkEngine(bundle, device, compile=compile)
