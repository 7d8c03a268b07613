"""What may compute features on a processor, by name; no torch here."""

from typing import Literal

EngineName = Literal["auto", "torch", "onnxruntime"]
StoreEngine = Literal["auto", "torch", "onnxruntime", "int8"]
"""Of features that are kept, which may be rougher where that is asked for."""
