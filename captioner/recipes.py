"""Where the recipes lie: `configs/` of a checkout, of which an installed package carries a copy; and reading one."""

from pathlib import Path
from typing import Any

import yaml

from captioner.files import read_text

PACKAGE = Path(__file__).parent


def recipe(name: str) -> Path:
    """The YAML file of a recipe.

    Raises:
        FileNotFoundError: there is no such recipe.
    """
    installed, checkout = PACKAGE / "configs", PACKAGE.parent / "configs"
    folder = installed if installed.is_dir() else checkout
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        raise FileNotFoundError(f"there is no recipe {name!r} in {folder}, only: {known or 'none'}")
    return path


def read_recipe(path: Path) -> dict[str, Any]:
    """Reads a recipe as plain values, unchecked; `captioner fit` checks all that it says.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not YAML with names and values.
    """
    try:
        content = yaml.safe_load(read_text(path))
    except RecursionError:
        raise ValueError(f"{path} is nested too deep to be read") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} is no recipe: it must hold names with values, as the files in configs/ do")
    return content
