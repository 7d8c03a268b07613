"""What a visitor may know of the model: nothing that names a file of the machine it runs on."""

from pathlib import Path

from captioner import __version__
from captioner.files import read_text
from captioner.inference import Captioner
from captioner.models.exported import Exported
from captioner.models.hub import name_of
from captioner.serving.work.schemas import ModelReply
from captioner.serving.work.settings import Limits

TOLD = ("made", "epoch", "step", "scores", "licence")


def model_card(model: Captioner, limits: Limits, folder: Path) -> ModelReply:
    """The card of a bundle.

    Args:
        model: the bundle, opened.
        limits: what the service accepts.
        folder: of the bundle; a `bundle` is named after the run around it, one of the hub as it is there.
    """
    folder = folder.resolve()
    readme = folder / "README.md"
    bundle = model.bundle
    network = None if isinstance(bundle, Exported) else bundle.settings.to_dict()
    return ModelReply(
        name=name_of(folder) or (folder.parent.name if folder.name == "bundle" else folder.name),
        heads=bundle.heads,
        captioner=__version__,
        words=bundle.vocabulary.known,
        answers=0 if bundle.answers is None else len(bundle.answers),
        network=network,
        image=bundle.image.to_dict(),
        about={name: bundle.about[name] for name in TOLD if name in bundle.about},
        card=read_text(readme) if readme.is_file() else None,
        limits={"megabytes": limits.megabytes, "megapixels": limits.megapixels, "places": limits.places},
    )
