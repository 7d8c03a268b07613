"""Show how a gradient flows back through time, for every cell, and what scaled recurrent weights and clipping do."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from captioner.cli.model import add_model
from captioner.disk.writing import check_writable

if TYPE_CHECKING:
    from torch import Tensor

    from captioner.recurrence.readers import Reader

SHOWN = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # steps back that are printed
MOST = 1_000_000  # letters of the text that are looked at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    add_model(parser, box=False)
    parser.add_argument("--config", type=Path, metavar="FILE", help="a recipe: its network before training")
    parser.add_argument("--text", type=Path, metavar="FILE", help="what a language model reads (noise)")
    parser.add_argument("--length", type=int, default=100, metavar="T", help="words or characters that are read (100)")
    parser.add_argument("--rows", type=int, default=16, metavar="N", help="sequences side by side (16)")
    parser.add_argument(
        "--scale", type=float, nargs="+", default=[0.5, 1, 2, 4], metavar="X", help="factors of W_hh (0.5 1 2 4)"
    )
    parser.add_argument("--clip", type=float, default=1.0, metavar="NORM", help="limit of the gradient's norm (1.0)")
    parser.add_argument("--rate", type=float, default=0.1, metavar="X", help="of the one step that is tried (0.1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the weights and the noise (0)")
    parser.add_argument("--out", type=Path, default=Path("gradients.png"), metavar="FILE", help="the picture, .png")


def run(arguments: argparse.Namespace) -> int:
    """Prints the numbers and draws the picture."""
    if (arguments.model is None) == (arguments.config is None):
        raise ValueError("give either --model FOLDER, a trained model, or --config FILE, a recipe")
    if arguments.out.suffix.lower() != ".png":
        raise ValueError(f"--out {arguments.out} must end in .png")
    check_writable(arguments.out)

    from captioner.figures.gradients import save_gradient_png
    from captioner.recurrence import gradients

    readers = _readers(arguments)
    name, first = next(iter(readers.items()))
    flows = {name: gradients.flow(reader) for name, reader in readers.items()}
    print("the norm of ∂loss_T/∂h_t, relative to t = T; top layer")
    _print_flows(flows)
    print("\nspectral radius of W_hh, gate by gate")
    for each, reader in readers.items():
        for layer, radii in enumerate(gradients.spectral_radii(reader.layers), 1):
            print(f"{each:16} layer {layer}  " + "  ".join(f"{gate} {radius:.3f}" for gate, radius in radii.items()))

    scaled = {f"{name}, W_hh · {factor:g}": gradients.scaled(first, factor) for factor in arguments.scale}
    scaled_flows = {name: gradients.flow(reader) for name, reader in scaled.items()}
    print("\nthe same with scaled W_hh")
    _print_flows(scaled_flows)
    _print_updates(scaled, rate=arguments.rate, limit=arguments.clip)
    panels = [
        ("cells", {each: flow[-1].numpy() for each, flow in flows.items()}),
        (f"{name}, scaled", {each.rsplit(", ", 1)[1]: flow[-1].numpy() for each, flow in scaled_flows.items()}),
    ]
    save_gradient_png(arguments.out, panels)
    print(f"\n{arguments.out}")
    return 0


def _readers(arguments: argparse.Namespace) -> "dict[str, Reader]":
    """What is compared, the first of which is scaled: the bundle, and untrained cells of the same shape."""
    from captioner.models.bundle import load_bundle
    from captioner.nn.core.cells import CellName
    from captioner.nn.settings import CoreSettings
    from captioner.recipes import read_recipe
    from captioner.recurrence.activations import beginning
    from captioner.recurrence.readers import NoiseReader, TextReader

    size = {"length": arguments.length, "rows": arguments.rows}
    readers: dict[str, Reader] = {}
    if arguments.model is not None:
        bundle = load_bundle(arguments.model)
        core = bundle.settings.core
        trained = f"{core.cell}, trained"
        if arguments.text is None:
            layers = bundle.network.core.layers
            readers[trained] = NoiseReader.of_layers(layers, seed=arguments.seed, **size)
        else:
            ids = bundle.vocabulary.encode(beginning(arguments.text, MOST))
            readers[trained] = TextReader.of_text(bundle.network, ids, **size)
    else:
        content = read_recipe(arguments.config)
        try:
            model = content["model"]
            core = CoreSettings(**model.get("network", model)["core"])  # a language model's recipe has no more than it
        except (KeyError, TypeError) as error:
            raise ValueError(f"{arguments.config} has no usable core in its model: {error}") from None
    for cell in get_args(CellName):
        readers[cell] = NoiseReader.fresh(
            cell, core.embedding, core.state, layers=core.layers, seed=arguments.seed, **size
        )
    return readers


def _print_flows(flows: "Mapping[str, Tensor]") -> None:
    last = len(next(iter(flows.values()))[-1]) - 1
    shown = [steps for steps in SHOWN if steps < last] + [last]
    print(f"{'steps back':28}" + "".join(f"{steps:>9}" for steps in shown))
    for name, flow in flows.items():
        relative = flow[-1] / flow[-1, 0]
        print(f"{name:28}" + "".join(f"{relative[steps]:9.1e}" for steps in shown))


def _print_updates(readers: "Mapping[str, Reader]", *, rate: float, limit: float) -> None:
    from captioner.recurrence.gradients import update

    print(f"\none step of gradient descent, rate {rate:g}, as it is and clipped to a norm of {limit:g}")
    print(f"{'':28}{'‖gradient‖':>12}{'weights move':>22}{'saturated hidden values':>36}")
    for name, reader in readers.items():
        whole, clipped = update(reader, rate=rate), update(reader, rate=rate, limit=limit)
        moved = f"{whole.moved:.2g} / {clipped.moved:.2g}"
        saturated = f"{whole.before:.0%} → {whole.after:.0%} / {clipped.after:.0%}"
        print(f"{name:28}{whole.norm:12.3g}{moved:>22}{saturated:>36}")
