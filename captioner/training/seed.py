"""The one seed of a run: first weights, order, dropout and all that is drawn hang on it."""

import os


def global_seed() -> int | None:
    """What Lightning's `seed_everything` was given, which it keeps for its workers; None where it was not called."""
    seed = os.environ.get("PL_GLOBAL_SEED")
    return None if seed is None else int(seed)


def run_seed(own: int | None = None) -> int:
    """The seed of what is drawn during a training: its own, or else the global one, or else 0."""
    if own is not None:
        return own
    return global_seed() or 0
