"""Bundles on the Hugging Face hub: `hf://user/name` wherever a bundle's folder may stand, and putting one there.

Only tensors, graphs and JSON are fetched, whatever else lies there; reading them runs no code.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from captioner.disk.replacing import clear
from captioner.models.exported import GRAPHS

READ = ("*.json", "*.safetensors", "*.onnx")
CARD = "README.md"
NAME = re.compile(r"[\w.-]+/[\w.-]+")


def local(place: str | Path) -> Path:
    """The folder of a bundle; one on the hub, `hf://user/name`, is fetched into the hub's cache first.

    Args:
        place: as a user gave it. A path that was made of such an address, and so has a slash less, is one still.

    Raises:
        ValueError: the address names no model, or the extra is not installed.
        FileNotFoundError: the hub has no such model.
        OSError: the hub cannot be reached.
    """
    text = Path(place).as_posix()
    if text.partition("/")[0] != "hf:":
        return Path(place)
    name = _checked(text.removeprefix("hf:").strip("/"))
    with _sentences(name):
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, allow_patterns=list(READ)))


def name_of(folder: Path) -> str | None:
    """Under which name the hub has a folder that `local` fetched; None for other folders.

    The hub's library documents its cache: models--user--name/snapshots/commit.
    """
    repository = folder.parent.parent.name
    if folder.parent.name != "snapshots" or not repository.startswith("models--"):
        return None
    return repository.removeprefix("models--").replace("--", "/", 1)


def model_name(folder: Path) -> str:
    """A name for people, and for what a model wrote; a `bundle` is named after the run around it."""
    folder = folder.resolve()
    return name_of(folder) or (folder.parent.name if folder.name == "bundle" else folder.name)


def push(folder: Path, name: str, *, private: bool = False) -> str:
    """Uploads a bundle with its model card, as one commit.

    Args:
        folder: of the bundle.
        name: user/name on the hub; it is made if it does not exist.
        private: whether only its owner sees it, if it is made now.

    Returns:
        The address of the commit.

    Raises:
        ValueError: the name is none, there is no model card, or the extra is not installed.
        FileNotFoundError: the hub lets nobody without a login do this.
        OSError: the hub cannot be reached, or refuses.
    """
    name = _checked(name.removeprefix("hf://"))
    if not (folder / CARD).is_file():
        raise ValueError(f"{folder} has no {CARD}, the model card that the trainer writes; write one to share it")
    with _sentences(name):
        from huggingface_hub import HfApi

        hub = HfApi()
        hub.create_repo(name, private=private, exist_ok=True)
        done = hub.upload_folder(
            repo_id=name, folder_path=folder, allow_patterns=_names(folder), commit_message="A captioner bundle"
        )
    return str(done.commit_url)


def _names(folder: Path) -> list[str]:
    """What a bundle is made of, by name, escaped as patterns; never what a killed process may have left in it."""
    clear(folder)
    here = [path for pattern in (*READ, CARD) for path in folder.glob(pattern)]
    graphs = [path for pattern in READ for path in (folder / GRAPHS).glob(pattern)]
    return [escape(path.relative_to(folder).as_posix()) for path in (*here, *graphs) if path.name[0] != "."]


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no model of the hub; give user/name, for example hf://somebody/flickr8k")
    return name


@contextmanager
def _sentences(name: str) -> Iterator[None]:
    """Turns what the hub's library raises into one sentence."""
    try:
        from huggingface_hub import errors
    except ModuleNotFoundError:
        raise ValueError("the hub needs huggingface_hub: pip install 'captioner[hub]'") from None
    try:
        yield
    except errors.RepositoryNotFoundError:
        raise FileNotFoundError(
            f"hf://{name}: the hub has no such model, or does not show it to you; `hf auth login` logs in"
        ) from None
    except errors.HfHubHTTPError as error:
        reason = error.server_message or str(error).splitlines()[0]
        raise OSError(f"hf://{name}: the hub refuses ({reason})") from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, OSError) as error:
        raise OSError(f"hf://{name}: the hub cannot be reached ({str(error).splitlines()[0]})") from None
