"""The model in the box, which comes with the package: nothing enters; where it and photos to try it on lie leaves.

It is what `captioner export` writes, so that onnxruntime runs it without torch. `scripts/make_box.sh` makes it.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "model"
PHOTOS = Path(__file__).parent / "photos"
"""Under free licences, which LICENSES.txt there tells."""


def installed() -> bool:
    """Whether this install came with the model."""
    return (FOLDER / "exported.json").is_file()


def folder() -> Path:
    """Where the model lies.

    Raises:
        FileNotFoundError: this install came without it.
    """
    if not installed():
        raise FileNotFoundError(
            f"this install of captioner has no model in its box ({FOLDER}); name one: --model FOLDER, or hf://user/name"
        )
    return FOLDER
