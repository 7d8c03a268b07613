"""Solutions of `2_gradients.ipynb`."""

import math

import numpy as np


def jacobian(h, x, W):
    """∂h'/∂h of h' = tanh(W h + x); NumPy arrays come in, and one leaves."""
    return (1 - np.tanh(W @ h + x) ** 2)[:, None] * W


def steps_until(factor, share):
    """The first number of steps n with factor ** n < share."""
    return math.ceil(math.log(share) / math.log(factor))


def clip(gradients, limit):
    """A tuple of the same arrays, shortened together."""
    length = math.sqrt(sum((each**2).sum() for each in gradients))
    return tuple(each * min(1, limit / length) for each in gradients)
