"""A trained model on disk: a folder of safetensors and JSON, complete, and unable to run code when it is opened.

config.json         format, network settings, transform, how it was made
model.safetensors   all weights, the encoder's too
vocab.json          the words
answers.json        the answers, where there is an answer head
encoder.json        what the encoder is made of, so that torchvision is not needed; without it, torchvision builds it
doubt.json          how often it is right, where that was measured, see `captioner.models.doubt`
onnx/               where `captioner export` put it: the same model for onnxruntime, see `captioner.models.exported`
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from captioner import __version__
from captioner.disk.replacing import steady
from captioner.files import one_line, read_json, read_tensors, whole_folder, write_json, write_tensors, write_text
from captioner.images import ImageSpec
from captioner.models.doubt import FILE as DOUBT
from captioner.models.doubt import Doubts, load_doubts, save_doubts
from captioner.models.exported import GRAPHS, HEADS, no_photos
from captioner.models.hub import CARD, local
from captioner.models.inside import JSON_BYTES, has, inside
from captioner.models.weights import check_rows, sound
from captioner.nn.encoder.blueprint import blueprint
from captioner.nn.encoder.building import built
from captioner.nn.encoder.cutting import Parts
from captioner.nn.network import Network
from captioner.nn.settings import NetworkSettings
from captioner.nn.unfilled import unfilled
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import Vocabulary

FORMAT = 1
FILES = ("config.json", "model.safetensors", "vocab.json")
MADE = (*FILES, "answers.json", "encoder.json", DOUBT, GRAPHS)


@dataclass(frozen=True)
class Bundle:
    """What inference needs: the network, its words, and the transform of its photos.

    Attributes:
        settings: the network's shape.
        network: in evaluation mode, on the CPU.
        vocabulary: the words.
        transform: of the photos; None for a language model, or a translator that has none beside its sentences.
        about: how it was made, as JSON: recipe, data, scores, date.
        answers: the answers, in the order of the answer head's outputs; None without that head.
        doubts: how often it is right, by head, where that was measured.
    """

    settings: NetworkSettings
    network: Network
    vocabulary: Vocabulary
    transform: ImageSpec | None
    about: dict[str, Any] = field(default_factory=dict)
    answers: AnswerList | None = None
    doubts: Doubts = field(default_factory=dict)

    @property
    def heads(self) -> list[str]:
        """What it was trained to do: `captions`, `answers`, or both; or `text`, or `translation`, alone."""
        if self.settings.reads:
            return ["translation"]
        return [head for head in ("captions", "answers", "text") if getattr(self.network, head) is not None]

    @property
    def image(self) -> ImageSpec:
        """The transform of the photos of which it says something.

        Raises:
            ValueError: it is a language model, or translates.
        """
        if self.transform is None or "translation" in self.heads:
            raise ValueError(no_photos(self.heads))
        return self.transform


def save_bundle(folder: Path, bundle: Bundle, *, card: str | None = None) -> None:
    """Writes the folder; where one is there, the new one takes its place in one step.

    What was exported into it from older weights is taken away; what else lies there moves along.

    Args:
        card: README.md of the bundle.

    Raises:
        OSError: it cannot be written; an older bundle is then as it was.
    """
    encoder = replace(bundle.settings.encoder, weights="none")
    content = {
        "format": FORMAT,
        "captioner": __version__,
        "heads": bundle.heads,
        "network": replace(bundle.settings, encoder=encoder).to_dict(),
        "image": bundle.transform.to_dict() if bundle.transform is not None else None,
        "about": bundle.about,
    }
    with whole_folder(folder, made=MADE) as new:
        bundle.vocabulary.save(new / "vocab.json")
        if bundle.answers is not None:
            bundle.answers.save(new / "answers.json")
        save_doubts(new, bundle.doubts)
        write_tensors(new / "model.safetensors", bundle.network.own_state())
        if bundle.settings.sees and (plain := blueprint(bundle.network.encoder.parts)):
            write_json(new / "encoder.json", plain)
        if card is not None:
            write_text(new / CARD, card)
        write_json(new / "config.json", content)


@steady
def load_bundle(folder: Path) -> Bundle:
    """Opens a bundle; runs no code of it, and downloads nothing, unless its address is on the hub (`hf://user/name`).

    Raises:
        FileNotFoundError: there is no such folder, or files are missing; the message lists them.
        ValueError: a file is malformed, no file of the folder's own, of a newer format, or does not fit the others.
    """
    folder = local(folder)
    if not folder.is_dir():
        what = "it is a file" if folder.exists() else "there is no such folder"
        raise FileNotFoundError(f"{folder} is no bundle: {what}; give the bundle/ folder of a run")
    if missing := [name for name in FILES if not has(folder, name)]:
        shown = [path for path in sorted(folder.iterdir()) if path.name[0] != "."]
        runs = [path.name for path in shown if (path / "config.json").is_file()]
        hint = f"; did you mean {folder / runs[0]}?" if runs else ""
        raise FileNotFoundError(f"{folder} is no bundle: {' and '.join(missing)} missing{hint}")
    config = _config(folder)
    try:
        settings = NetworkSettings.from_dict(config["network"])
        image = ImageSpec.from_dict(config["image"]) if settings.sees else None
        if settings.reads != (config["heads"] == ["translation"]):
            raise ValueError(f"the encoder {settings.encoder.name!r:.80} has other heads than {config['heads']}")
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder / 'config.json'} cannot be used: {one_line(error)}") from None
    vocabulary = Vocabulary.load(inside(folder, "vocab.json", at_most=JSON_BYTES))
    with_answers = "answers" in config["heads"]
    answers = AnswerList.load(inside(folder, "answers.json", at_most=JSON_BYTES)) if with_answers else None
    weights = inside(folder, "model.safetensors")
    state = sound(read_tensors(weights), weights)
    check_rows(state, "words.weight", folder / "vocab.json", len(vocabulary), "words", "embedding")
    if answers is not None:
        name = "answers.answers.weight"
        check_rows(state, name, folder / "answers.json", len(answers), "answers", "classifier")
    with unfilled():
        network = Network(
            settings,
            vocabulary=len(vocabulary),
            answers=len(answers) if answers is not None else 0,
            captions=bool({"captions", "translation"} & set(config["heads"])),
            encoder_parts=_encoder_parts(folder),
        )
    try:
        network.load_own_state(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise ValueError(f"{weights} does not fit config.json: {one_line(reason)}") from None
    if network.evidence is not None:
        try:
            network.evidence.check()
        except ValueError as error:
            raise ValueError(f"{weights} cannot be used: {error}") from None
    return Bundle(settings, network.eval(), vocabulary, image, config.get("about", {}), answers, load_doubts(folder))


def _config(folder: Path) -> dict[str, Any]:
    path = inside(folder, "config.json", at_most=JSON_BYTES)
    config = read_json(path)
    if not isinstance(config, dict) or not {"format", "heads", "network", "image"} <= config.keys():
        raise ValueError(f"{path} lacks format, heads, network or image; was it made by captioner?")
    if config["format"] != FORMAT:
        raise ValueError(
            f"{folder} has bundle format {config['format']!r:.80}, this captioner reads {FORMAT}; upgrade captioner"
        )
    heads = config["heads"]
    if not isinstance(heads, list) or not heads or any(head not in HEADS for head in heads):
        raise ValueError(
            f"{folder} has the heads {heads!r:.80}, this captioner knows {', '.join(HEADS)}; upgrade captioner"
        )
    if not isinstance(config.get("about", {}), dict):
        raise ValueError(f"{path} cannot be used: `about` holds no names with values")
    return config


def _encoder_parts(folder: Path) -> Parts | None:
    if not has(folder, "encoder.json"):
        return None
    path = inside(folder, "encoder.json", at_most=JSON_BYTES)
    try:
        return built(read_json(path))
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {one_line(error)}") from None
