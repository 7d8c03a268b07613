"""Solutions of `6_attention.ipynb`."""


def dot_look(v, h, W_k, W_q, b):
    """Returns z and p, in this order; all are tensors."""
    scores = (v @ W_k.T) @ (W_q @ h + b) / len(b) ** 0.5
    p = scores.softmax(dim=0)
    return p @ v, p


def share_on(p, tile):
    """The mean weight of a tile over some words; p is an array (words, places)."""
    return p[:, tile].mean()


def coverage(p):
    """Of a tensor (words, places); a number."""
    return ((1 - p.sum(dim=0)) ** 2).mean()
