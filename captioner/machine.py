"""The machine that a number was measured on, as far as it matters to a reader: no name, no address, no path."""

import os
import platform
from pathlib import Path
from typing import Any

TOLD = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "bf16", "i8mm", "sve")
"""Instructions that speed up products, as /proc/cpuinfo names them."""


def machine(*, accelerator: str | None = None) -> dict[str, Any]:
    """What a record tells of the machine; None where the system does not say.

    Args:
        accelerator: its name, if one was used.

    Returns:
        Cores that this process may use, instructions of the processor, memory in GB (2^30 bytes), the accelerator, and
        how many processes were at work in the minute before.
    """
    return {
        "architecture": platform.machine(),
        "cores": cores(),
        "instructions": instructions(Path("/proc/cpuinfo")),
        "memory_gb": memory(),
        "accelerator": accelerator,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def cores() -> int:
    """Cores that this process may use, as far as the system tells; 1 where it does not."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def instructions(file: Path) -> list[str] | None:
    """Which of `TOLD` the processor has, by Linux's description of it; None where there is none."""
    if not file.exists():
        return None
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    named = (line.partition(":") for line in lines)
    flags = next((value.split() for name, _, value in named if name.strip() in ("flags", "Features")), [])
    return [name for name in TOLD if name in flags]


def memory() -> float | None:
    """The machine's memory in GB."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf, and others may not know the names
        return None
