"""What came of mutated inputs, of whichever kind."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Report:
    """What came of the inputs.

    Attributes:
        inputs: how many there were.
        outcomes: how many were read, and how many refused.
        slowest: seconds of the slowest, with its name.
        failures: a sentence for each that ended in another way.
    """

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    failures: list[str] = field(default_factory=list)
