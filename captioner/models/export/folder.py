"""`captioner export`: a bundle as a folder that runs without torch, written whole or not at all."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from captioner import __version__
from captioner.decoding.settings import Decoding
from captioner.files import whole_folder, write_json
from captioner.models.bundle import Bundle
from captioner.models.doubt import save_doubts
from captioner.models.export.int8 import quantize, quantize_products
from captioner.models.export.rounding import Bits, round_weights
from captioner.models.exported import CONFIG, FORMAT, HEADS


def export(
    bundle: Bundle,
    out: Path,
    *,
    bits: Bits = 32,
    int8: bool = False,
    calibration: Iterable[np.ndarray] | None = None,
) -> None:
    """Writes the folder that `captioner.models.exported` describes.

    Args:
        bundle: the model.
        out: a folder that does not exist yet, or is empty.
        bits: of each weight; it computes in float32 all the same.
        int8: whether the products of each word count in 8 bits, which is faster where the processor has instructions
            for it.
        calibration: pixels (3,y,x) of some photos of the kind that it will see; with them, the encoder's
            convolutions count in 8 bits too.

    Raises:
        ValueError: the folder exists, or the extra is not installed.
    """
    with whole_folder(out) as folder:
        try:
            import onnx  # noqa: F401  # which torch's exporter needs
            import onnxscript  # noqa: F401
        except ModuleNotFoundError as error:
            raise ValueError(f"export needs {error.name}: pip install 'captioner[export]'") from None
        from captioner.models.export.graphs import write_graphs

        write_graphs(bundle.network, folder, bundle.transform)
        others = set(folder.glob("*.onnx"))
        if int8:
            quantize_products(folder / "step.onnx")
            others.remove(folder / "step.onnx")
        if calibration is not None:
            quantize(folder / "encoder.onnx", calibration)
            others.remove(folder / "encoder.onnx")
        for graph in others:
            round_weights(graph, bits)
        bundle.vocabulary.save(folder / "vocab.json")
        if bundle.answers is not None:
            bundle.answers.save(folder / "answers.json")
        save_doubts(folder, bundle.doubts)
        content = {
            "format": FORMAT,
            "captioner": __version__,
            "heads": [head for head in HEADS if head in bundle.heads],
            "image": bundle.transform.to_dict() if bundle.transform is not None else None,
            "encoder": "float32" if calibration is None else "int8",
            "bits": bits,
            "decoding": asdict(Decoding()),
            "about": bundle.about,
        }
        write_json(folder / CONFIG, content)
