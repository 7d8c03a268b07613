"""Where the recipes lie: `configs/` of a checkout, of which an installed package carries a copy."""

from pathlib import Path

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
