"""A small untrained bundle of clips, and videos and frames to show it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from captioner.images import ImageSpec
from captioner.models.bundle import Bundle, save_bundle
from captioner.nn.network import Network
from captioner.nn.settings import AnswerSettings, CoreSettings, EncoderSettings, NetworkSettings
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import Vocabulary

WORDS = Vocabulary.build(["a red circle moves to the left", "what goes up and down"], min_count=1)
ANSWERS = AnswerList(("left", "right"))


def network(*, times: float = 8.0, side: int | None = None) -> Network:
    """With both heads; its weights are random, and it tells loudly where and when places lie."""
    torch.manual_seed(0)
    settings = NetworkSettings(
        EncoderSettings("small", "none", side=side),
        CoreSettings(
            embedding=8, state=16, grid=12, width=8, attention="dot", positions=4.0, times=times, start="learned"
        ),
        AnswerSettings(width=7),
    )
    made = Network(settings, vocabulary=len(WORDS), answers=len(ANSWERS))
    for parameter in made.core.parameters():  # loud enough that what is seen changes what is said
        parameter.data *= 2.0
    return made.eval()


def save(folder: Path, *, frames: int = 3, times: float = 8.0) -> Path:
    """Writes the bundle and gives its folder."""
    made = network(times=times)
    save_bundle(folder, Bundle(made.settings, made, WORDS, ImageSpec(size=32, frames=frames), {}, ANSWERS))
    return folder


def pictures(count: int) -> list[Image.Image]:
    """Frames that differ much: noise, each with a mean of its own."""
    random = np.random.default_rng(0)
    return [
        Image.fromarray((random.integers(0, 128, (48, 64, 3)) + 127 * place // max(1, count - 1)).astype(np.uint8))
        for place in range(count)
    ]


def video(path: Path, *, seconds: float = 6.0, rate: int = 10, changes: float = 0.0) -> Path:
    """A video whose grey is 40 times the second or, where that is given, black until it changes, then white.

    Args:
        path: of the file; its ending says of which kind.
        seconds: how long.
        rate: pictures a second.
        changes: the second in which all changes.
    """
    av = pytest.importorskip("av", reason="needs PyAV: pip install 'captioner[video]'")
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(round(seconds * rate)):
            second = number / rate
            grey = 255 * (second >= changes) if changes else 40 * second
            picture = np.full((48, 64, 3), grey, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())
    return path
