"""The encoder's convolutions in 8 bits, by onnxruntime's static quantization: a smaller and faster encoder."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np


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
        reduce_range=True,  # 7 bits of weights, since AVX2 sums two products in 16 bits
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
