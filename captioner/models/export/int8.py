"""Convolutions of the encoder and products of a word in 8 bits, by onnxruntime's quantization: smaller and faster.

A weight is rounded once, of each output channel by its own scale. The range of what it meets is taken from photos where
it is an encoder's (static), and anew for each word where it is a state's (dynamic).
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

REDUCED = True
"""7 bits of weights, since AVX2 sums two products in 16 bits."""


def quantize(encoder: Path, photos: Iterable[np.ndarray]) -> None:
    """Replaces encoder.onnx; the rest of it stays in float32.

    Args:
        encoder: the graph.
        photos: pixels (3,y,x) of photos, from whose activations the ranges are taken; at least one.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.photos = iter(photos)

        def get_next(self) -> dict[str, np.ndarray] | None:
            photo = next(self.photos, None)
            return None if photo is None else {"pixels": photo[None]}

    quant_pre_process(encoder, encoder, skip_symbolic_shape=True)
    quantize_static(
        encoder,
        encoder,
        Reader(),
        op_types_to_quantize=["Conv"],
        per_channel=True,
        reduce_range=REDUCED,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def quantize_products(step: Path) -> None:
    """Replaces step.onnx: what is multiplied with weights counts in 8 bits, the rest of it stays in float32.

    One photo alone reads all weights for a few rows at each word; a quarter of the bytes is read sooner.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    quant_pre_process(step, step, skip_symbolic_shape=True)  # cuts of weights become weights
    quantize_dynamic(
        step,
        step,
        op_types_to_quantize=["Gemm", "MatMul"],
        per_channel=True,
        reduce_range=REDUCED,
        weight_type=QuantType.QInt8,
    )
