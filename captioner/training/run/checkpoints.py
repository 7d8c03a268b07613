"""Checkpoints of a run: where they lie, and whether one can be read and fits the network, said in a sentence."""

import io
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import Tensor

from captioner.files import one_line, read_json, whole

log = logging.getLogger(__name__)

CONTENT: dict[str, type] = {
    **{"state_dict": Mapping, "epoch": int, "global_step": int, "pytorch-lightning_version": str},
    **{"loops": dict, "callbacks": dict, "optimizer_states": list, "lr_schedulers": list},
}
"""What Lightning writes, as far as it is read again."""


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint whole or not at all; Lightning's own copies it from another disk, and may be killed."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Writes it."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with whole(Path(path)) as temporary:
            temporary.write_bytes(content.getbuffer())


class WithinEpoch(ModelCheckpoint):
    """Writes the last checkpoint at every so many steps too; where an epoch ends, its validation is followed by one.

    Args:
        path: of the checkpoint.
        every: so many steps.
    """

    def __init__(self, path: Path, every: int) -> None:
        super().__init__(path.parent, filename=path.stem, every_n_train_steps=every, enable_version_counter=False)

    def on_train_batch_end(self, trainer: pl.Trainer, *rest: Any) -> None:
        """A run that went on from the end of an epoch would leave the validation out."""
        if not trainer.is_last_batch:
            super().on_train_batch_end(trainer, *rest)


def last_checkpoint(run: Path) -> Path:
    """The one to resume from."""
    return run / "checkpoints" / "last.ckpt"


def best_checkpoint(run: Path) -> Path:
    """The one of the epoch with the best score."""
    return run / "checkpoints" / "best.ckpt"


def newest_checkpoint(run: Path) -> Path:
    """The one to resume from: the last, or if that is damaged, the best; says so then.

    Raises:
        ValueError: there is none, or none is whole.
    """
    last, best = last_checkpoint(run), best_checkpoint(run)
    if not last.is_file() and not best.is_file():
        raise ValueError(f"there is nothing to resume: {last} does not exist; leave --resume out")
    for path in (last, best):
        try:
            check_whole(path)
        except (ValueError, FileNotFoundError) as error:
            log.warning("%s", error)
        else:
            if path != last:
                log.warning("going on from %s instead", path)
            return path
    raise ValueError(f"no checkpoint of {run} is whole, so it cannot go on; train anew, with another --run")


def warn_of_two_epochs(run: Path) -> None:
    """Says so where a run was killed between writing the bundle and the best checkpoint; `--resume` mends it."""
    path, best = run / "bundle/config.json", best_checkpoint(run)
    if path.is_file() and best.is_file():
        bundle, checkpoint = read_json(path)["about"].get("epoch"), read_checkpoint(best).get("epoch")
        if bundle != checkpoint:
            log.warning(
                "%s is of epoch %s, and %s/bundle of epoch %s: its training was ended between the two;"
                " `captioner fit --resume` makes them one",
                *(best, checkpoint, run, bundle),
            )


def check_whole(path: Path) -> None:
    """Reads all of a checkpoint, and compares it with the checksums that torch writes.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or no checkpoint.
    """
    read_checkpoint(path)
    try:
        damaged = zipfile.ZipFile(path).testzip()
    except (zipfile.BadZipFile, OSError) as error:
        damaged = str(error)
    if damaged:
        raise ValueError(f"{path} is damaged ({damaged})")


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Reads a checkpoint without running any code of it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or no checkpoint.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such checkpoint")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # the reader raises its own types for every kind of damage
        raise ValueError(f"{path} cannot be read as a checkpoint: {one_line(error)}") from None
    if not isinstance(content, dict) or "state_dict" not in content:
        raise ValueError(f"{path} is no checkpoint of captioner fit: it holds no state_dict")
    if odd := [name for name, kind in CONTENT.items() if name in content and not isinstance(content[name], kind)]:
        raise ValueError(f"{path} is damaged: its {odd[0]} is {content[odd[0]]!r:.60}; take another checkpoint")
    for name, value in content["state_dict"].items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise ValueError(f"{path} is damaged: {name!r:.80} of its state_dict is no tensor; take another checkpoint")
    return content


def check_fits(path: Path, state: Mapping[str, Tensor]) -> None:
    """Refuses a checkpoint of another network.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or its names and shapes are not those of `state`.
    """
    there = {name: tuple(tensor.shape) for name, tensor in read_checkpoint(path)["state_dict"].items()}
    here = {name: tuple(tensor.shape) for name, tensor in state.items()}
    if different := sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name)):
        name = different[0]
        raise ValueError(
            f"{path} does not fit the recipe: {len(different)} tensors differ, as {name}, which is"
            f" {there.get(name, 'missing')} there and {here.get(name, 'missing')} here;"
            " was it trained with another recipe or other captions?"
        )
