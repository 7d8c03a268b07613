"""Mutated bundles, graphs and checkpoints: each opens, and says something, or is refused in one sentence.

`run(count, seed)` gives what went wrong; an empty list is a pass. A case's number and the seed make it again.
"""

import copy
import json
import os
import random
import shutil
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from captioner.decoding.settings import Decoding
from captioner.inference import load
from captioner.training.run.checkpoints import check_fits
from tests import two_heads
from tests.fuzz.report import Report

SECONDS = 10.0
VALUES: list[Any] = [
    *(
        None,
        True,
        -1,
        0,
        1,
        7,
        1e308,
        float("nan"),
        float("inf"),
        0.5,
        10**30,
        2**31,
        2**63,
        "",
        "x",
        "a" * 5000,
        "\ud800",
    ),
    *(
        "\x1b[31mred\x07",
        "\0",
        "../../etc/passwd",
        "a\nb",
        "<pad>",
        "__import__('os').system('x')",
        [],
        {},
        [[]],
        [None],
    ),
    *({"a": 1}, [1, 2, 3], ["a", "b"], {"of": "x"}, 10**7),
]
PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8))
QUESTION = "what is on the table"
FORBIDDEN = (
    "os.system",
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "socket.connect",
    "exec",
    "compile",
)
seen: list[str] = []
watching = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if watching and event in FORBIDDEN and not _of_a_library(event):
        seen.append(f"{event} {str(arguments)[:80]}")


def _of_a_library(event: str) -> bool:
    """Whether code is made by Python itself, for an import or a named tuple, and not while an encoder is built."""
    frame = sys._getframe(2) if event in ("exec", "compile") else None
    while frame is not None:
        if Path(frame.f_code.co_filename).name in ("building.py", "walking.py"):
            return False
        frame = frame.f_back
    return event in ("exec", "compile")


sys.addaudithook(_watch)


def mutated_json(value: Any, random_: random.Random) -> Any:
    """The value with one to four places of it set, left out, doubled, renamed or exchanged."""
    changed = copy.deepcopy(value)
    for _ in range(random_.choice([1, 1, 1, 2, 4])):
        places = [place for place in _places(changed) if place]
        if not places:
            break
        *way, last = random_.choice(places)
        owner = changed
        for key in way:
            owner = owner[key]
        match random_.choice(["set", "set", "set", "remove", "double", "rename"]):
            case "remove":
                del owner[last]
            case "double" if isinstance(owner, list):
                owner.insert(last, copy.deepcopy(owner[last]))
            case "rename" if isinstance(owner, dict):
                owner[random_.choice(["", "x", "__class__", f"{last}2"])] = owner.pop(last)
            case _:
                owner[last] = copy.deepcopy(random_.choice(VALUES))
    return changed


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys: Any = value if isinstance(value, dict) else range(min(len(value), 60)) if isinstance(value, list) else ()
    return [way, *(place for key in keys for place in _places(value[key], (*way, key)))]


def mutated_text(text: bytes, random_: random.Random) -> bytes:
    """Damaged JSON: cut, too deep, of another encoding, with numbers without end."""
    cut = random_.randrange(len(text))
    return random_.choice(
        [
            *(text[:cut], b"\xff\xfe" + text, text[:cut] + b"\0" + text[cut:], b"", b"[" * 100_000, b'{"a":' * 50_000),
            *(text.replace(b"1", b"9" * 100_000, 1), text.replace(b"1", b"NaN", 1), b"[]", b"5", b'"x"', text + b"{}"),
        ]
    )


def mutated_bytes(data: bytes, random_: random.Random) -> bytes:
    """Damaged bytes: flipped, most of them in the beginning, cut, or empty."""
    changed = bytearray(data)
    if random_.random() < 0.2:
        return bytes(changed[: random_.randrange(len(changed))])
    for _ in range(random_.choice([1, 4, 40])):
        changed[random_.randrange(min(len(changed), random_.choice([len(changed), 4000])))] = random_.randrange(256)
    return bytes(changed)


