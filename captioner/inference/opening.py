"""Models on disk, on the hub or in the box, opened for use."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from captioner import box
from captioner.disk.replacing import steady
from captioner.inference.model import Captioner
from captioner.models.encoding.names import EngineName
from captioner.models.exported import GRAPHS, is_exported, open_exported
from captioner.models.hub import local


def load(
    folder: str | Path | Sequence[str | Path] | None = None,
    device: str = "cpu",
    *,
    compile: bool = False,
    max_pixels: int | None = None,
    engine: EngineName = "auto",
) -> Captioner:
    """Opens a bundle, or what `captioner export` made of one, for use; `hf://user/name` is fetched from the hub.

    A bundle into which it was exported is run by onnxruntime on the CPU, where that is installed: it says the same,
    sooner.

    Args:
        folder: of the bundle, or of several, which then say captions together: their probabilities are averaged;
            without it, the model in the box is opened.
        device: see `Captioner`.
        compile: see `Captioner`.
        max_pixels: see `Captioner`.
        engine: see `Captioner`; `torch` leaves exported graphs aside.

    Raises:
        FileNotFoundError: there is no such bundle, or it is incomplete.
        ValueError: it is malformed, or needs torch, which is not installed; or as `Captioner`.
        OSError: the hub cannot be reached.
    """
    if not isinstance(folder, str | Path | None):
        from captioner.inference.engines.ensemble import together
        from captioner.models.bundle import load_bundle

        several = together([load_bundle(local(each)) for each in folder])
        return Captioner(several, device, compile=compile, max_pixels=max_pixels, engine=engine)
    return _opened(place(folder), device, compile=compile, max_pixels=max_pixels, engine=engine)


def place(folder: str | Path | None) -> Path:
    """Where a model lies: as `local`, or in the box where none was named.

    Raises:
        FileNotFoundError: it is to be the one in the box, with which this install did not come; or as `local`.
    """
    return box.folder() if folder is None else local(folder)


@steady
def _opened(place: Path, device: str, *, compile: bool, max_pixels: int | None, engine: EngineName) -> Captioner:
    """One bundle, or what was exported."""
    if is_exported(place):
        return Captioner(open_exported(place), device, compile=compile, max_pixels=max_pixels, engine=engine)
    plain = device == "cpu" and not compile and engine != "torch"
    if plain and is_exported(place / GRAPHS) and find_spec("onnxruntime"):
        if (place / GRAPHS).is_symlink():
            raise ValueError(f"{place / GRAPHS} is a link; a bundle holds its own graphs, so copy them into it")
        return Captioner(open_exported(place / GRAPHS), max_pixels=max_pixels)
    try:
        from captioner.models.bundle import load_bundle
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{place}: a bundle needs {error.name}, which is not installed; without it, give what `export` made"
        ) from None
    return Captioner(load_bundle(place), device, compile=compile, max_pixels=max_pixels, engine=engine)
