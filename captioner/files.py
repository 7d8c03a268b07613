"""Reading and writing files safely: whole or not at all, JSON with clear errors, tensors without pickle."""

import json
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.disk.writing import whole as whole  # for what is neither text, JSON nor tensors
from captioner.disk.writing import whole_folder as whole_folder

if TYPE_CHECKING:
    from torch import Tensor

TENSOR_FILES = (".pth", ".pt", ".safetensors")
# The escapes of JSON. A letter beyond U+FFFF is written as two; one of these alone is half a letter.
ESCAPES = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<half>u[dD][89a-fA-F]..)|.)", re.DOTALL)


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
        ValueError: the file is not UTF-8 or not JSON, and the message says where; or it is deeper than anybody needs.
    """
    return parse_json(read_text(path), path)


def parse_json(text: str, path: Path, *, line: int | None = None) -> Any:
    """Parses JSON, or one line of JSON lines.

    Args:
        text: what stands there.
        path: the file, for messages.
        line: its number, where the text is one line of the file.

    Raises:
        ValueError: it is not JSON, is nested too deep, or holds a number of thousands of digits or half a character.
    """
    where = str(path) if line is None else f"{path} line {line}"
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"column {error.colno}" if line is not None else f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{where} is not JSON: {error.msg} at {place}") from None
    except RecursionError:
        raise ValueError(f"{where} is nested too deep to be read") from None
    except ValueError:  # Python's own limit
        raise ValueError(f"{where} holds a number of more digits than can be read") from None
    if (half := next((found for found in ESCAPES.finditer(text) if found["half"]), None)) is not None:
        place = f" line {text.count(chr(10), 0, half.start()) + 1}" if line is None else ""
        raise ValueError(
            f"{where}{place}: {half[0]} is half a character (a surrogate without its other half), which no text can"
            " hold; take it out"
        )
    return value


def one_line(message: object) -> str:
    """The first line of what a library says, or of what quotes somebody's file, without what a terminal obeys."""
    line = (re.sub(r"\x1b\[[0-9;]*m", "", str(message)).splitlines() or [type(message).__name__])[0]
    return "".join(letter for letter in line if letter.isprintable())[:400]


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
        raise ValueError(f"{path} cannot be read as weights: {one_line(error)}") from None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ValueError(f"{path} is not a plain state dict (names and tensors only); save `model.state_dict()`")
    return state


def write_tensors(path: Path, tensors: "dict[str, Tensor]") -> None:
    """Writes a state dict as `.safetensors`, whole or not at all."""
    from safetensors.torch import save

    # Its own writer makes another file of the name, which nobody else may read.
    content = save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
    with whole(path) as temporary:
        temporary.write_bytes(content)
