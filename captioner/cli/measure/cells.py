"""Find out what single units have learned: which tell a property of the text, on a page; and what pinning them does."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.measure import behind, pinning
from captioner.cli.measure.pinning import pair, unit
from captioner.cli.model import add_model
from captioner.cli.photos import add_max_pixels
from captioner.disk.writing import check_writable

if TYPE_CHECKING:
    from captioner.models.bundle import Bundle
    from captioner.recurrence.activations import Activations, Unit
    from captioner.recurrence.probes import Probe
    from captioner.recurrence.properties import Property
    from captioner.recurrence.search import Found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    add_model(parser, box=False, required=True)
    parser.add_argument("--text", type=Path, metavar="FILE", help="what a language model reads")
    parser.add_argument("--captions", type=Path, metavar="FILE", help="captions of photos, which a captioner reads")
    parser.add_argument(
        "--count", type=int, default=40_000, metavar="N", help="letters, or photos, that are read (40000)"
    )
    parser.add_argument(
        "--property", action="append", default=[], metavar="NAME=REGEX", help="look for this too; may be repeated"
    )
    parser.add_argument(
        "--gate", metavar="LETTER", help="what of a unit: its cell state c (LSTM) or hidden state h, ..."
    )
    parser.add_argument("--top", type=int, default=5, metavar="N", help="units named for each property (5)")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--unit", metavar="LAYER:NUMBER", help="show this unit alone")
    shown.add_argument("--all", action="store_true", help="show every unit, those that tell most first")
    parser.add_argument("--show", type=int, default=3000, metavar="N", help="tokens on the page (3000)")
    parser.add_argument("--out", type=Path, default=Path("cells.html"), metavar="FILE", help="the page, .html")
    pinning.add_arguments(parser)
    behind.add_arguments(parser)
    add_max_pixels(parser)


def run(arguments: argparse.Namespace) -> int:
    """Searches and writes the page; or, with --pin, writes text."""
    from captioner.models.bundle import load_bundle

    if arguments.out.suffix.lower() != ".html":
        raise ValueError(f"--out {arguments.out} must end in .html")
    check_writable(arguments.out)
    if not arguments.pin and (arguments.text is None) == (arguments.captions is None):
        raise ValueError("give either --text FILE or --captions FILE to be read, or --pin UNIT=VALUE to write")
    for name in ("count", "top", "show"):
        if (value := getattr(arguments, name)) < 1:
            raise ValueError(f"--{name} is {value}, but at least 1 is needed")
    behind.check(arguments)
    bundle = load_bundle(arguments.model)
    return pinning.run(bundle, arguments) if arguments.pin else _search(bundle, arguments)


def _search(bundle: "Bundle", arguments: argparse.Namespace) -> int:
    from captioner.recurrence.activations import beginning
    from captioner.recurrence.probes import probe
    from captioner.recurrence.properties import PROPERTIES, matching, of_tokens
    from captioner.recurrence.search import search

    own = dict(pair(text, "--property", "NAME=REGEX") for text in arguments.property)
    properties = {**PROPERTIES, **{name: matching(pattern) for name, pattern in own.items()}}
    read = _read(bundle, arguments)
    alone = None if arguments.unit is None else unit(bundle, arguments.unit)
    found = search(read, properties, top=len(read.units) if arguments.all else arguments.top)
    probes = probe(read, [of_tokens(prop, read.tokens) for prop in properties.values()])
    looked = None
    if arguments.text is not None:
        ids = bundle.vocabulary.encode(beginning(arguments.text, arguments.count))
        looked = behind.look(bundle, ids, behind.named(found, arguments.top), arguments)
    _print(read, found, probes, looked, arguments.top)
    _page(read, properties, found, probes, looked, arguments, [alone] if alone else _ranked(found))
    print(f"\n{arguments.out}")
    return 0


def _print(
    read: "Activations",
    found: "Mapping[str, Found]",
    probes: "Sequence[Sequence[Probe | None]]",
    looked: "behind.Looked | None",
    top: int,
) -> None:
    print(
        f"{len(read.tokens):,} tokens, {len(read.units)} units, {read.gate}; AUC on the first half, and on the second"
    )
    for (name, (share, detectors)), layers in zip(found.items(), probes, strict=True):
        print(f"\n{name} ({share:.1%})" + ("" if detectors else ": it does not change within a half of the text"))
        for number, tried in enumerate(layers, 1):
            if tried is not None:
                print(f"  linear probe, layer {number}: {tried.auc:.3f}   control {tried.control:.3f}")
        for each in detectors[:top]:
            means = f"{each.yes:+.2f} where it holds, {each.no:+.2f} elsewhere"
            cost = "" if looked is None else f"; held still {looked.costs[each.unit]:+.4f} bits"
            print(f"  {each.unit!s:8}{each.auc:.3f}  {each.held_out:.3f}   {means}{cost}")
    if looked is None:
        print("\nthe heads of a captioner read the photo too, so layers alone are not asked what they expect")


def _read(bundle: "Bundle", arguments: argparse.Namespace) -> "Activations":
    from captioner.data.read.records import read_photos
    from captioner.recurrence.activations import beginning, read_captions, read_text

    if arguments.text is not None:
        return read_text(bundle, beginning(arguments.text, arguments.count), gate=arguments.gate)
    photos = read_photos(arguments.captions)[: arguments.count]
    captioned = ((photo.path, photo.captions) for photo in photos)
    return read_captions(bundle, captioned, gate=arguments.gate, max_pixels=arguments.max_pixels)


def _ranked(found: "Mapping[str, Found]") -> "list[Unit]":
    """All units of the tables, the best teller of anything first."""
    best: dict[Unit, float] = {}
    for _, detectors in found.values():
        for each in detectors:
            best[each.unit] = max(best.get(each.unit, 0), each.held_out)
    return sorted(best, key=lambda unit: (-best[unit], unit))


def _page(
    read: "Activations",
    properties: "Mapping[str, Property]",
    found: "Mapping[str, Found]",
    probes: "Sequence[Sequence[Probe | None]]",
    looked: "behind.Looked | None",
    arguments: argparse.Namespace,
    units: "Sequence[Unit]",
) -> None:
    from captioner.figures.behind import Saturated
    from captioner.figures.cells import ShownUnit, Teller, Telling, cells_html, save_cells_html
    from captioner.recurrence.properties import of_tokens

    end = len(read.tokens)
    part = read.part(max(0, end - arguments.show), end)  # of the half that did not choose the units
    costs = {} if looked is None else looked.costs
    telling = [
        Telling(
            name,
            found[name].share,
            of_tokens(prop, read.tokens)[-len(part.tokens) :],
            [
                Teller(str(each.unit), each.auc, each.held_out, each.yes, each.no, costs.get(each.unit))
                for each in found[name].detectors[: arguments.top]
            ],
            [None if tried is None else (tried.auc, tried.control) for tried in layers],
        )
        for (name, prop), layers in zip(properties.items(), probes, strict=True)
    ]
    shown = [ShownUnit(str(unit), part.of(unit)) for unit in units]
    gates = [Saturated(name, shares.shut.numpy(), shares.open.numpy()) for name, shares in read.saturation.items()]
    block = cells_html(part.tokens, shown, telling, None if looked is None else looked.behind, gates)
    save_cells_html(arguments.out, block, title=f"What the units of {arguments.model} tell")
