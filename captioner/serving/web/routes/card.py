"""What a visitor may know of the model: nothing that names a file of the machine it runs on."""

from pathlib import Path

from captioner import __version__
from captioner.files import read_text
from captioner.inference import Captioner
from captioner.models.exported import Exported
from captioner.models.hub import CARD, model_name
from captioner.models.inside import has, unshared
from captioner.serving.work.schemas.server import ModelReply
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
        ValueError: its README.md is a link, so that it might show any file of this machine; no file; or too long.
    """
    folder = folder.resolve()
    bundle = model.bundle
    network = None if isinstance(bundle, Exported) else bundle.settings.to_dict()
    return ModelReply(
        name=model_name(folder),
        heads=bundle.heads,
        captioner=__version__,
        words=bundle.vocabulary.known,
        answers=0 if bundle.answers is None else len(bundle.answers),
        languages=list(bundle.vocabulary.languages),
        network=network,
        image=bundle.image.to_dict(),
        about={name: bundle.about[name] for name in TOLD if name in bundle.about},
        card=read_text(unshared(folder, CARD, at_most=LONGEST)) if has(folder, CARD) else None,
        limits={"megabytes": limits.megabytes, "megapixels": limits.megapixels, "places": limits.places},
    )
