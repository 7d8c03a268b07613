"""Whole commands, as a person types them: from the start of the process to its end, with all that it does."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile
from time import perf_counter
from typing import NamedTuple

from benchmarks.made_up import CAPTIONS
from benchmarks.measure import Row, Setup
from benchmarks.photos import write_photos
from benchmarks.scoring import made_up
from captioner.files import write_json

PHOTO = 500, 375  # as those of Flickr8k
CAPTIONED, TRAINED, SCORED = 200, 400, 5_000
QUICK = 16, 16, 200
CHECKED, EPOCHS = 8, 2  # photos of the validation, and passes of the training
RECIPE = """
data:
  image: {size: 257, mean: [0.49804, 0.49804, 0.49804], std: [0.50196, 0.50196, 0.50196], resize: squash}
  min_count: 1
  batch_size: 32
model: {network: {encoder: {name: efficientnet_lite2, weights: none}, core: {grid: 512, width: 256}, tied: true}}
trainer: {accelerator: cpu, devices: 1, enable_progress_bar: false}
"""
Command = Sequence[str | Path]


class Times(NamedTuple):
    """Seconds since a process was started."""

    first: float
    """Until its first line; until its end where it prints none."""
    whole: float


def rows(setup: Setup) -> Iterator[Row]:
    """The commands that a person waits for: captions of a folder, a training, and scores."""
    captioned, trained, scored = QUICK if setup.quick else (CAPTIONED, TRAINED, SCORED)
    runs = 1 if setup.quick else 4
    with TemporaryDirectory() as folder:
        yield from captioning(Path(folder), captioned, runs)
    with TemporaryDirectory() as folder:
        yield fitting(Path(folder), trained, runs)
    with TemporaryDirectory() as folder:
        yield scoring(Path(folder), scored, runs)


def captioning(folder: Path, photos: int, runs: int) -> Iterator[Row]:
    """All photos of a folder by the model in the box, and how long the first caption takes."""
    write_photos(folder, PHOTO, photos)
    times = repeated(lambda number: ["caption", folder], runs)
    work = f"`captioner caption` of a folder of {photos} JPEG {PHOTO[0]} x {PHOTO[1]}, whole process"
    yield Row(work, "photos/s", photos / times.whole, None, None, "more", times._asdict())
    yield Row(f"{work}: its first caption", "s", times.first, None, None, "less", {})


def fitting(folder: Path, photos: int, runs: int) -> Row:
    """A small training: features are computed and stored, captions learned, and every epoch checked."""
    files = write_photos(folder, PHOTO, photos + CHECKED)
    _, texts = made_up(len(files))
    for name, some in (("train", range(photos)), ("val", range(photos, len(files)))):
        lines = [{"image": files[at].name, "caption": text} for at in some for text in texts[str(at)]]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "recipe.yaml").write_text(RECIPE)

    def fit(number: int) -> Command:
        """Into places of its own, for features that are there are not computed again."""
        data = [f"--data.{name}={folder / name}.jsonl" for name in ("train", "val")]
        places = [f"--data.images={folder}", f"--data.features={folder}/features{number}", f"--run={folder}/{number}"]
        return ["fit", f"--config={folder}/recipe.yaml", *data, *places, f"--trainer.max_epochs={EPOCHS}"]

    times = repeated(fit, runs)
    work = f"`captioner fit` of {photos} photos, {EPOCHS} epochs, features included, whole process"
    captions = photos * CAPTIONS * EPOCHS
    about = {"seconds": times.whole, "captions": captions}
    return Row(work, "captions/s", captions / times.whole, None, None, "more", about)


def scoring(folder: Path, photos: int, runs: int) -> Row:
    """A file of results against a file of references, with its intervals."""
    said, texts = made_up(photos)
    write_json(folder / "results.json", [{"image_id": int(key), "caption": text} for key, text in said.items()])
    images = [{"id": int(key), "file_name": f"{key}.jpg"} for key in said]
    each = [(int(key), caption) for key, captions in texts.items() for caption in captions]
    annotations = [{"id": at, "image_id": image, "caption": text} for at, (image, text) in enumerate(each)]
    write_json(folder / "references.json", {"images": images, "annotations": annotations})
    times = repeated(lambda number: ["score", folder / "results.json", folder / "references.json"], runs)
    work = f"`captioner score` of {photos:,} photos, whole process"
    return Row(work, "s", times.whole, None, None, "less", {})


def repeated(command: Callable[[int], Command], runs: int) -> Times:
    """Medians of runs of a command that is told its number; the first of several only warms the disk's cache."""
    times = [timed(command(number)) for number in range(runs)]
    return Times(*(median(each) for each in zip(*(times[1:] or times), strict=True)))


def timed(command: Command, *, clock: Callable[[], float] = perf_counter) -> Times:
    """One run, in a process of its own.

    Raises:
        RuntimeError: the command failed; with what it said.
    """
    begun, first = clock(), None
    whole = [sys.executable, "-m", "captioner.cli.main", *map(str, command)]
    with TemporaryFile("w+") as complaints:
        with subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=complaints, text=True) as process:
            assert process.stdout is not None
            for _ in process.stdout:
                first = first or clock() - begun
        ended = clock() - begun
        complaints.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"captioner {command[0]} failed: {complaints.read()}")
    return Times(first or ended, ended)
