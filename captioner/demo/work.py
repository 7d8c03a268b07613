"""The steps of the demo, each of which finds what an earlier, perhaps interrupted, run of it has left."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from captioner.data.read.instances import Instances
from captioner.data.read.questions import Question, read_questions
from captioner.data.read.records import Photo, read_photos
from captioner.data.scenes.writing import make_scenes
from captioner.decoding.settings import Decoding
from captioner.evaluation.answers import AnswerEvaluation, answer_result, evaluate_answers
from captioner.evaluation.attention import Attention, attention_in_speaking
from captioner.evaluation.captions import Evaluation, caption_result, evaluate
from captioner.evaluation.looks import attention_section
from captioner.evaluation.objects import KindObjects
from captioner.inference import Captioner, load
from captioner.recipes import recipe
from captioner.training.objects import learn_objects, recipe_image
from captioner.training.run.checkpoints import last_checkpoint
from captioner.training.run.cli import run

RECIPE = "scenes"
SEARCH = Decoding(method="beam", beam=3)
ENCODER_EPOCHS = 5
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
    def encoder(self) -> Path:
        """Weights of the encoder that has learned to name objects."""
        return self.folder / "encoder.safetensors"

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
    def answers(self) -> Path:
        """Answers and scores of questions about them."""
        return self.folder / "answers"

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.folder / "report.html"

    def captions(self, split: str) -> Path:
        """The captions file of a split."""
        return self.scenes / f"captions_{split}.json"

    def questions(self, split: str) -> dict[str, Path]:
        """The files of a split's questions, as a recipe names them."""
        files = {"file": "questions", "annotations": "annotations", "image_names": "captions"}
        return {name: self.scenes / f"{file}_{split}.json" for name, file in files.items()}


@dataclass(frozen=True)
class Result:
    """What the trained model does with scenes that it never saw.

    Attributes:
        model: as its bundle holds it.
        photos: the unseen scenes.
        evaluation: what was said of them.
        attention: where it looked.
        questions: what it was asked about them.
        answers: what it answered.
    """

    model: Captioner
    photos: list[Photo]
    evaluation: Evaluation
    attention: Attention
    questions: list[Question]
    answers: AnswerEvaluation


def scenes(places: Places, *, train: int, val: int, test: int, progress: Progress) -> None:
    """Makes the scenes, or finds them.

    Raises:
        ValueError: the folder holds other scenes.
    """
    make_scenes(places.scenes, train=train, val=val, test=test, progress=progress)


def pretrain(places: Places, *, epochs: int | None = None) -> None:
    """Trains the encoder to name what is in the train scenes, or finds it trained."""
    if not places.encoder.is_file():
        names = places.scenes / "instances_train.json"
        seen = recipe_image(RECIPE)
        learn_objects(names, places.encoder, seen, epochs=ENCODER_EPOCHS if epochs is None else epochs)


def train(places: Places, *, epochs: int | None = None) -> None:
    """Trains by the recipe, or goes on where the training stopped; a finished training stays as it is.

    Args:
        places: of the demo.
        epochs: instead of the recipe's.

    Raises:
        KeyboardInterrupt: after Ctrl-C; the next call goes on from the last whole epoch.
    """
    splits = [f"--data.{split}={places.captions(split)}" for split in ("train", "val", "test")]
    splits += [
        f"--data.questions.{split}.{name}={path}"
        for split in ("train", "val", "test")
        for name, path in places.questions(split).items()
    ]
    splits.append(f"--model.network.encoder.weights={places.encoder}")
    splits.append(f"--data.boxes={places.scenes / 'instances_train.json'}")
    rest = [f"--trainer.max_epochs={epochs}", f"--trainer.check_val_every_n_epoch={epochs}"] if epochs else []
    resume = ["--resume"] if last_checkpoint(places.run).is_file() else []
    settings = [f"--config={recipe(RECIPE)}", f"--run={places.run}", f"--data.features={places.folder / 'features'}"]
    if code := run(["fit", *settings, *splits, *rest, *resume]):
        raise KeyboardInterrupt(f"the training was ended from outside (code {code})")


def score(places: Places, *, progress: Progress) -> Result:
    """Captions the unseen scenes and answers questions; scores both, and where the model looked."""
    photos = read_photos(places.captions("test"))
    model = load(places.bundle)
    evaluation = evaluate(model, photos, SEARCH, batch=50, progress=progress)
    instances = Instances(places.scenes / "instances_test.json")
    attention = attention_in_speaking(evaluation, photos, KindObjects(instances, model.bundle.image))
    data = {"file": str(places.captions("test")), "split": None}
    looks = attention_section({"said": attention})
    caption_result(evaluation, data=data, further=[looks]).write(places.evaluation)
    files = places.questions("test")
    questions = read_questions(files["file"], files["annotations"], image_names=files["image_names"])
    answers = evaluate_answers(model, questions, batch=50)
    asked = {"file": str(files["file"]), "single_answers": False}
    answer_result(answers, data=asked).write(places.answers)
    return Result(model, photos, evaluation, attention, questions, answers)
