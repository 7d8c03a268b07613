"""What the network is asked to do, batch by batch, through the same calls as the command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from captioner.decoding.settings import Decoding
from captioner.inference import Answered, Answers, Caption, Captioned, Captioner
from captioner.inference.engines.stopping import Stop, Stopped
from captioner.serving.work.metrics import Metrics
from captioner.serving.work.seeing import Square


@dataclass(frozen=True)
class Say:
    """Captions of photos, found like this."""

    decoding: Decoding


@dataclass(frozen=True)
class Answer:
    """So many of the likeliest answers to questions about photos."""

    top: int


@dataclass(frozen=True)
class Explain:
    """Where the network looks while it reads a given caption in a language."""

    language: str | None = None


Task = Say | Answer | Explain
Asked = tuple[Square, tuple[str, ...]]  # what the network sees; questions, or the caption to read
Told = Sequence[Caption] | Sequence[Answers]


def together(task: Task) -> bool:
    """Whether photos of this task may share a batch; a sample hangs on its photo's position in it."""
    return not isinstance(task, Explain) and not (isinstance(task, Say) and task.decoding.method == "sample")


def worker(model: Captioner, metrics: Metrics) -> Callable[[Task, Sequence[Asked], Stop], list[Told]]:
    """The work of the network's thread: a result for each photo, in their order."""

    def work(task: Task, asked: Sequence[Asked], stop: Stop) -> list[Told]:
        name = type(task).__name__.lower()
        metrics.batches.labels(name).observe(len(asked))
        with metrics.network_seconds.labels(name).time():
            try:
                return do(model, task, asked, stop)
            except Stopped:
                metrics.searches_stopped.inc()
                raise

    return work


def do(model: Captioner, task: Task, asked: Sequence[Asked], stop: Stop) -> list[Told]:
    """Captions, answers, or the given caption with its attention.

    Raises:
        Stopped: nobody waits for the captions any more; the rest takes too short a time to be stopped.
    """
    told: list[Told] = []
    match task:
        case Say(decoding):
            photos = (photo for photo, _ in asked)
            for said in model.caption_each(photos, decoding, batch=len(asked), threads=1, stop=stop):
                assert isinstance(said, Captioned)  # photos were read before they came here
                told.append(said.captions)
        case Answer(top):
            for answered in model.ask_each(asked, top=top, batch=len(asked), threads=1):
                assert isinstance(answered, Answered)
                told.append(answered.answers)
        case Explain(language):
            told += [[model.explain(photo, text, language=language)] for photo, (text,) in asked]
    return told
