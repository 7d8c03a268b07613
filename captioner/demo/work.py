"""The steps of the demo, each of which finds what an earlier, perhaps interrupted, run of it has left."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from captioner.data.records import Photo, read_photos
from captioner.data.scenes import make_scenes
from captioner.decoding.settings import Decoding
from captioner.evaluation import Evaluation, evaluate, evaluate_attention, write_evaluation
from captioner.inference import Captioner, load
from captioner.recipes import recipe
from captioner.scoring.attention import AttentionScores, Instances
from captioner.training.checkpoints import last_checkpoint
from captioner.training.cli import run

RECIPE = "scenes"
SEARCH = Decoding(method="beam", beam=3)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Places:
    """Where everything of a demo lies.

    Attributes:
        folder: of the demo.
    """

    folder: Path

    @property
    def scenes(self) -> Path:
        """The data set."""
        return self.folder / "scenes"

    @property
    def run(self) -> Path:
        """The training."""
        return self.folder / "run"

    @property
    def bundle(self) -> Path:
        """The trained model."""
        return self.run / "bundle"

    @property
    def evaluation(self) -> Path:
        """Captions and scores of unseen scenes."""
        return self.folder / "evaluation"

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.folder / "report.html"

    def captions(self, split: str) -> Path:
        """The captions file of a split."""
        return self.scenes / f"captions_{split}.json"


@dataclass(frozen=True)
class Result:
    """What the trained model does with scenes that it never saw.

    Attributes:
        model: as its bundle holds it.
        photos: the unseen scenes.
        evaluation: what was said of them.
        attention: where it looked; None if it named nothing that is there.
    """

    model: Captioner
    photos: list[Photo]
    evaluation: Evaluation
    attention: AttentionScores | None


def scenes(places: Places, *, train: int, val: int, test: int, progress: Progress) -> None:
    """Makes the scenes, or finds them.

    Raises:
        ValueError: the folder holds other scenes.
    """
    make_scenes(places.scenes, train=train, val=val, test=test, progress=progress)


def train(places: Places, *, epochs: int | None = None) -> None:
    """Trains by the recipe, or goes on where the training stopped; a finished training stays as it is.

    Args:
        places: of the demo.
        epochs: instead of the recipe's.

    Raises:
        KeyboardInterrupt: after Ctrl-C; the next call goes on from the last whole epoch.
    """
    splits = [f"--data.{split}={places.captions(split)}" for split in ("train", "val", "test")]
    rest = [f"--trainer.max_epochs={epochs}"] if epochs is not None else []
    resume = ["--resume"] if last_checkpoint(places.run).is_file() else []
    settings = [f"--config={recipe(RECIPE)}", f"--run={places.run}", f"--data.features={places.folder / 'features'}"]
    if code := run(["fit", *settings, *splits, *rest, *resume]):
        raise KeyboardInterrupt(f"the training was ended from outside (code {code})")


def score(places: Places, *, progress: Progress) -> Result:
    """Captions the unseen scenes, and scores the captions and where the model looked."""
    photos = read_photos(places.captions("test"))
    model = load(places.bundle)
    evaluation = evaluate(model, photos, SEARCH, batch=50, progress=progress)
    attention = evaluate_attention(evaluation, Instances(places.scenes / "instances_test.json"), model.bundle.image)
    data = {"file": str(places.captions("test")), "split": None}
    write_evaluation(places.evaluation, evaluation, data=data, attention=attention)
    return Result(model, photos, evaluation, attention)
