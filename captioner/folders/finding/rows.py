"""A file of half-precision rows, all of one shape, found by their numbers; only rows that are asked for are read."""

import os
import zlib
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path

import numpy as np

from captioner.disk.writing import names

BLOCK = 1024  # rows read at once where all are read


class Rows:
    """Rows on the disk.

    Args:
        path: of the file, which is made when the first row is written.
        shape: of a row.
    """

    def __init__(self, path: Path, shape: Sequence[int]) -> None:
        self.path, self.shape = path, tuple(shape)
        self._bytes = prod(self.shape) * np.dtype(np.float16).itemsize

    def write(self, numbers: Sequence[int], rows: np.ndarray) -> None:
        """Puts rows in their places, and waits until they are on the disk.

        Args:
            numbers: of the r rows.
            rows: float16, (r, *shape).

        Raises:
            OSError: they cannot be written.
        """
        assert rows.dtype == np.float16
        assert rows.shape == (len(numbers), *self.shape)
        with names(self.path), self.path.open("r+b" if self.path.exists() else "x+b") as file:
            for number, row in zip(numbers, rows, strict=True):
                file.seek(number * self._bytes)
                file.write(np.ascontiguousarray(row).tobytes())
            file.flush()
            os.fsync(file.fileno())

    def read(self, numbers: Sequence[int]) -> np.ndarray:
        """The rows of these numbers, (r, *shape), float16.

        Raises:
            ValueError: the file is shorter than it was written.
        """
        if not numbers:
            return np.empty((0, *self.shape), np.float16)
        if not self.path.exists() or self.path.stat().st_size < (max(numbers) + 1) * self._bytes:
            raise ValueError(
                f"{self.path} is shorter than it was written; remove {self.path.parent}, and it is made again"
            )
        return np.memmap(self.path, np.float16, "r", shape=(max(numbers) + 1, *self.shape))[numbers]

    def blocks(self, numbers: Sequence[int]) -> Iterator[np.ndarray]:
        """The same, so many rows at a time; errors as of `read`."""
        for begin in range(0, len(numbers), BLOCK):
            yield self.read(numbers[begin : begin + BLOCK])


def checksum(kept: dict[str, np.ndarray]) -> int:
    """CRC-32 of what the model needs of a photo, in the order of the names."""
    total = 0
    for name in sorted(kept.keys() - {"expected"}):
        total = zlib.crc32(np.ascontiguousarray(kept[name]).tobytes(), total)
    return total
