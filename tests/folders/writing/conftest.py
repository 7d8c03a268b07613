"""Odd names, a captioner that says what a photo is called, and a tree of photos."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioner.images import ImageSpec
from captioner.inference import Caption, Captioned, Unreadable

NAMES = (
    "a dog.jpg",
    "A dog.jpg",
    'it\'s "me".jpg',
    "two\nlines.jpg",
    "서울/할머니.jpg",
    "-n.jpg",
    "sub dir/--help.JPG",
    "<b>&amp;.png",
    "tab\there, a comma.png",
    os.fsdecode(b"latin\xe9.png"),
    ".hidden/no.png",
)
SEEN = tuple(name for name in NAMES if not name.startswith("."))


class Says:
    """Says "1 of NAME", then "2 of NAME", …; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.times = 1

    def __call__(self, photos: Iterable[Path]) -> Iterator[Captioned[Path] | Unreadable[Path]]:
        for photo in photos:
            self.asked.append(photo.name)
            if not photo.stat().st_size:
                yield Unreadable(photo, f"{photo} is empty")
                continue
            words = (str(self.times), "of", ascii(photo.stem).strip("'"))
            best = Caption(" ".join(words), words, -1.0, -0.5, np.zeros((3, 0)), right=0.75)
            yield Captioned(photo, (best, best), ImageSpec(32))


@pytest.fixture
def says():
    return Says()


@pytest.fixture
def tree(tmp_path):
    """Photos with odd names, each another one."""
    for number, name in enumerate(NAMES):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (number, 0, 0)).save(path)
    return tmp_path / "photos"
