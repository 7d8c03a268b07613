"""Reading and writing files safely: whole or not at all, JSON with clear errors, tensors without pickle."""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

TENSOR_FILES = (".pth", ".pt", ".safetensors")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a temporary name beside `path`; what was written there takes the place of `path` only on success."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    _readable(temporary, 0o666)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Gives a temporary folder beside `path`, which becomes `path` only on success.

    Raises:
        ValueError: `path` exists already, and is no empty folder.
    """
    if path.exists() and (path.is_file() or any(path.iterdir())):
        raise ValueError(f"{path} exists already; remove it, or name another folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    _readable(temporary, 0o777)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _readable(temporary: Path, mode: int) -> None:
    """Gives a temporary file or folder, which only its maker may read, the mode of every other new one."""
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(mode & ~umask)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text, whole or not at all."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Writes JSON, whole or not at all; letters of every script stay readable."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def check_file(path: Path) -> None:
    """Refuses what may never end, such as a pipe or /dev/zero, before it is opened.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is neither a file nor a folder.
    """
    if not path.is_file() and not path.is_dir() and stat.S_IFMT(path.stat().st_mode):
        raise ValueError(f"{path} is a pipe, a socket or a device, and a file is needed; save what it gives as a file")


def read_text(path: Path) -> str:
    """Reads UTF-8 text.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is a folder, a pipe or a device, or is not UTF-8.
    """
    try:
        check_file(path)
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise ValueError(f"{path} is a folder, and a file is needed") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def read_json(path: Path) -> Any:
    """Reads JSON.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not UTF-8 or not JSON; the message says where.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None


def read_tensors(path: Path) -> "dict[str, Tensor]":
    """Reads a state dict from `.safetensors`, or from `.pth`/`.pt` without running any code of the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the ending is not one of these, or the file holds anything but tensors.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such weights file")
    if path.suffix not in TENSOR_FILES:
        raise ValueError(f"{path}: weights are read from {', '.join(TENSOR_FILES)}, not from {path.suffix or 'this'}")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        import torch

        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the readers raise their own types for every kind of damage
        raise ValueError(f"{path} cannot be read as weights: {str(error).splitlines()[0]}") from None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ValueError(f"{path} is not a plain state dict (names and tensors only); save `model.state_dict()`")
    return state


def write_tensors(path: Path, tensors: "dict[str, Tensor]") -> None:
    """Writes a state dict as `.safetensors`, whole or not at all."""
    from safetensors.torch import save_file

    with whole(path) as temporary:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary)
        _readable(temporary, 0o666)  # safetensors makes a file of its own there, which only its maker may read
