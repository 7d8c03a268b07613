"""What a visitor may know of the model: nothing that names a file of the machine it runs on."""

import os
import stat
from pathlib import Path

from captioner import __version__
from captioner.files import read_text
from captioner.inference import Captioner
from captioner.models.exported import Exported
from captioner.models.hub import name_of
from captioner.serving.work.schemas import ModelReply
from captioner.serving.work.settings import Limits

LONGEST = 10**6  # bytes of a README.md
TOLD = ("made", "epoch", "step", "scores", "licence")


def model_card(model: Captioner, limits: Limits, folder: Path) -> ModelReply:
    """The card of a bundle.

    Args:
        model: the bundle, opened.
        limits: what the service accepts.
        folder: of the bundle; a `bundle` is named after the run around it, one of the hub as it is there.

    Raises:
        ValueError: as `readme`.
    """
    folder = folder.resolve()
    bundle = model.bundle
    network = None if isinstance(bundle, Exported) else bundle.settings.to_dict()
    return ModelReply(
        name=name_of(folder) or (folder.parent.name if folder.name == "bundle" else folder.name),
        heads=bundle.heads,
        captioner=__version__,
        words=len(bundle.vocabulary),
        answers=0 if bundle.answers is None else len(bundle.answers),
        network=network,
        image=bundle.image.to_dict(),
        about={name: bundle.about[name] for name in TOLD if name in bundle.about},
        card=readme(folder),
        limits={"megabytes": limits.megabytes, "megapixels": limits.megapixels, "places": limits.places},
    )


def readme(folder: Path) -> str | None:
    """The bundle's README.md, which everybody may read; None if it has none.

    Raises:
        ValueError: it is a link, and so might show any file of this machine; it is no file, not UTF-8, or too long.
    """
    path = folder / "README.md"
    if not os.path.lexists(path):
        return None
    # The hub's library makes a link of every file, into its cache of that model.
    outside = not path.resolve().is_relative_to(folder.parent.parent if name_of(folder) else path)
    found = path.stat() if path.exists() else None
    if outside or (found is not None and stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
        raise ValueError(f"{path} is a link, and whatever it names would be served; put a copy in its place")
    if found is None or not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{path} is no file; remove it, or put the model card in its place")
    if found.st_size > LONGEST:
        raise ValueError(f"{path} has {found.st_size} bytes, and at most {LONGEST} are served; shorten it")
    return read_text(path)
