"""Making a pack: rows are shuffled, cut into shards, and each shard becomes one chunk, in whichever process.

litdata's writer makes each chunk. Its own `optimize` would also share the work, but its checkpoints count what was
written where they should count what was read: after a kill, a set with broken photos has some rows twice. Here a shard
counts once its chunk is in place and `.packing/<shard>.json` says so; a killed run does only its open shards again.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from jaxtyping import Float
from torch import Tensor

from captioner.data.feed.encoding import half
from captioner.data.feed.packs.facts import BROKEN, INDEX, PACK, Facts, Place, litdata, write_facts
from captioner.data.feed.packs.rows import Record, Row, row
from captioner.images import ImageSpec, pixels
from captioner.photos import read_photo

CHUNK = 64_000_000  # bytes, as many as litdata advises
BATCH = 16  # photos that are encoded at once
PLAN = ".packing/plan.json"


class View(Protocol):
    """A frozen encoder; it is sent to other processes, and opened there."""

    @property
    def image(self) -> ImageSpec:
        """What it sees."""

    @property
    def identity(self) -> dict[str, Any]:
        """What its numbers depend on, as JSON."""

    def __call__(self, pixels: Float[np.ndarray, "b 3 y x"]) -> Float[Tensor, "b c ..."]:
        """The features of photos."""


@dataclass(frozen=True)
class Shard:
    """A part of the shuffled rows, and where its chunk shall lie."""

    number: int
    records: Sequence[Record]
    out: str
    view: View | None

    @property
    def told(self) -> str:
        """The file that says that it is done."""
        return f".packing/{self.number}.json"


class Packed(NamedTuple):
    """What a run has done."""

    facts: Facts | None
    """None where other machines still have shards to do."""
    broken: list[tuple[str, str]]
    """Photos that were left out, each with the reason."""


def pack(
    records: Sequence[Record],
    out: Path | str,
    facts: Callable[[Iterable[Record]], Facts],
    *,
    view: View | None = None,
    seed: int = 0,
    workers: int = 1,
    part: tuple[int, int] = (1, 1),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Packed:
    """Packs records, or goes on where a run was ended.

    Args:
        records: in any order; they are shuffled, since chunks are all that is shuffled later.
        out: the folder or address of the pack.
        facts: counts what was packed; what it says of broken photos and features is filled in.
        view: computes features; without it, photos are packed as their files are.
        seed: of the order.
        workers: processes that pack; 1 packs in this one.
        part: which of how many machines this is; each does shards of its own, and who finds all done ends the pack.
        progress: told (rows done, rows in all).

    Raises:
        ValueError: there is something else, or litdata is not installed.
        OSError: it cannot be written.
    """
    litdata()
    place = Place(out)
    features = None if view is None else view.identity | {"shape": _shape(view)}
    order = np.random.default_rng(seed).permutation(len(records))
    size = max(1, CHUNK // (2 * int(np.prod(features["shape"])) if features else _bytes(records)))
    shards = [
        Shard(number, [records[place] for place in order[begin : begin + size]], str(place), view)
        for number, begin in enumerate(range(0, len(records), size))
    ]
    _agree(place, _plan(records, features, seed, size))
    if not place.has(INDEX):
        _pack(place, [shard for shard in shards if shard.number % part[1] == part[0] - 1], workers, progress)
        if not all(place.has(shard.told) for shard in shards):
            return Packed(None, [])
    return _end(place, shards, facts, features)


def _agree(place: Place, plan: dict[str, Any]) -> None:
    """Begins a pack, or refuses to go on with another one."""
    if place.has(PLAN):
        if place.read(PLAN) != plan:
            raise ValueError(f"{place} holds a pack of other rows or settings; remove it, or name another folder")
    elif place.has(INDEX) or place.has(PACK) or (not place.remote and any(Path(place.name).glob("[!.]*"))):
        raise ValueError(f"{place} exists already; remove it, or name another folder")
    else:
        place.write(PLAN, plan)


def _plan(records: Sequence[Record], features: dict[str, Any] | None, seed: int, size: int) -> dict[str, Any]:
    digest = hashlib.sha256()
    for record in records:
        digest.update(json.dumps([str(record.path), record.said]).encode())
    return json.loads(json.dumps({"rows": digest.hexdigest(), "features": features, "seed": seed, "size": size}))


def _pack(place: Place, shards: list[Shard], workers: int, progress: Callable[[int, int], None]) -> None:
    total, left = sum(len(shard.records) for shard in shards), [shard for shard in shards if not place.has(shard.told)]
    done = total - sum(len(shard.records) for shard in left)
    progress(done, total)
    pool = ProcessPoolExecutor(min(workers, len(left)), get_context("spawn")) if workers > 1 and left else nullcontext()
    with pool as processes:
        for count in processes.map(_write, left) if processes is not None else map(_write, left):
            done += count
            progress(done, total)


def _write(shard: Shard) -> int:
    """Makes the chunk of a shard; how many rows it had, broken ones included."""
    from litdata.streaming import Cache

    place, broken = Place(shard.out), list[tuple[str, str]]()
    near = None if place.remote else Path(place.name) / ".packing"
    with tempfile.TemporaryDirectory(dir=near) as folder:
        cache, count = Cache(folder, chunk_size=len(shard.records)), 0
        for made in _rows(shard, broken):
            cache[count] = made
            count += 1
        index: dict[str, Any] = {"chunks": [], "config": None}
        if count:
            cache.done()
            cache.merge()
            index = json.loads((Path(folder) / INDEX).read_text(encoding="utf-8"))
            (chunk,) = index["chunks"]
            file, chunk["filename"] = Path(folder) / chunk["filename"], f"chunk-0-{shard.number}.bin"
            place.put(file, chunk["filename"])
    place.write(shard.told, {"index": index, "broken": broken})
    return len(shard.records)


def _rows(shard: Shard, broken: list[tuple[str, str]]) -> Iterator[Row]:
    """The rows of a shard; photos that cannot be read are told of instead."""

    def read(record: Record) -> Any:
        try:
            if shard.view is None:
                content = record.path.read_bytes()
                read_photo(content, at_least=32, name=str(record.path))
                return content
            return pixels(read_photo(record.path, at_least=shard.view.image.size), shard.view.image)
        except (ValueError, OSError) as error:
            return error

    with ThreadPoolExecutor(4) as threads:
        for begin in range(0, len(shard.records), BATCH):
            records = shard.records[begin : begin + BATCH]
            found = list(zip(records, threads.map(read, records), strict=True))
            broken += [(str(record.path), str(error)) for record, error in found if isinstance(error, Exception)]
            good = [(record, content) for record, content in found if not isinstance(content, Exception)]
            seen = [content for _, content in good]
            if shard.view is not None and seen:
                seen = [each.tobytes() for each in half(shard.view(np.stack(seen)))]
            kind: Literal["photo", "features"] = "photo" if shard.view is None else "features"
            yield from (row(record, content, kind) for (record, _), content in zip(good, seen, strict=True))


def _end(
    place: Place, shards: list[Shard], facts: Callable[[Iterable[Record]], Facts], features: dict[str, Any] | None
) -> Packed:
    """Writes what makes the chunks a pack."""
    told = [place.read(shard.told) for shard in shards]
    broken = [(path, reason) for each in told for path, reason in each["broken"]]
    configs = [each["index"]["config"] for each in told if each["index"]["chunks"]]
    if not configs:
        raise ValueError(f"none of the {len(broken)} photos can be read; the first: {broken[0][1]}")
    out = {path for path, _ in broken}
    counted = facts(record for shard in shards for record in shard.records if str(record.path) not in out)
    counted = Facts(**{**vars(counted), "broken": len(broken), "features": features})
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / BROKEN
        lines.write_text("".join(f"{path}\t{reason}\n" for path, reason in broken), encoding="utf-8")
        place.put(lines, BROKEN)
    write_facts(place, counted)
    chunks = [chunk for each in told for chunk in each["index"]["chunks"]]
    place.write(INDEX, {"chunks": chunks, "config": configs[0] | {"chunk_size": None, "chunk_bytes": CHUNK}})
    return Packed(counted, broken)


def _shape(view: View) -> list[int]:
    """Of one photo's features, channels last."""
    side = view.image.size
    return list(half(view(np.zeros((1, 3, side, side), np.float32))).shape[1:])


def _bytes(records: Sequence[Record]) -> int:
    """Of a photo's file, the mean of some; 1 where there is none."""
    sizes = [record.path.stat().st_size for record in records[:: max(1, len(records) // 200)] if record.path.is_file()]
    return max(1, sum(sizes) // max(1, len(sizes)))
