"""How onnxruntime runs a graph here: on the processor, with threads that do not stand in each other's way."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import SessionOptions

AWAKE = "500"
"""Microseconds, which is longer than choosing a word takes, and shorter than reading a photo."""


def options(threads: int) -> "SessionOptions":
    """Of a session with so many threads; 0 takes one a core.

    Raises:
        ModuleNotFoundError: onnxruntime is not installed.
    """
    from onnxruntime import SessionOptions

    made = SessionOptions()
    made.intra_op_num_threads = threads
    # Threads of a graph wait for its next call awake, by default so long that another graph finds no core free.
    made.add_session_config_entry("session.intra_op.spin_duration_us", AWAKE)
    made.log_severity_level = 3  # errors are raised; what it warns of, nobody can change
    return made


def usual_threads() -> int:
    """As many as OMP_NUM_THREADS says, by which clusters and torch share a machine out; else one a core, 0 for all.

    More threads than cores that may be used wait for each other, spinning.
    """
    told = os.environ.get("OMP_NUM_THREADS", "")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    return min(int(told), cores or int(told)) if told.isdecimal() else cores
