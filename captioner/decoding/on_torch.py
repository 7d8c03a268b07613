"""The dozen functions of `captioner.decoding.arrays` in torch."""

from functools import partial

import torch

from captioner.decoding.arrays import Arrays


def torch_arrays(device: torch.device) -> Arrays:
    """For tensors on a device; a seed comes from torch's global generator, so `torch.manual_seed` repeats it."""
    return Arrays(
        arange=partial(torch.arange, device=device),
        put=partial(torch.as_tensor, device=device),
        host=lambda values: values.float().cpu().numpy(),
        where=torch.where,
        concat=torch.cat,
        gather=lambda rows, index: rows.gather(1, index),
        amax=torch.amax,
        topk=torch.topk,
        order=partial(torch.argsort, dim=1, descending=True, stable=True),
        log_softmax=partial(torch.log_softmax, dim=-1, dtype=torch.float32),
        seed=lambda: int(torch.randint(2**62, ())),
        quiet=torch.no_grad,
    )
