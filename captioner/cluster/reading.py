"""The pieces of a source as Ray Data reads them: one task each."""

from typing import Any

from ray.data import Datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import ReadTask

from captioner.cluster.sources.rows import Piece


class Pieces(Datasource):  # type: ignore[misc]  # mypy does not look into Ray
    """A source, cut.

    Args:
        pieces: each gives tables of rows.
    """

    def __init__(self, pieces: list[Piece]) -> None:
        super().__init__()
        self.pieces = pieces

    def get_name(self) -> str:
        """For Ray's own log."""
        return "Photos"

    def estimate_inmemory_data_size(self) -> int | None:
        """Nobody knows before the photos are read."""
        return None

    def get_read_tasks(self, parallelism: int, per_task_row_limit: int | None = None, **_: Any) -> list[ReadTask]:
        """A task a piece."""
        unknown = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        return [ReadTask(piece, unknown, per_task_row_limit=per_task_row_limit) for piece in self.pieces]
