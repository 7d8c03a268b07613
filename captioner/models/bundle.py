"""A trained model on disk: a folder of safetensors and JSON, complete, and unable to run code when it is opened.

config.json         format, network settings, transform, how it was made
model.safetensors   all weights, the encoder's too
vocab.json          the words
answers.json        the answers, where there is an answer head
encoder.json        what the encoder is made of, so that torchvision is not needed; without it, torchvision builds it
onnx/               where `captioner export` put it: the same model for onnxruntime, see `captioner.models.exported`
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from captioner import __version__
from captioner.disk.replacing import steady
from captioner.files import read_json, read_tensors, whole_folder, write_json, write_tensors, write_text
from captioner.images import ImageSpec
from captioner.models.exported import GRAPHS
from captioner.models.hub import CARD, local
from captioner.nn.encoder.blueprint import blueprint, built
from captioner.nn.encoder.cutting import Parts
from captioner.nn.network import Network
from captioner.nn.settings import NetworkSettings
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import Vocabulary

FORMAT = 1
FILES = ("config.json", "model.safetensors", "vocab.json")
MADE = (*FILES, "answers.json", "encoder.json", GRAPHS)
HEADS = ("captions", "answers", "text")


@dataclass(frozen=True)
class Bundle:
    """What inference needs: the network, its words, and the transform of its photos.

    Attributes:
        settings: the network's shape.
        network: in evaluation mode, on the CPU.
        vocabulary: the words.
        transform: of the photos; None for a language model.
        about: how it was made, as JSON: recipe, data, scores, date.
        answers: the answers, in the order of the answer head's outputs; None without that head.
    """

    settings: NetworkSettings
    network: Network
    vocabulary: Vocabulary
    transform: ImageSpec | None
    about: dict[str, Any] = field(default_factory=dict)
    answers: AnswerList | None = None

    @property
    def heads(self) -> list[str]:
        """What it was trained to do: `captions`, `answers`, or both; or `text`, alone."""
        return [head for head in HEADS if getattr(self.network, head) is not None]

    @property
    def image(self) -> ImageSpec:
        """The transform of its photos.

        Raises:
            ValueError: it is a language model.
        """
        if self.transform is None:
            raise ValueError("this bundle is a language model, which sees no photos: `captioner write` lets it write")
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
        ValueError: a file is malformed, of a newer format, or does not fit the others.
    """
    folder = local(folder)
    if not folder.is_dir():
        what = "it is a file" if folder.exists() else "there is no such folder"
        raise FileNotFoundError(f"{folder} is no bundle: {what}; give the bundle/ folder of a run")
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        shown = [path for path in sorted(folder.iterdir()) if path.name[0] != "."]
        inside = [path.name for path in shown if (path / "config.json").is_file()]
        hint = f"; did you mean {folder / inside[0]}?" if inside else ""
        raise FileNotFoundError(f"{folder} is no bundle: {' and '.join(missing)} missing{hint}")
    config = read_json(folder / "config.json")
    if not isinstance(config, dict) or not {"format", "heads", "network", "image"} <= config.keys():
        raise ValueError(f"{folder / 'config.json'} lacks format, heads, network or image; was it made by captioner?")
    if config["format"] != FORMAT:
        raise ValueError(
            f"{folder} has bundle format {config['format']}, this captioner reads {FORMAT}; upgrade captioner"
        )
    if not config["heads"] or not set(config["heads"]) <= set(HEADS):
        raise ValueError(
            f"{folder} has the heads {config['heads']!r}, this captioner knows {', '.join(HEADS)}; upgrade captioner"
        )
    try:
        settings = NetworkSettings.from_dict(config["network"])
        image = ImageSpec.from_dict(config["image"]) if settings.sees else None
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder / 'config.json'} cannot be used: {error}") from None
    vocabulary = Vocabulary.load(folder / "vocab.json")
    answers = AnswerList.load(folder / "answers.json") if "answers" in config["heads"] else None
    state = read_tensors(folder / "model.safetensors")
    if (rows := _rows(state, "words.weight")) != len(vocabulary):
        raise ValueError(
            f"{folder / 'vocab.json'} has {len(vocabulary)} words but the embedding has {rows} rows;"
            " was the bundle mixed from two runs?"
        )
    if answers is not None and (rows := _rows(state, "answers.answers.weight")) != len(answers):
        raise ValueError(
            f"{folder / 'answers.json'} has {len(answers)} answers but the classifier has {rows} rows;"
            " was the bundle mixed from two runs?"
        )
    network = _unfilled(
        folder,
        settings,
        vocabulary=len(vocabulary),
        answers=len(answers) if answers is not None else 0,
        captions="captions" in config["heads"],
    )
    try:
        network.load_own_state(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise ValueError(f"{folder / 'model.safetensors'} does not fit config.json: {reason}") from None
    return Bundle(settings, network.eval(), vocabulary, image, config.get("about", {}), answers)


def _unfilled(folder: Path, settings: NetworkSettings, *, vocabulary: int, answers: int, captions: bool) -> Network:
    """The network, whose weights are replaced at once; makes it without moving the user's chance."""
    with torch.random.fork_rng(devices=[]):
        parts = _encoder_parts(folder)
        # The meta device would fill no weights, but it loads torch's compiler, as torchvision does, which takes longer.
        with torch.device("cpu" if parts or not settings.sees else "meta"):
            return Network(settings, vocabulary=vocabulary, answers=answers, captions=captions, encoder_parts=parts)


def _encoder_parts(folder: Path) -> Parts | None:
    path = folder / "encoder.json"
    if not path.is_file():
        return None
    try:
        return built(read_json(path))
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}") from None


def _rows(state: dict[str, Tensor], name: str) -> int:
    return len(state[name]) if name in state else 0
