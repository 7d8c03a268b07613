"""Captions are written into a large folder while the process is killed again and again; what stands at the end.

The captioner is a stub that says a photo's number, so that nearly all of the time is spent in writing.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from captioner.folders.writing.packet import ALT_TEXT, CAPTION, DESCRIPTION, MODEL, Packet
from captioner.folders.writing.run import AHEAD, Job, write_captions
from captioner.images import ImageSpec
from captioner.inference import Caption, Captioned, Unreadable
from captioner.photos import find_below
from tests.folders.writing.layouts import PROGRAMS, described, without_texts

JOB = Job(("txt", "xmp"), "stub")
ODD = ('it\'s "{}"', "two\nlines {}", "서울 {}", "-{}", "{}")
MINE = "A person wrote this.\n"


@dataclass
class Outcome:
    """Of one folder.

    Attributes:
        kills: processes that were killed before they ended.
        said: how often a caption was asked for.
        seconds: of the whole.
        bad: what is wrong at the end.
    """

    kills: int = 0
    said: int = 0
    seconds: float = 0.0
    bad: list[str] = field(default_factory=list)


def attack(folder: Path, *, photos: int, kills: int, seed: int, longest: float) -> Outcome:
    """Fills an empty folder, and kills runs over it.

    Args:
        folder: empty.
        photos: how many.
        kills: how many runs are killed.
        seed: of the moments.
        longest: seconds of writing, at most, before a run is killed.
    """
    tree, asked = folder / "photos", folder / "asked"
    before = fill(tree, photos)
    outcome, began, moments = Outcome(), time.monotonic(), random.Random(seed)
    for _ in range(kills):
        outcome.kills += _killed(tree, asked, moments.uniform(0, longest))
    if caption(tree, asked):
        outcome.bad.append("the last run cannot write everything")
    outcome.seconds = time.monotonic() - began
    outcome.said = len(asked.read_text(encoding="utf-8").splitlines())
    if outcome.said > photos + outcome.kills * (AHEAD + 1):
        outcome.bad.append(f"{outcome.said} captions of {photos} photos, with {outcome.kills} kills")
    outcome.bad += faults(tree, before)
    return outcome


def fill(tree: Path, photos: int) -> dict[str, bytes]:
    """Photos in folders of a hundred, every third with a program's sidecar, every seventh with a person's text."""
    programs, content = [*PROGRAMS], {}
    for number in range(photos):
        name = f"{number // 100}/{ODD[number % len(ODD)].format(number)}.jpg"
        content[name] = b"photo %d" % number
        if number % 3 == 0:
            program = programs[number % 9 // 3]
            content[f"{name}.xmp"] = described(program) if number % 2 else without_texts(program)
        if number % 7 == 0:
            content[name.replace(".jpg", ".txt")] = MINE.encode()
    for name, data in content.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    return content


def caption(tree: Path, asked: Path) -> int:
    """One run; every caption that is asked for is a line in a file."""

    def says(photos: Iterable[Path]) -> Iterator[Captioned[Path] | Unreadable[Path]]:
        for photo in photos:
            os.write(handle, ascii(str(photo)).encode() + b"\n")
            text = said(photo.read_bytes())
            yield Captioned(photo, (Caption(text, (text,), -1.0, -1.0, np.zeros((1, 0))),), ImageSpec(32))

    handle = os.open(asked, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    counts = write_captions(find_below([str(tree)]), JOB, says, complain=lambda line: print(line, file=sys.stderr))
    return counts.failed


def said(photo: bytes) -> str:
    """What the stub says."""
    return f"a picture of {photo.decode()}"


def _killed(tree: Path, asked: Path, after: float) -> bool:
    """Kills a run so many seconds after its first caption; whether it was still at work."""
    before = asked.stat().st_size if asked.exists() else 0
    child = os.fork()
    if not child:
        try:
            caption(tree, asked)
        finally:
            os._exit(0)
    while not asked.exists() or asked.stat().st_size == before:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.001)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def faults(tree: Path, before: dict[str, bytes]) -> list[str]:
    """What is not as it should be: a photo, a person's text, a program's sidecar, or one of ours."""
    stands = {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    photos = {name: data for name, data in before.items() if name.endswith(".jpg")}
    bad = [f"a photo has changed: {name}" for name, data in photos.items() if stands.pop(name, b"") != data]
    for name, photo in photos.items():
        text, sidecar = name.replace(".jpg", ".txt"), f"{name}.xmp"
        if stands.pop(text, b"") != before.get(text, f"{said(photo)}\n".encode()):
            bad.append(f"not the text of its photo: {text}")
        bad += _sidecar(sidecar, stands.pop(sidecar, b""), said(photo), before.get(sidecar, b""))
    return bad + [f"left behind: {name}" for name in stands]


def _sidecar(name: str, data: bytes, text: str, old: bytes) -> Iterator[str]:
    try:
        packet = Packet.read(data)
    except ValueError as error:
        yield f"{name} {error}"
        return
    description = "Grandma at home" if b"Grandma at home" in old else text
    if [packet.text(each) for each in (DESCRIPTION, ALT_TEXT, CAPTION, MODEL)] != [description, text, text, "stub"]:
        yield f"not the texts of its photo: {name}"
    common = next((place for place, (one, other) in enumerate(zip(old, data, strict=False)) if one != other), 0)
    if not data.endswith(old[common:]):
        yield f"what a program wrote has changed: {name}"
