"""Packs as they are trained from: litdata streams their chunks, shuffled, and goes on exactly where it stopped.

Rows beyond the last full batch of all processes are left out of an epoch; the shuffle leaves out others in the next.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

from jaxtyping import Float
from litdata import StreamingDataLoader, StreamingDataset
from torch import Tensor

from captioner.data.feed.chance import chance, seeded
from captioner.data.feed.packs.facts import Place
from captioner.data.feed.packs.rows import Row, Seen, said

T = TypeVar("T")
Make = Callable[[int, Row], T]


class StreamedItems(StreamingDataset, Generic[T]):  # type: ignore[misc]  # litdata has no types
    """The items of a pack in the shuffled order of an epoch; chance hangs on seed, epoch and row.

    Args:
        pack: its folder or address.
        make: makes the item of a row, by its place in the pack.
        seed: of the order.
    """

    def __init__(self, pack: Path, make: Make[T], *, seed: int) -> None:
        super().__init__(str(Place(pack)), shuffle=True, drop_last=True, seed=seed)
        self.make = make

    def __getitem__(self, index: Any) -> T:
        with seeded(chance(self.seed, self.current_epoch, index.index)):
            return self.make(index.index, super().__getitem__(index))


class StreamedBatches(StreamingDataLoader):  # type: ignore[misc]
    """litdata's loader, but a second pass after one that went on from a checkpoint begins at the beginning.

    litdata's own goes on from the checkpoint again unless the pass was read beyond its last batch, which Lightning
    does not do.

    Args:
        items: what is loaded.
        passes: how often it was begun before, by a run that goes on.
        settings: of litdata's loader.
    """

    restore: bool  # litdata's: whether the next pass goes on from a checkpoint
    fresh = False

    def __init__(self, items: StreamedItems[Any], *, passes: int = 0, **settings: Any) -> None:
        super().__init__(items, **settings)
        self.current_epoch = passes

    @property
    def passes(self) -> int:
        """How often it was begun, this run's predecessors included; order and chance hang on that."""
        return self.current_epoch

    def load_state_dict(self, obj: dict[str, Any]) -> None:
        """The next pass goes on from there."""
        super().load_state_dict(obj)
        self.fresh = True

    def __iter__(self) -> Iterator[Any]:
        """The batches."""
        self.restore, self.fresh = self.restore and self.fresh, False
        yield from super().__iter__()


def by_row(chunks: str) -> StreamingDataset:
    """Chunks of which single rows are asked for, in a folder or bucket.

    litdata 0.2.76 reads such a row of a bucket alone, at a place in the chunk that it does not write where rows are of
    plain bytes, and fails; once a slice was asked for, it copies whole chunks to the disk, as it does for a training.
    """
    found = StreamingDataset(chunks)
    _ = found[:0]
    return found


class PackedPhotos:
    """A pack by places, in the order in which it was packed; for splits that are only scored.

    Args:
        pack: its folder or address.
        count: of its rows.
        seen: what the network sees of a row.
    """

    def __init__(self, pack: Path, count: int, seen: Seen) -> None:
        self.rows, self.count, self.seen = by_row(str(Place(pack))), count, seen

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Float[Tensor, "c ..."]:
        row: Row = self.rows[index]
        return self.seen(row, f"photo {index} of {self.rows.input_dir.path}")

    def said(self) -> Iterator[dict[str, Any]]:
        """What is said of each photo."""
        return (said(self.rows[index]) for index in range(self.count))
