"""How much the service takes on, checked when it is given."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What the service accepts.

    Attributes:
        places: requests that may be in the house at once; one more is answered 503 at once.
        batch: photos that the network looks at together.
        gather: seconds for which a photo waits for others to share its batch.
        patience: seconds after which a request is given up, whether its photo is still coming or waits for the network.
        megabytes: of an upload, in 10**6 bytes.
        megapixels: of a photo, in 10**6.
        stall: seconds for which nothing of a photo may come before it is given up.
        reading: seconds that decoding a photo, or drawing, may take.
        connections: that may be open at once; beyond that, those that have waited longest without a request are closed.
        ending: seconds in which requests may still be finished when the service is to end.

    Raises:
        ValueError: a value is out of its range.
    """

    places: int = 24
    batch: int = 16
    gather: float = 0.004
    patience: float = 30.0
    megabytes: float = 20.0
    megapixels: float = 50.0
    stall: float = 5.0
    reading: float = 10.0
    connections: int = 1000
    ending: float = 5.0

    def __post_init__(self) -> None:
        for name in ("places", "batch", "connections"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("patience", "megabytes", "megapixels", "stall", "reading", "ending"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be a finite number above 0")
        if not 0 <= self.gather < math.inf:
            raise ValueError(f"gather is {self.gather}; it must be a finite number of seconds, 0 or above")
