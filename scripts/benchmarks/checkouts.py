"""Checkouts of other captioners that a user has, recognised by their files and timed beside ours."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import NamedTuple

import torch

from benchmarks import searching, training
from benchmarks.made_up import CAPTIONS, Size, maps_of, network_of, vocabulary_of
from benchmarks.measure import Row, Setup, seconds
from benchmarks.peers import PEERS, Adapted, Peer

PHOTOS = 50  # of a search
ROOT = "peer"
"""The package below which a checkout is imported, so that its names meet no others."""


class Checkout(NamedTuple):
    """A folder that holds a peer."""

    peer: Peer
    module: ModuleType


def opened(folder: Path) -> Checkout:
    """Recognises the peer in a folder, and imports its decoder, which runs its code.

    Raises:
        ValueError: it holds none that is known, or needs a package that is not installed.
    """
    for peer in PEERS:
        path = folder / peer.file
        if path.is_file() and f"class {peer.decoder}(" in path.read_text(encoding="utf-8"):
            return Checkout(peer, imported(folder, peer.file))
    known = " nor ".join(f"{peer.name} ({peer.decoder} in {peer.file})" for peer in PEERS)
    raise ValueError(f"{folder} is a checkout of neither {known}")


def imported(folder: Path, file: str) -> ModuleType:
    """The module in that file; of the packages around it nothing but the folder, for they may import much more.

    Raises:
        ValueError: it needs a package that is not installed.
    """
    for name in [name for name in sys.modules if name.split(".")[0] == ROOT]:
        del sys.modules[name]
    *packages, module = (ROOT, *Path(file).with_suffix("").parts)
    for depth in range(len(packages)):
        package = ModuleType(".".join(packages[: depth + 1]))
        package.__path__ = [str(folder.joinpath(*packages[1 : depth + 1]))]
        sys.modules[package.__name__] = package
    try:
        return import_module(".".join((*packages, module)))
    except ModuleNotFoundError as error:
        raise ValueError(f"{folder} needs the package {error.name}, which is not installed") from None


def rows(setup: Setup, checkouts: Sequence[Checkout]) -> Iterator[Row]:
    """Training, and beam search where the peer has one; `naive` is the peer."""
    size = training.CUDA[0] if setup.device.type == "cuda" else (training.QUICK if setup.quick else training.SIZES)[1]
    for peer, module in checkouts:
        theirs = peer.adapt(module, size, setup)
        step = training.whole_step(
            theirs.decoder.train(), theirs.loss, replace(setup, dtype=torch.float32), fused=False
        )
        counts = {"ours": size.photos * CAPTIONS, "peer": theirs.captions}
        sides = {"ours": training.our_step(size, setup), "peer": step}
        yield beside(f"training, {size}, peer {peer.name}", "captions/s", sides, counts, setup)
        if theirs.say is not None:
            name = f"{searching.named(size, PHOTOS)}, peer {peer.name}"
            yield beside(name, "photos/s", searches(theirs, size, setup), dict.fromkeys(sides, PHOTOS), setup)


def searches(theirs: Adapted, size: Size, setup: Setup) -> dict[str, Callable[[], object]]:
    """Our search and the peer's, of the same maps."""
    network, vocabulary = searching.decided(network_of(size)).to(setup.device).eval(), vocabulary_of(size)
    maps, say = maps_of(size, PHOTOS).to(setup.device), theirs.say
    assert say is not None
    theirs.decoder.eval()
    ours = partial(searching.cast, setup, partial(searching.said, network, maps, vocabulary))
    return {"ours": ours, "peer": lambda: say(maps)}


def beside(work: str, unit: str, sides: dict[str, Callable[[], object]], counts: dict[str, int], setup: Setup) -> Row:
    """Both sides in turns."""
    times = {side: median(each) for side, each in seconds(sides, setup.device, repeats=setup.repeats).items()}
    ours, peer = (counts[side] / times[side] for side in ("ours", "peer"))
    return Row(work, unit, ours, peer, None, "more", {"seconds": times, "counts": counts, "naive": "the peer"})
