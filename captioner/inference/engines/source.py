"""Source sentences read by an exported translator: a graph takes a word from each end, numpy goes from word to word.

Where photos stand beside them, what another graph sees of these is put behind the words.
"""

import numpy as np

from captioner.decoding.arrays import Array
from captioner.inference.engines.session import Arrays, Graph


def read_source(graph: Graph, ids: Array, *, pad: int) -> Arrays:
    """The states of both directions at each word, as `captioner.nn.core.reader` lays them out.

    Args:
        graph: of one word from each end.
        ids: sentences (b,n), padded.
        pad: id of the padding.

    Returns:
        states (b,n,c) and mask (b,n), 1 where a sentence has a word.
    """
    mask, places = ids != pad, np.arange(ids.shape[1])
    turned = np.where(mask, mask.sum(axis=1, keepdims=True) - 1 - places, places)
    ends = np.stack([ids, np.take_along_axis(ids, turned, axis=1)], axis=1)  # (b, 2, n)
    state: Arrays = {
        name: np.zeros((shape[0], len(ids), 2, shape[3]), np.float32)
        for name, shape in graph.shapes.items()
        if name != "words"
    }
    tops = []
    for place in places:
        made = graph({"words": np.ascontiguousarray(ends[:, :, place]), **state})
        state = {name: made[f"next_{name}"] for name in state}
        tops.append(state["hidden"][-1])
    onward, homeward = np.stack(tops, axis=2).swapaxes(0, 1)  # (b, n, h) each, the second from the end on
    states = np.concatenate([onward, np.take_along_axis(homeward, turned[:, :, None], axis=1)], axis=2)
    return {"states": states, "mask": mask.astype(np.float32)}


def with_photos(looked: Arrays, seen: Arrays, photos: Array, begin: Graph) -> Arrays:
    """Puts the places of photos behind the words, as `captioner.nn.core.beside` does, and begins anew.

    Args:
        looked: what was made of b sentences: grid (b,n,d), keys (b,n,a), mask (b,n).
        seen: what was made of p photos: grid (p,m,d), keys (p,m,a).
        photos: which of them each sentence has, (b); -1 where it has none.
        begin: makes the state before the first word of grid and mask.
    """
    there, rows = (photos >= 0).astype(np.float32), photos.clip(min=0)
    memory = {name: np.concatenate([looked[name], places[rows]], axis=1) for name, places in seen.items()}
    memory["mask"] = np.concatenate([looked["mask"], there[:, None].repeat(seen["grid"].shape[1], axis=1)], axis=1)
    return memory | begin({name: memory[name] for name in ("grid", "mask")})
