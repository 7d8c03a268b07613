"""What the network sees of photos in training: pixels, or features from stores that are made where it is trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytorch_lightning as pl
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from torch import Tensor

from captioner.data.feed.datasets import MirroredStore, PhotoReader, PhotoSource
from captioner.data.feed.encoding import make_store
from captioner.data.feed.features import FeatureStore
from captioner.images import ImageSpec, TrainTransform
from captioner.nn.encoder.backbones import check_image
from captioner.nn.encoder.grid import fingerprint
from captioner.nn.network import Network


@dataclass(frozen=True)
class Stores:
    """Finds or makes the feature stores of photos.

    Args:
        folder: of the stores.
        image: what the encoder sees.
        crops: whether photos are cropped at random in training; then there are no stores.
    """

    folder: Path
    image: ImageSpec
    crops: bool

    def source(self, photos: Sequence[Path], trainer: pl.Trainer, *, train: bool, mirror: bool) -> PhotoSource:
        """What the network sees of photo i.

        Args:
            trainer: whose network and device make the features.
            train: whether crops are taken, if at all.
            mirror: whether mirror images are shown, half of the time.

        Raises:
            ValueError: the encoder's weights expect other pixels.
        """
        self.checked(trainer)
        if self.crops:
            return PhotoReader(photos, self.image, TrainTransform(self.image) if train else None)
        folder = self.make(photos, trainer, mirror=mirror)
        if not mirror:
            return FeatureStore(folder, photos=photos)
        return MirroredStore(FeatureStore(folder, photos=photos), FeatureStore(folder, view=1, photos=photos))

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
        """The folder of the finished store."""
        device = trainer.strategy.root_device
        network = trainer.lightning_module.network
        assert isinstance(network, Network)
        encoder = network.encoder.to(device)
        precision = trainer.strategy.precision_plugin
        exact = precision.precision == "32-true"

        def encode(pixels: Tensor) -> Tensor:
            with precision.forward_context():
                return encoder.begin(pixels.to(device))

        console = Console(stderr=True)
        columns = (*Progress.get_default_columns(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("features of photos", total=len(photos))
            return make_store(
                self.folder,
                photos,
                self.image,
                encode,
                encoder=fingerprint(encoder) | ({} if exact else {"precision": precision.precision}),
                views=2 if mirror else 1,
                progress=lambda done, total: bar.update(task, completed=done),
            )
