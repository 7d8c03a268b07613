"""What is done with every photo, and by which model: the same for all machines, and for a run that goes on."""

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from captioner import __version__
from captioner.decoding.settings import Decoding
from captioner.inference import Captioner, load, place
from captioner.inference.captions import DEFAULT
from captioner.models.exported import GRAPHS, is_exported
from captioner.models.hub import model_name

Kind = Literal["captions", "answers", "features"]


@dataclass(frozen=True)
class Job:
    """What is done.

    Attributes:
        kind: what is said of a photo.
        model: folder, or address on the hub, that every machine can open; None is the model in the box.
        decoding: how captions are searched.
        questions: asked about every photo; without them, those that the source has with each photo.
        batch: photos at once.
        max_pixels: of a photo.

    Raises:
        ValueError: the kind is none.
    """

    kind: Kind = "captions"
    model: str | None = None
    decoding: Decoding = field(default=DEFAULT)
    questions: tuple[str, ...] = ()
    batch: int = 16
    max_pixels: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind is {self.kind!r}, and must be one of {', '.join(get_args(Kind))}")
        if self.batch < 1:
            raise ValueError(f"batch is {self.batch}, but at least 1 photo must be read at once")

    @property
    def name(self) -> str:
        """What the model is called in the rows."""
        return f"captioner {__version__}" if self.model is None else model_name(place(self.model))

    @property
    def torch(self) -> bool:
        """Whether torch can run the model, which GPUs need; what was exported alone is run by onnxruntime."""
        return not is_exported(place(self.model))

    def open(self, device: str = "cpu") -> Captioner:
        """The model, for this job.

        Raises:
            FileNotFoundError, ValueError, OSError: it cannot be opened, or was not trained for that.
        """
        model = load(self.model, device, max_pixels=self.max_pixels)
        if self.kind != "features":
            model.need(self.kind)
        elif "text" in model.bundle.heads:
            model.need("captions")  # which says what a language model is
        return model

    def identity(self, source: str) -> dict[str, Any]:
        """All that the rows depend on, as JSON values, but for the photos themselves.

        Args:
            source: as it was named.
        """
        folder = place(self.model)
        graphs = folder / GRAPHS if not is_exported(folder) and is_exported(folder / GRAPHS) else folder
        digest = hashlib.sha256()
        for path in sorted(Path(graphs).iterdir()):
            if path.suffix in (".onnx", ".json", ".safetensors"):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
        found: dict[str, Any] = {"kind": self.kind, "model": digest.hexdigest(), "source": source}
        if self.kind == "captions":
            found["decoding"] = asdict(self.decoding)
        if self.kind == "answers":
            found["questions"] = list(self.questions)
        return found
