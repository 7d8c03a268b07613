"""The C file that kills a process at its n-th change of the file system, or lets this fail: made, loaded, armed."""

import ctypes
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
MODES = {"kill": -1, "half": -2, "ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EROFS": errno.EROFS}


def missing() -> str:
    """Why this machine cannot run the crash test; empty if it can."""
    if sys.platform != "linux":
        return "the crash test needs Linux (LD_PRELOAD)"
    return "" if shutil.which("cc") else "the crash test needs a C compiler (cc)"


def preloaded(folder: Path) -> dict[str, str]:
    """The environment of a process in which it is loaded; compiled into the folder."""
    library = folder / "shim.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return os.environ | {"LD_PRELOAD": str(library)}


def loaded() -> bool:
    """Whether it is loaded into this process."""
    return hasattr(ctypes.CDLL(None), "crash_arm")


def arm(folder: Path, nth: int, mode: str, changes: Path | None) -> None:
    """From now on changes below the folder count; the nth ends as `mode` says, and none if it is 0."""
    listed = -1 if changes is None else os.open(changes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    ctypes.CDLL(None).crash_arm(os.fsencode(folder), ctypes.c_long(nth), MODES[mode], listed)
