"""Whether an exercise is right: `check` calls what you wrote and a reference with the same arguments, and compares."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np


def check(
    yours: Callable[..., Any], reference: Callable[..., Any], *cases: Sequence[Any], within: float = 1e-6
) -> None:
    """Prints one line: right, not yet right and why, or not yet written. It never stops the notebook.

    Args:
        yours: the function of the exercise.
        reference: what it must equal; mostly a function of the package or of torch.
        cases: arguments to try, one tuple for each call.
        within: numbers may differ by so much.
    """
    print(f"{yours.__name__}: {verdict(yours, reference, *cases, within=within)}")


def verdict(
    yours: Callable[..., Any], reference: Callable[..., Any], *cases: Sequence[Any], within: float = 1e-6
) -> str:
    """What `check` prints behind the name."""
    for case in cases:
        wanted = reference(*deepcopy(case))
        try:
            given = yours(*deepcopy(case))
        except Exception as error:
            return f"not yet right, it stops with {type(error).__name__}: {error}"
        if given is None or given is ...:
            return "not yet written"
        if fault := _difference(given, wanted, within):
            return f"not yet right, {fault}"
    return "right"


def _difference(given: Any, wanted: Any, within: float) -> str:
    """What is wrong with a result, in a few words; nothing where it is right."""
    if isinstance(wanted, tuple):
        if not isinstance(given, tuple) or len(given) != len(wanted):
            return f"it must return {len(wanted)} things, separated by commas"
        parts = (_difference(*pair, within) for pair in zip(given, wanted, strict=True))
        return next((f"in result {place}: {fault}" for place, fault in enumerate(parts, 1) if fault), "")
    if isinstance(wanted, str | dict):
        return "" if given == wanted else f"it gave {given!r}, and {wanted!r} is expected"
    try:
        mine, other = _numbers(given), _numbers(wanted)
    except (TypeError, ValueError):
        return f"it gave {given!r}, which is no number and no array of numbers"
    if mine.shape != other.shape:
        return f"its shape is {mine.shape}, and {other.shape} is expected"
    wrong = ~np.isclose(mine, other, rtol=within, atol=within)
    if not wrong.any():
        return ""
    return f"{wrong.sum()} of {wrong.size} numbers differ: {mine[wrong][0]:.6g}, and {other[wrong][0]:.6g} is expected"


def _numbers(value: Any) -> np.ndarray:
    """Numbers, arrays and tensors as one array."""
    return np.asarray(value.detach() if hasattr(value, "detach") else value, dtype=np.float64)
