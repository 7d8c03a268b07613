"""What numbers a setting may have, stated once beside it: one check and one sentence for every setting."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Numbers between two bounds; never nan, and infinite only where a bound is.

    Args:
        low: the least number.
        high: the largest.
        whole: whether only whole numbers are meant.
        above: whether `low` itself is left out.
        below: whether `high` itself is left out.
        absent: whether None may stand instead.
    """

    low: float
    high: float = math.inf
    whole: bool = False
    above: bool = False
    below: bool = False
    absent: bool = False

    def __contains__(self, value: object) -> bool:
        if value is None:
            return self.absent
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        inside = self.low < value if self.above else self.low <= value
        return inside and (value < self.high if self.below or math.isinf(self.high) else value <= self.high)

    def __str__(self) -> str:
        what = "a whole number" if self.whole else "a number" if math.isfinite(self.high) else "a finite number"
        low = f"{'above' if self.above else 'from'} {self.low:,}"
        if math.isfinite(self.high):
            high = f" {'and below' if self.above and self.below else 'to below' if self.below else 'to'} {self.high:,}"
        else:
            high = "" if self.above else " on"
        return f"{what} {low}{high}{', or none' if self.absent else ''}"


# Those that several settings have in common.
SHARE = Range(0, 1)
PART = Range(0, 1, below=True)  # a share of which something must be left
WEIGHT = Range(0)
COUNT = Range(1, 1_000_000_000, whole=True)
COUNT_OR_ALL = Range(1, 1_000_000_000, whole=True, absent=True)
FROM_NONE = Range(0, 1_000_000_000, whole=True)
WIDTH = Range(1, 1 << 16, whole=True)
SEED = Range(0, 2**32 - 1, whole=True)
SEED_OR_RUNS = Range(0, 2**32 - 1, whole=True, absent=True)


def check_ranges(values: Mapping[str, object], ranges: Mapping[str, Range], *, of: str = "") -> None:
    """Refuses the first setting that is out of its range.

    Args:
        values: the settings by name; those without a range are passed over.
        ranges: by name.
        of: what stands before a setting's name, such as `core.`.

    Raises:
        ValueError: which setting, its value, and what is allowed.
    """
    for name, allowed in ranges.items():
        if values[name] not in allowed:
            raise ValueError(f"{of}{name} is {values[name]!r}, but must be {allowed}")
