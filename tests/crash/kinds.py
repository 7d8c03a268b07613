"""What is attacked: for each kind what stands before, what runs, and what may stand afterwards."""

import csv
import gc
import hashlib
import io
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import torch

from captioner.cli.main import main
from captioner.data.feed.encoding import make_store
from captioner.data.feed.features import FeatureStore
from captioner.data.feed.texts import open_text
from captioner.data.scenes.writing import make_scenes
from captioner.files import read_json
from captioner.images import ImageSpec
from captioner.models.bundle import load_bundle, save_bundle
from tests.folders.writing.layouts import without_texts
from tests.training.conftest import SMALL

State = dict[str, Any]
HIDDEN = (".unfinished", ".former")


class Kind(NamedTuple):
    """One way to write something."""

    prepare: Callable[[Path, Path], None]
    """(base, folder) lays out what stands before."""
    run: Callable[[Path, Path], int]
    """(base, folder) writes; called again after the attack, it finishes."""
    state: Callable[[Path], State]
    """(folder) gives all that matters of what stands, as values that can be compared."""
    allowed: Callable[[State, State, State], str]
    """(before, state, after) says what is wrong with the state after a crash; empty if nothing is."""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree(folder: Path, *, but: Sequence[str] = ()) -> State:
    """The contents of all files but the temporary ones."""
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    names = {str(path.relative_to(folder)): path for path in files}
    return {name: digest(path) for name, path in names.items() if not _hidden(name) and name not in but}


def _hidden(name: str) -> bool:
    return any(part.endswith(HIDDEN) for part in Path(name).parts)


def old_or_new(before: State, state: State, after: State) -> str:
    """Nothing between what stood before and what stands at the end."""
    if state in (before, after):
        return ""
    different = [name for name in before | state | after if state.get(name) != before.get(name)]
    return f"neither old nor new: {', '.join(different)}"


def make_base(base: Path) -> None:
    """Scenes, a trained bundle, what was evaluated and exported: made once, by the verbs themselves."""
    make_scenes(base / "scenes", train=8, val=3, test=3, size=32)
    (base / "small.yaml").write_text(SMALL)
    (base / "text.txt").write_text("the red square is left of a blue circle\n" * 300)
    if code := fit(base, base):
        raise SystemExit(f"the training of the base ended with {code}")
    save_bundle(base / "old", _changed(base / "run/bundle"))
    if code := export(base, base, "run/bundle"):
        raise SystemExit(f"the export of the base ended with {code}")
    shutil.move(base / "run/bundle/onnx", base / "graphs")


def _changed(folder: Path) -> Any:
    bundle = load_bundle(folder)
    with torch.no_grad():
        bundle.network.words.weight += 1
    return bundle


def fit(base: Path, folder: Path) -> int:
    """Three epochs over feature stores, from the newest checkpoint if there is one."""
    files = [f"--data.{split}={base / 'scenes' / f'captions_{split}.json'}" for split in ("train", "val", "test")]
    places = [f"--run={folder / 'run'}", f"--data.features={folder / 'features'}"]
    frozen = ["--model.network.encoder.trainable_stages=0", "--model.validation.max_words=6"]
    # so that the second epoch is better than the first, and the third is not
    fast = ["--monitor=val/bleu1_greedy", "--data.batch_size=2", "--model.learning_rate=0.02", "--trainer.max_epochs=3"]
    going_on = ["--resume"] if (folder / "run/checkpoints/last.ckpt").exists() else []
    return main(["fit", "--config", str(base / "small.yaml"), *files, *places, *frozen, *fast, *going_on])


