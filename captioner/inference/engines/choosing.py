"""Which engine computes a model."""

from typing import TYPE_CHECKING

from captioner.inference.engines.engine import Engine
from captioner.models.encoding.names import EngineName
from captioner.models.exported import Exported

if TYPE_CHECKING:
    from captioner.models.bundle import Bundle


def engine_of(bundle: "Bundle | Exported", device: str, *, compile: bool, engine: EngineName) -> Engine:
    """What computes it: onnxruntime if it was exported, else torch, which is imported only then.

    Raises:
        ValueError: as `Captioner`.
    """
    if isinstance(bundle, Exported):
        if compile:
            raise ValueError("an exported model runs without torch, so torch.compile cannot help it; leave compile out")
        if engine == "torch":
            raise ValueError("an exported model runs without torch; leave the engine out, or name the bundle itself")
        from captioner.inference.engines.graphs import GraphEngine

        return GraphEngine(bundle, device)
    from captioner.inference.engines.ensemble import Ensemble, EnsembleEngine
    from captioner.inference.engines.network import NetworkEngine

    if isinstance(bundle, Ensemble):
        return EnsembleEngine(bundle, device, compile=compile, engine=engine)
    return NetworkEngine(bundle, device, compile=compile, engine=engine)
