"""What is to be done: which photos lack which files, and which of them are the same."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from captioner.folders.writing.beside import Beside, Sidecars, Texts
from captioner.folders.writing.journal import Journal
from captioner.folders.writing.places import Places
from captioner.folders.writing.policy import Policy
from captioner.photos import Found

BESIDE: dict[str, Beside] = {"txt": Texts(), "caption": Texts(), "xmp": Sidecars()}
PIECE = 1 << 20  # bytes of a photo that are read at once


@dataclass
class Task:
    """One photo that lacks something.

    Attributes:
        path: of the photo.
        files: what is to be written beside it, kinds and places.
        table: whether the tables lack it.
        twins: photos with the same content, which get the same caption.
    """

    path: Path
    files: list[tuple[str, Path]]
    table: bool
    twins: list["Task"] = field(default_factory=list)

    def all(self) -> Iterator["Task"]:
        """Itself and its twins."""
        return iter((self, *self.twins))


@dataclass
class Plan:
    """All photos of a run.

    Attributes:
        tasks: photos to be captioned.
        photos: how many there are, each counted once.
        done: how many lack nothing.
        refused: sentences about those for which nothing can be written.
    """

    tasks: list[Task] = field(default_factory=list)
    photos: int = 0
    done: int = 0
    refused: list[str] = field(default_factory=list)


def make_plan(
    photos: Iterable[Found], kinds: Iterable[str], places: Places, policy: Policy, journal: Journal | None
) -> Plan:
    """Looks at what stands beside the photos, and in the tables; nothing is written."""
    plan, kinds, seen = Plan(), [kind for kind in kinds if kind in BESIDE], set()
    for found in photos:
        if found.path in seen:
            continue
        seen.add(found.path)
        plan.photos += 1
        try:
            files = [(kind, places.of(found, kind)) for kind in kinds]
            table = journal is not None and journal.wants(found.path)
            if journal is not None and journal.did(found.path):
                files = []
            task = Task(found.path, [each for each in files if BESIDE[each[0]].wants(each[1], policy)], table)
        except (ValueError, OSError) as error:
            plan.refused.append(str(error))
            continue
        if task.files or task.table:
            plan.tasks.append(task)
        else:
            plan.done += 1
    return plan


def join_same(tasks: Iterable[Task]) -> list[Task]:
    """Photos with the same content become twins of the first of them; only those of one size are read."""
    sizes: dict[int, list[Task]] = defaultdict(list)
    alone = []
    for task in tasks:
        try:
            sizes[task.path.stat().st_size].append(task)
        except OSError:  # it is said when the photo is read
            alone.append(task)
    firsts: list[Task] = alone
    for same_size in sizes.values():
        known: dict[bytes, Task] = {}
        for task in same_size:
            first = known.setdefault(_digest(task.path), task) if len(same_size) > 1 else task
            if first is task:
                firsts.append(task)
            else:
                first.twins.append(task)
    return firsts


def _digest(path: Path) -> bytes:
    """Of a photo's content; of its name where it cannot be read."""
    digest = hashlib.blake2b()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except OSError:
        return str(path).encode("utf-8", "surrogateescape")
    return digest.digest()
