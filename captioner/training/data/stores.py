"""What the network sees of photos or clips in training: pixels, or features from stores that are made there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from torch import Tensor

from captioner.data.feed.datasets import ClipFrames, MirroredStore, PhotoReader, PhotoSource
from captioner.data.feed.encoding import make_store
from captioner.data.feed.features import FeatureStore
from captioner.images import ImageSpec, TrainTransform, pixels
from captioner.models.encoding.counted import Counted
from captioner.models.encoding.fastest import Fastest
from captioner.models.encoding.names import StoreEngine
from captioner.nn.encoder.backbones import check_image
from captioner.nn.encoder.grid import GridEncoder, Stem, fingerprint
from captioner.nn.network import Network
from captioner.photos import Clip, frame_addresses, read_photo

ROUGH = {"32-true": False, "bf16-mixed": True}
"""Precisions of a training whose features may be computed by any engine, and whether bfloat16 is one."""


@dataclass(frozen=True)
class Stores:
    """Finds or makes the feature stores of photos.

    Args:
        folder: of the stores.
        image: what the encoder sees.
        crops: whether photos are cropped at random in training; then there are no stores.
        engine: what computes features on a processor; elsewhere it is torch.
    """

    folder: Path
    image: ImageSpec
    crops: bool
    engine: StoreEngine = "auto"

    def __post_init__(self) -> None:
        if self.crops and self.image.frames > 1:
            raise ValueError("crops would cut each frame of a clip at another place: leave crops out, or set mirror")

    def source(self, photos: Sequence[Path | Clip], trainer: pl.Trainer, *, train: bool, mirror: bool) -> PhotoSource:
        """What the network sees of photo or clip i.

        Args:
            trainer: whose network and device make the features.
            train: whether crops are taken, if at all.
            mirror: whether mirror images are shown, half of the time.

        Raises:
            ValueError: the encoder's weights expect other pixels, or a clip cannot be read.
        """
        self.checked(trainer)
        clips = [frame_addresses(photo, self.image.frames, self.image.chosen) for photo in photos]
        if self.image.frames == 1:
            views = self._views([frame for (frame,) in clips], trainer, train=train, mirror=mirror)
            return MirroredStore(*views) if mirror else views[0]
        places: dict[Path, int] = {}
        shown = [[places.setdefault(frame, len(places)) for frame in clip] for clip in clips]
        each = [ClipFrames(view, shown) for view in self._views(list(places), trainer, train=train, mirror=mirror)]
        return MirroredStore(*each) if mirror else each[0]

    def _views(
        self, photos: Sequence[Path], trainer: pl.Trainer, *, train: bool, mirror: bool
    ) -> list[FeatureStore | PhotoReader]:
        """What the network sees of single pictures and, behind it, of their mirror images."""
        if self.crops:
            return [PhotoReader(photos, self.image, TrainTransform(self.image) if train else None)]
        folder = self.make(photos, trainer, mirror=mirror)
        return [FeatureStore(folder, view=view, photos=photos) for view in range(1 + mirror)]

    def checked(self, trainer: pl.Trainer) -> Network:
        """The network that is trained.

        Raises:
            ValueError: its encoder's weights expect other pixels.
        """
        network = trainer.lightning_module.network
        assert isinstance(network, Network)
        check_image(network.settings.encoder.name, self.image)
        return network

    def make(self, photos: Sequence[Path], trainer: pl.Trainer, *, mirror: bool) -> Path:
        """The folder of the finished store.

        Raises:
            ValueError: the engine cannot be used here.
        """
        device = trainer.strategy.root_device
        network = trainer.lightning_module.network
        assert isinstance(network, Network)
        encoder = network.encoder.to(device)
        precision = trainer.strategy.precision_plugin
        identity = fingerprint(encoder)
        if precision.precision != "32-true":
            identity |= {"precision": precision.precision}
        stem, engine = self._stem(encoder, photos, device, precision.precision)
        identity |= engine

        def encode(pixels: Tensor) -> Tensor:
            with precision.forward_context():
                return encoder.begin(pixels.to(device), stem)

        console = Console(stderr=True)
        columns = (*Progress.get_default_columns(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("features of photos", total=len(photos))
            return make_store(
                self.folder,
                photos,
                self.image.still,
                encode,
                encoder=identity,
                views=2 if mirror else 1,
                progress=lambda done, total: bar.update(task, completed=done),
            )

    def _stem(
        self, encoder: GridEncoder, photos: Sequence[Path], device: torch.device, precision: Any
    ) -> tuple[Stem | None, dict[str, Any]]:
        """What computes the frozen part, None for the encoder itself; and what to name a store by beside."""
        if device.type != "cpu" or precision not in ROUGH:
            if self.engine in ("onnxruntime", "int8"):
                raise ValueError(
                    f"data.engine is {self.engine}, which computes on the cpu in float32 or bf16-mixed, not on"
                    f" {device.type} in {precision}; leave it out"
                )
            return None, {}
        if self.engine != "int8":
            return Fastest(encoder.stem, engine=self.engine, rough=ROUGH[precision]), {}
        path = self.folder / f"int8_{fingerprint(encoder)['stem'][:16]}.onnx"
        spec = self.image.still
        some = (pixels(read_photo(photo, at_least=spec.size), spec) for photo in photos)
        counted = Counted(encoder.stem, path, some)
        return counted.encode, counted.identity
