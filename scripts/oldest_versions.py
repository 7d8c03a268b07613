"""The oldest versions that pyproject.toml admits, as a constraints file for pip.

python scripts/oldest_versions.py > oldest.txt && pip install --constraint oldest.txt --editable '.[dev]'

A bound such as `torch>=2.11` becomes `torch==2.11`. The bounds are true only if the tests pass with these versions:
the workflow in .github/ installs them with the oldest Python and runs the unit tier.
"""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def oldest(requirement: str) -> str:
    """Gives the pin of a requirement's lower bound: "numpy>=1.26" becomes "numpy==1.26".

    Raises:
        ValueError: the requirement has no lower bound, so nobody knows which versions were tried.
    """
    parsed = Requirement(requirement)
    bounds = [each.version for each in parsed.specifier if each.operator in (">=", "==", "~=")]
    if len(bounds) != 1:
        raise ValueError(f"{requirement!r} in pyproject.toml needs one lower bound, as in {parsed.name}>=1.0")
    return f"{parsed.name}=={bounds[0]}"


def constraints(project: Path = PROJECT) -> list[str]:
    """Gives one pin for each library of the project and of its extras, in the order of pyproject.toml."""
    table = tomllib.loads(project.read_text())["project"]
    extras = [each for group in table["optional-dependencies"].values() for each in group]
    own = table["name"]
    return [oldest(each) for each in (*table["dependencies"], *extras) if Requirement(each).name != own]


if __name__ == "__main__":
    print("\n".join(constraints()))