def fitted(folder: Path) -> State:
    """Metrics, weights and scores; of files that hold a date, what they say else."""
    run, state = folder / "run", dict[str, Any](tree(folder / "features"))
    if (run / "metrics.csv").exists():
        rows = list(csv.DictReader((run / "metrics.csv").read_text().splitlines()))
        state["metrics"] = [{name: value for name, value in row.items() if "_per_s" not in name} for row in rows]
    for path in sorted((run / "checkpoints").glob("*.ckpt")):
        content = torch.load(path, weights_only=True)
        weights = {name: hash(value.numpy().tobytes()) for name, value in content["state_dict"].items()}
        state[path.name] = {"epoch": content["epoch"], "weights": weights}
    if (run / "bundle").exists():
        load_bundle(run / "bundle")
        about = read_json(run / "bundle/config.json")["about"]
        state["bundle"] = tree(run / "bundle", but=("config.json", "README.md"))
        state["about"] = {name: about[name] for name in ("epoch", "step", "scores", "train")}
    return state


def fit_may(before: State, state: State, after: State) -> str:
    """Every checkpoint and bundle that stands can be opened, which `fitted` found out."""
    return ""


def sentence(write: Callable[[Path, Path], None]) -> Callable[[Path, Path], int]:
    """What has no verb of its own is called as the command line calls it."""

    def run(base: Path, folder: Path) -> int:
        try:
            write(base, folder)
        except (ValueError, OSError) as error:
            print(f"captioner {write.__name__}: {error}", file=sys.stderr)
            return 2
        return 0

    return run


