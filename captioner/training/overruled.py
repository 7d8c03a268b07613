"""Tells what a recipe asks for and does not get, as the bundle that it starts from decides it."""

import logging
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from pytorch_lightning.utilities import rank_zero_only

log = logging.getLogger(__name__)


@rank_zero_only
def tell_overruled(name: str, wanted: Any, own: Any, *, apart: tuple[str, ...] = ()) -> None:
    """Says which settings are the bundle's and not the recipe's.

    Args:
        name: of these settings in a recipe, such as `model.network.core`.
        wanted: the recipe's, a dataclass. What equals its default was not asked for, as far as one can tell.
        own: the bundle's, of the same class.
        apart: names of settings that a recipe does decide, or that make no other network.
    """
    differing = list(_differing(name, wanted, own, apart))
    if differing:
        log.warning("model.start_from keeps the bundle's shape: %s", "; ".join(differing))


def _differing(name: str, wanted: Any, own: Any, apart: tuple[str, ...]) -> Iterator[str]:
    usual = type(wanted)()
    for field in fields(wanted):
        asked, kept = getattr(wanted, field.name), getattr(own, field.name)
        if field.name in apart or asked in (kept, getattr(usual, field.name)):
            continue
        if is_dataclass(asked) and type(asked) is type(kept):
            yield from _differing(f"{name}.{field.name}", asked, kept, apart)
        else:
            yield f"{name}.{field.name} is {kept}, not {asked}"
