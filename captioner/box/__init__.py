"""The model in the box, which comes with the package: nothing enters; the folder where it lies leaves.

It is what `captioner export` writes, so that onnxruntime runs it without torch. `scripts/make_box.sh` makes it.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "model"


def folder() -> Path:
    """Where the model lies.

    Raises:
        FileNotFoundError: this install came without it.
    """
    if not (FOLDER / "exported.json").is_file():
        raise FileNotFoundError(
            f"this install of captioner has no model in its box ({FOLDER}); name one: --model FOLDER, or hf://user/name"
        )
    return FOLDER