@sentence
def store(base: Path, folder: Path) -> None:
    """Features of the train photos, in batches of two."""
    weight = torch.linspace(-1, 1, 24 * 3 * 8 * 8).view(24, 3, 8, 8)

    def encode(pixels: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(pixels, weight, stride=8)

    photos = sorted((base / "scenes/images").glob("train_*.png"))
    make_store(folder / "out", photos, ImageSpec(32), encode, encoder={"name": "test"}, batch=2, threads=1)


def store_may(before: State, state: State, after: State) -> str:
    """A store that opens has all photos, and the same bytes."""
    return "" if state.get("opens") in (None, after["opens"]) else "an unfinished store opens"


def stored(folder: Path) -> State:
    state = dict[str, Any](tree(folder / "out"))
    for path in (folder / "out").glob("*") if (folder / "out").is_dir() else []:
        try:
            opened = FeatureStore(path)
            state["opens"] = [opened[index].sum().item() for index in range(len(opened))]
        except (ValueError, FileNotFoundError):
            continue
    return state


@sentence
def bundle(base: Path, folder: Path) -> None:
    """A better one takes the place of an older one."""
    save_bundle(folder / "out", load_bundle(base / "run/bundle"), card="# A model\n")


def bundled(folder: Path) -> State:
    load_bundle(folder / "out")
    return tree(folder / "out")


def export(base: Path, folder: Path, name: str = "out") -> int:
    """Into the bundle. The graphs are computed once, for the base, and written again here: their computing is slow."""
    if (base / "graphs").exists():
        import captioner.models.export.graphs as graphs

        def again(network: object, folder: Path, image: object) -> None:
            for path in (base / "graphs").glob("*.onnx"):
                (folder / path.name).write_bytes(path.read_bytes())

        graphs.write_graphs = again
    if (folder / name / "onnx").exists():
        return 0
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        return main(["export", str(folder / name)])


def evaluate(base: Path, folder: Path) -> int:
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        data = str(base / "scenes/captions_test.json")
        return main(
            ["evaluate", "--model", str(base / "run/bundle"), data, "--out", str(folder / "out"), "--method", "greedy"]
        )


def results_may(before: State, state: State, after: State) -> str:
    """The old two, the new two, or the new results before they were scored, without the old scores."""
    unscored = {name: digest for name, digest in after.items() if not name.endswith("scores.json")}
    return "" if state == unscored else old_or_new(before, state, after)


def evaluated(base: Path, folder: Path) -> None:
    (folder / "out").mkdir()
    for name in ("results.json", "scores.json"):
        (folder / "out" / name).write_text('["of an older model"]')
    (folder / "out/notes.txt").write_text("mine")


def attend(base: Path, folder: Path) -> int:
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        photo = str(base / "scenes/images/test_000000.png")
        return main(["attend", "--model", str(base / "run/bundle"), photo, "--out", str(folder / "out/page.html")])


def caption(base: Path, folder: Path) -> int:
    """Lines on stdout, which is a file."""
    try:
        (folder / "out").mkdir(exist_ok=True)
        handle = os.open(folder / "out/captions.tsv", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    except OSError as error:  # a shell opens it, and says so
        print(f"captioner caption: {error}", file=sys.stderr)
        return 2
    os.dup2(handle, 1)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    return main(
        ["caption", "--model", str(base / "run/bundle"), str(base / "scenes/images"), "--method", "greedy", "--batch=2"]
    )


def write(base: Path, folder: Path) -> int:
    """Texts, sidecars and a table, beside the photos."""
    model = ["--model", str(base / "run/bundle"), "--method", "greedy", "--batch=2"]
    return main(["caption", str(folder / "out"), "--write", "txt", "xmp", "csv", *model])


def photos(base: Path, folder: Path) -> None:
    """Photos, of which one has a sidecar of another program."""
    shutil.copytree(base / "scenes/images", folder / "out", ignore=lambda _, names: [n for n in names if "train" in n])
    (folder / "out/test_000000.png.xmp").write_bytes(without_texts("darktable"))


def written(folder: Path) -> State:
    """Rows of what is unfinished count for nothing; scores differ in their last digits by who shares a batch."""
    table = folder / "out/captions.csv"
    with table.open(newline="") if table.exists() else io.StringIO() as file:
        rows = [(row["path"], row["caption"]) for row in csv.DictReader(file)]
    return {**tree(folder / "out", but=(".captions.begun", "captions.csv")), "captions.csv": rows}


def written_may(before: State, state: State, after: State) -> str:
    """Every file is as it was, or as it will be; a table may be made of what was done until then."""
    wrong = [name for name in state if state[name] not in (before.get(name), after.get(name))]
    return f"neither old nor new: {', '.join(wrong)}" if set(wrong) - {"captions.csv"} else ""


def lines(folder: Path) -> State:
    path = folder / "out/captions.tsv"
    return {"text": path.read_text()} if path.exists() else {}


def lines_may(before: State, state: State, after: State) -> str:
    """What was said before the crash is there."""
    return "" if after["text"].startswith(state.get("text", "")) else "other lines than without a crash"


@sentence
def text(base: Path, folder: Path) -> None:
    """A text as numbers."""
    open_text(folder / "out", base / "text.txt")


def out(folder: Path) -> State:
    return tree(folder / "out")


def nothing(base: Path, folder: Path) -> None:
    """Nothing stands before."""


def old_page(base: Path, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/page.html").write_text("an older page")


def old_bundle(base: Path, folder: Path) -> None:
    shutil.copytree(base / "old", folder / "out")


def any_state(before: State, state: State, after: State) -> str:
    """Whatever stands is finished by the next run."""
    return ""


KINDS = {
    "fit": Kind(nothing, fit, fitted, fit_may),
    "store": Kind(nothing, store, stored, store_may),
    "bundle": Kind(old_bundle, bundle, bundled, old_or_new),
    "export": Kind(old_bundle, export, out, old_or_new),
    "evaluate": Kind(evaluated, evaluate, out, results_may),
    "caption": Kind(nothing, caption, lines, lines_may),
    "write": Kind(photos, write, written, written_may),
    "attend": Kind(old_page, attend, out, old_or_new),
    "text": Kind(nothing, text, out, old_or_new),
}


def warm() -> None:
    """Imports what the verbs import, once for all children; TensorBoard's pictures take long, so it is left out."""
    for name in ("evaluation.captions", "figures.pages", "inference.engines.network", "models.export.folder"):
        import_module(f"captioner.{name}")

    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError

    vars(import_module("captioner.training.run.telling.metrics"))["TensorBoardLogger"] = absent
    gc.collect()
    gc.freeze()  # so that children do not copy all of the memory only to count what is in use