def mutated_tensors(data: bytes, random_: random.Random) -> bytes:
    """A safetensors file with another header, or with numbers that are none."""
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + length]), bytearray(data[8 + length :])
    name = random_.choice([name for name in header if name != "__metadata__"])
    begin, end = header[name]["data_offsets"]
    match random_.choice(["header", "numbers", "shape", "kind", "name", "drop", "bytes"]):
        case "numbers" if end - begin >= 4:
            place = begin + 4 * random_.randrange((end - begin) // 4)
            body[place : place + 4] = struct.pack("<f", random_.choice([float("nan"), float("inf"), 3e38]))
        case "shape":
            header[name]["shape"] = random_.choice([[], [0], [-1], [2**63], header[name]["shape"][::-1], [2] * 40])
        case "kind":
            header[name]["dtype"] = random_.choice(["F16", "F64", "I64", "BOOL", "F8_E4M3", "X", "BF16"])
        case "name":
            header[random_.choice(["", "a" * 9999, "\x1b[31m", "words.weight\n"])] = header.pop(name)
        case "drop":
            header.pop(name)
        case "header":
            header = mutated_json(header, random_)
        case _:
            return mutated_bytes(data, random_)
    packed = json.dumps(header).encode()
    packed += b" " * (-len(packed) % 8)
    return struct.pack("<Q", len(packed)) + packed + bytes(body)


def _mutated(name: str, data: bytes, random_: random.Random) -> bytes:
    if name.endswith(".json"):
        if random_.random() < 0.2:
            return mutated_text(data, random_)
        return json.dumps(mutated_json(json.loads(data), random_)).encode()
    return mutated_tensors(data, random_) if name.endswith(".safetensors") else mutated_bytes(data, random_)


def _use(folder: Path) -> None:
    model = load(folder)
    if "captions" in model.bundle.heads:
        model.caption(PHOTO, Decoding("greedy", max_words=4))
    if "answers" in model.bundle.heads:
        model.ask(PHOTO, QUESTION)


def _checkpoint(path: Path) -> Callable[[], None]:
    state = {"words.weight": torch.zeros(3, 2)}
    return lambda: check_fits(path, state)


def _sources(home: Path) -> list[Path]:
    """A bundle, the same without the description of its encoder, exported graphs, and a checkpoint."""
    bundle = two_heads.save(home / "bundle")
    sources = [bundle]
    if graphs := os.environ.get("CAPTIONER_FUZZ_GRAPHS"):
        sources.append(Path(graphs))
    else:
        from captioner.models.bundle import load_bundle
        from captioner.models.export.folder import export

        export(load_bundle(bundle), home / "exported")
        sources.append(home / "exported")
    (home / "run").mkdir()
    content = {"state_dict": {"words.weight": torch.zeros(3, 2)}, "epoch": 3, "global_step": 7, "callbacks": {}}
    torch.save(content, home / "run" / "last.ckpt")
    return [*sources, home / "run"]


def run(count: int, seed: int) -> Report:
    """Opens and uses so many mutated models.

    What does anything but work or be refused in one sentence within ten seconds is a failure.
    """
    random_, report = random.Random(seed), Report(inputs=count)
    with tempfile.TemporaryDirectory() as home_:
        home = Path(home_)
        sources = _sources(home)
        for source in sources[:2]:
            _use(source)
        for number in range(count):
            source = random_.choices(sources, [5, 4, 1])[0]
            name = random_.choice(sorted(path.name for path in source.iterdir() if path.suffix != ".md"))
            folder = Path(shutil.copytree(source, home / "case"))
            (folder / name).write_bytes(_mutated(name, (source / name).read_bytes(), random_))
            use = _checkpoint(folder / name) if name.endswith(".ckpt") else lambda: _use(home / "case")
            begun, problem = time.monotonic(), _problem(use)
            report.slowest = max(report.slowest, (time.monotonic() - begun, f"{source.name}/{name}"))
            if problem:
                report.failures.append(f"case {number} of seed {seed}, {source.name}/{name}: {problem}")
            shutil.rmtree(folder)
    report.outcomes["opened or refused"] = count - len(report.failures)
    return report


def _problem(use: Callable[[], None]) -> str:
    """What went wrong; empty if nothing did."""
    global watching
    begun, message = time.monotonic(), ""
    seen.clear()
    watching = True
    try:
        use()
    except (ValueError, OSError) as error:
        message = str(error)
        if not message or not message.isprintable() or len(message) > 1500:
            return f"this is no sentence: {message!r:.200}"
    except Exception as error:  # what the fuzzing is for
        return f"{type(error).__name__}: {error!s:.200}"
    finally:
        watching = False
    if seen:
        return f"code was run: {seen[0]}"
    took = time.monotonic() - begun
    return f"it took {took:.0f} s ({message:.100})" if took > SECONDS else ""
