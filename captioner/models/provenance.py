"""What made a number: the versions and the commit, to be written beside it."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from captioner import __version__


def provenance() -> dict[str, Any]:
    """Versions of captioner and of what it computes with, as far as it is installed; the commit of a checkout."""
    return {
        "captioner": __version__,
        "commit": commit(Path(__file__).parents[2]),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "torchvision", "numpy", "onnxruntime")},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def commit(folder: Path) -> str | None:
    """The commit of a git checkout, with `+` where tracked files were changed since; None where there is no git."""
    if not (folder / ".git").exists():
        return None
    try:
        head = _git(folder, "rev-parse", "HEAD")
        return head + "+" * bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):  # no git, no commit yet, or somebody else's checkout
        return None


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout.strip()
