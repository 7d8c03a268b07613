"""Training: captions a second of a whole step, loss, backward pass, clipping and optimizer; memory of a few steps."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

import torch
from torch import Tensor, nn

from benchmarks.limit import Rates, flops_of
from benchmarks.made_up import CAPTIONS, CHANNELS, Size, batch_of, network_of, vocabulary_of
from benchmarks.measure import Row, Setup, in_fresh_process, seconds
from benchmarks.naive import Decoder
from benchmarks.profiling import shares
from captioner.nn.fusing import fuse
from captioner.nn.network import Network
from captioner.training.tasks.caption_part import CaptionPart

SIZES = [Size(14, 9490, 32), Size(7, 2500, 80)]
QUICK = [Size(14, 9490, 4), Size(7, 2500, 20)]
CUDA = [Size(7, 9490, 256)]
Step = Callable[[], object]


def rows(setup: Setup, rates: Rates) -> Iterator[Row]:
    """One row a size, and the memory of the first one."""
    sizes = CUDA if setup.device.type == "cuda" else QUICK if setup.quick else SIZES
    for size in sizes:
        compare(size, setup)
        ours, naive = our_step(size, setup), naive_step(size, setup)
        times = {
            side: median(each)
            for side, each in seconds({"ours": ours, "naive": naive}, setup.device, repeats=setup.repeats).items()
        }
        captions = size.photos * CAPTIONS
        flops = flops_of(ours)
        limit = rates.time(flops, bytes_moved(size))
        about = {
            "seconds": times,
            "captions": {"ours": captions, "naive": size.photos},
            "flops": {"ours": flops, "naive": flops_of(naive)},
            "profile": {"ours": shares(ours, setup.device), "naive": shares(naive, setup.device)},
        }
        yield Row(
            f"training, {size}",
            "captions/s",
            captions / times["ours"],
            size.photos / times["naive"],
            captions / limit,
            "more",
            about,
        )
    if setup.device.type == "cpu":
        ours_peak, naive_peak = (
            in_fresh_process(few_steps, side, sizes[0], setup).megabytes for side in ("ours", "naive")
        )
        yield Row(f"memory of training, {sizes[0]}", "MB", ours_peak, naive_peak, None, "less", {})


def our_step(size: Size, setup: Setup) -> Step:
    """Photos with their five captions each."""
    network, batch = network_of(size).to(setup.device).train(), batch_of(size, size.photos)
    if setup.compile:
        fuse(network)
    batch = {name: tensor.to(setup.device) for name, tensor in batch.items()}
    return whole_step(network, lambda: our_loss(network, batch, size), setup, fused=True)


def naive_step(size: Size, setup: Setup) -> Step:
    """As many captions as ours has photos."""
    network = network_of(size)
    decoder = Decoder(CHANNELS, size.vocabulary, network.settings.core.state, network.settings.dropout)
    decoder = decoder.same_as(network).to(setup.device).train()
    pairs = pairs_of(size, setup)
    return whole_step(decoder, lambda: decoder.loss(*pairs), replace(setup, dtype=torch.float32), fused=False)


def our_loss(network: Network, batch: dict[str, Tensor], size: Size) -> Tensor:
    """As the task computes it, without label smoothing."""
    memory = network.remember(batch["seen"])
    return CaptionPart(network, 0.0, 1.0, 0.0, {}).loss(memory, batch, vocabulary_of(size), own=0.0).total


def pairs_of(size: Size, setup: Setup) -> tuple[Tensor, Tensor, Tensor]:
    """As many pairs of a photo and a caption as ours has photos, drawn from the same."""
    drawn = torch.randperm(size.photos * CAPTIONS, generator=torch.Generator().manual_seed(3))[: size.photos]
    grid, words, lengths = as_pairs(batch_of(size, size.photos), drawn)
    return grid.to(setup.device), words.to(setup.device), lengths.to(setup.device)


def as_pairs(batch: dict[str, Tensor], drawn: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Grids, words and lengths of single captions."""
    grid = batch["seen"].flatten(2).transpose(1, 2)[drawn // CAPTIONS].contiguous()
    return grid, batch["words"].flatten(0, 1)[drawn], batch["lengths"].flatten()[drawn]


def compare(size: Size, setup: Setup) -> None:
    """Both sides give the same loss and the same gradient of the recurrence for the same captions.

    Raises:
        AssertionError: they differ by more than float32 rounds.
    """
    network, batch = network_of(size).eval(), batch_of(size, 4)
    decoder = Decoder(CHANNELS, size.vocabulary, network.settings.core.state, 0.0).same_as(network).eval()
    losses = our_loss(network, batch, size), decoder.loss(*as_pairs(batch, torch.arange(4 * CAPTIONS)))
    torch.testing.assert_close(*losses, rtol=1e-5, atol=1e-5)
    for loss in losses:
        torch.autograd.backward(loss)
    torch.testing.assert_close(network.core.layers.weight_hh[0].grad, decoder.cell.weight_hh.grad, rtol=1e-3, atol=1e-5)


def bytes_moved(size: Size) -> float:
    """What a step must at least read and write: features twice, weights, gradients and Adam's moments.

    A weight is read forward and backward; its gradient is written, read to be clipped, and read by Adam, which reads
    and writes both moments and the weight.
    """
    network = network_of(size)
    weights = sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
    return 4.0 * (2 * size.photos * size.side**2 * CHANNELS + 11 * weights)


def few_steps(side: str, size: Size, setup: Setup) -> None:
    """Three steps of one side."""
    torch.set_num_threads(setup.threads)
    step = our_step(size, setup) if side == "ours" else naive_step(size, setup)
    for _ in range(3):
        step()


def whole_step(model: nn.Module, loss: Callable[[], Tensor], setup: Setup, *, fused: bool) -> Step:
    """Loss, backward pass, clipping and AdamW."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    adam = torch.optim.AdamW(weights, lr=1e-4, fused=fused)

    def step() -> None:
        with setup.autocast():
            value = loss()
        adam.zero_grad()
        torch.autograd.backward(value)
        nn.utils.clip_grad_norm_(weights, 5.0)
        adam.step()

    return step
