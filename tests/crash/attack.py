"""Every n-th change of the file system kills the process, or fails: what stands then, and how the next run ends."""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.child import Attack, Ended, run
from tests.crash.kinds import HIDDEN, KINDS, State

SENTENCE = re.compile(r"captioner \w+: .+")


@dataclass
class Outcome:
    """Of one kind.

    Attributes:
        changes: of the file system, without an attack.
        tried: attacks by mode.
        bad: what went wrong, each with mode, number and name of the change.
        seconds: of the processor that it took.
    """

    changes: int = 0
    tried: dict[str, int] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)
    seconds: float = 0.0


def attack(kind: str, base: Path, work: Path, *, modes: Sequence[str], points: int | None = None) -> Outcome:
    """Tries them all, or as many points as are asked for, spread evenly over changes and modes.

    Args:
        kind: a name in KINDS.
        base: see `make_base`.
        work: an empty folder.
        modes: names in MODES.
        points: how many; all changes in all modes if None.
    """
    began, outcome = _seconds(), Outcome()
    _, verb, state_of, _ = KINDS[kind]
    clean = _folder(work / "clean", base, kind)
    before = state_of(clean)
    ended = run(lambda: verb(base, clean), work / "log", Attack(clean, 0, "kill", work / "changes"))
    changes = (work / "changes").read_text().splitlines()
    outcome.changes = len(changes)
    if ended.code or not changes:
        outcome.bad.append(f"without an attack: code {ended.code}, {len(changes)} changes: {ended.said[-300:]}")
        return outcome
    after = state_of(clean)
    every = [(number, modes[number % len(modes)]) for number in range(1, len(changes) + 1)]
    if points is None:
        every = [(number, mode) for number in range(1, len(changes) + 1) for mode in modes]
    elif points < len(every):
        every = [every[place * len(every) // points] for place in range(points)]
        every = [(number, modes[place % len(modes)]) for place, (number, _) in enumerate(every)]
    for number, mode in every:
        folder = _folder(work / "attacked", base, kind)
        for fault in _one(kind, base, folder, number, mode, (before, after)):
            outcome.bad.append(f"{mode} at {number} ({changes[number - 1]}): {fault}")
        outcome.tried[mode] = outcome.tried.get(mode, 0) + 1
    outcome.seconds = _seconds() - began
    return outcome


def _seconds() -> float:
    """Of the processor, of this process and its children."""
    times = os.times()
    return sum(times[:4])


def _folder(folder: Path, base: Path, kind: str) -> Path:
    """What stands before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    KINDS[kind].prepare(base, folder)
    return folder


def _one(kind: str, base: Path, folder: Path, number: int, mode: str, stood: tuple[State, State]) -> list[str]:
    """What is wrong after one attack, and after the run that follows it."""
    _, verb, state_of, allowed = KINDS[kind]
    before, after = stood
    log = folder.with_name("log")
    ended = run(lambda: verb(base, folder), log, Attack(folder, number, mode))
    faults = _killed(ended) if mode in ("kill", "half") else _failed(ended)
    try:
        state = state_of(folder)
    except Exception as error:
        faults.append(f"what stands cannot be read: {error}")
        state = {}
    else:
        if fault := allowed(before, state, after):
            faults.append(fault)
    if ended.code == 0 and state != after:
        faults.append("ends well, but not with what it writes without an attack")
    again = run(lambda: verb(base, folder), log)
    if again.code:
        return [*faults, f"cannot go on: code {again.code}, {again.said[-300:]}"]
    finished = state_of(folder)
    if finished != after:
        different = [name for name in finished | after if finished.get(name) != after.get(name)]
        faults.append(f"the next run ends with something else: {', '.join(different)}")
    left = [path.name for path in folder.rglob(".*") if path.name.endswith(HIDDEN)]
    return [*faults, *(f"left behind: {name}" for name in left)]


def _killed(ended: Ended) -> list[str]:
    return [] if ended.code == -9 and not ended.hung else [f"not killed: code {ended.code}"]


def _failed(ended: Ended) -> list[str]:
    """A failure is one sentence and a code, without a traceback or the name of a temporary file."""
    faults = ["hangs"] if ended.hung else []
    said = [line for line in ended.said.splitlines() if SENTENCE.fullmatch(line)]
    if "Traceback" in ended.said:
        faults.append(f"traceback: {ended.said.strip().splitlines()[-1]}")
    elif ended.code and len(said) != 1:
        faults.append(f"no sentence, or several: {ended.said[-300:]}")
    if any(part in line for part in HIDDEN for line in said):
        faults.append(f"names a temporary file: {said[0]}")
    return faults
