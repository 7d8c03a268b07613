"""The little CNN learns to name objects before it serves a captioner, as big encoders learned to classify photos."""

from pathlib import Path

import pytorch_lightning as pl
from jaxtyping import Float
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.utils.data import DataLoader

from captioner.data.feed.objects import ObjectDataset, read_named
from captioner.disk.writing import check_writable
from captioner.files import write_tensors
from captioner.images import ImageSpec
from captioner.nn.encoder.small import ObjectNamer
from captioner.recipes import read_recipe, recipe
from captioner.training.run.interruption import keyboard_interrupts
from captioner.training.run.telling.messages import only_our_words
from captioner.training.run.telling.report import Bar
from captioner.training.tasks.schedule import optimizer


def recipe_image(name: str) -> ImageSpec:
    """What the encoder of a recipe sees of a photo."""
    return ImageSpec(**read_recipe(recipe(name))["data"]["image"])


class ObjectTask(pl.LightningModule):
    """Trains an `ObjectNamer`: for each kind, is it in the picture?

    Args:
        namer: what is trained.
        rate: highest rate of AdamW.
        steps: of the whole training.
    """

    def __init__(self, namer: ObjectNamer, *, rate: float, steps: int) -> None:
        super().__init__()
        self.namer, self.rate, self.steps = namer, rate, steps

    def training_step(
        self, batch: tuple[Float[Tensor, "b 3 y x"], Float[Tensor, "b kinds"]], index: int
    ) -> Float[Tensor, ""]:
        """Binary cross-entropy, mean over kinds."""
        pixels, present = batch
        scores = self.namer(pixels)
        self.log("right", ((scores > 0) == (present > 0)).all(dim=1).float().mean(), prog_bar=True)
        return nn.functional.binary_cross_entropy_with_logits(scores, present)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with warm-up and cosine."""
        named = list(self.namer.named_parameters())
        return optimizer([(named, self.rate)], weight_decay=0.01, warmup=0.05, steps=self.steps)


def learn_objects(
    instances: Path,
    out: Path,
    spec: ImageSpec,
    *,
    images: Path | None = None,
    epochs: int = 6,
    batch: int = 32,
    rate: float = 4e-3,
    seed: int = 0,
) -> float:
    """Trains the little CNN on the names of objects, without their places, and writes its weights.

    Args:
        instances: COCO instances file; its boxes are not read.
        out: `.safetensors` file, for `encoder.weights`.
        spec: what the CNN sees of a photo.
        images: the folder of the photos; `images` beside the file by default.

    Returns:
        For how many of the last batches' pictures all kinds were told right, 0..1.

    Raises:
        FileNotFoundError: the file or a photo does not exist.
        ValueError: the file is malformed, or `out` is no `.safetensors` file.
        KeyboardInterrupt: after Ctrl-C; nothing is written.
    """
    if out.suffix != ".safetensors":
        raise ValueError(f"{out} must end in .safetensors, the format in which the weights are written")
    check_writable(out)
    only_our_words()
    pl.seed_everything(seed, verbose=False)
    data = ObjectDataset(read_named(instances, images), spec)
    batches = DataLoader(data, batch, shuffle=True, drop_last=len(data) > batch)
    task = ObjectTask(ObjectNamer(len(data.named.kinds)), rate=rate, steps=epochs * len(batches))
    trainer = pl.Trainer(
        max_epochs=epochs,
        gradient_clip_val=5.0,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        callbacks=[Bar()],
    )
    with keyboard_interrupts():
        trainer.fit(task, batches)
    write_tensors(out, task.namer.cnn.state_dict())
    return float(trainer.callback_metrics["right"])
