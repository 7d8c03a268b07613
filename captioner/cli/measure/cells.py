"""Find out what single units have learned: which tell a property of the text, on a page; and what pinning them does."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.cli.model import add_model
from captioner.cli.photos import add_max_pixels
from captioner.disk.writing import check_writable

if TYPE_CHECKING:
    from captioner.models.bundle import Bundle
    from captioner.recurrence.activations import Activations, Unit
    from captioner.recurrence.pinning import Pins
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
    parser.add_argument(
        "--pin",
        action="append",
        default=[],
        metavar="UNIT=VALUE",
        help="write with this unit pinned; 0 switches it off",
    )
    parser.add_argument("--photo", type=Path, metavar="FILE", help="what a captioner captions, with --pin")
    parser.add_argument("--prompt", default="", metavar="TEXT", help="what a language model goes on from, with --pin")
    parser.add_argument("--length", type=int, default=300, metavar="N", help="tokens that it then writes (300)")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="of what it writes; 0 greedy (1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what it writes (0)")
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
    bundle = load_bundle(arguments.model)
    return _pin(bundle, arguments) if arguments.pin else _search(bundle, arguments)


def _search(bundle: "Bundle", arguments: argparse.Namespace) -> int:
    from captioner.recurrence.properties import PROPERTIES, matching
    from captioner.recurrence.search import search

    own = dict(_pair(text, "--property", "NAME=REGEX") for text in arguments.property)
    properties = {**PROPERTIES, **{name: matching(pattern) for name, pattern in own.items()}}
    read = _read(bundle, arguments)
    alone = None if arguments.unit is None else _unit(bundle, arguments.unit)
    found = search(read, properties, top=len(read.units) if arguments.all else arguments.top)
    print(
        f"{len(read.tokens):,} tokens, {len(read.units)} units, {read.gate}; AUC on the first half, and on the second"
    )
    for name, (share, detectors) in found.items():
        print(f"\n{name} ({share:.1%})" + ("" if detectors else ": it does not change within a half of the text"))
        for each in detectors[: arguments.top]:
            means = f"{each.yes:+.2f} where it holds, {each.no:+.2f} elsewhere"
            print(f"  {each.unit!s:8}{each.auc:.3f}  {each.held_out:.3f}   {means}")
    _page(read, properties, found, arguments, [alone] if alone else _ranked(found))
    print(f"\n{arguments.out}")
    return 0


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
    arguments: argparse.Namespace,
    units: "Sequence[Unit]",
) -> None:
    from captioner.figures.cells import ShownUnit, Teller, Telling, save_cells_html
    from captioner.recurrence.properties import of_tokens

    end = len(read.tokens)
    part = read.part(max(0, end - arguments.show), end)  # of the half that did not choose the units
    telling = [
        Telling(
            name,
            found[name].share,
            of_tokens(prop, read.tokens)[-len(part.tokens) :],
            [
                Teller(str(each.unit), each.auc, each.held_out, each.yes, each.no)
                for each in found[name].detectors[: arguments.top]
            ],
        )
        for name, prop in properties.items()
    ]
    shown = [ShownUnit(str(unit), part.of(unit)) for unit in units]
    save_cells_html(arguments.out, part.tokens, shown, telling, title=f"What the units of {arguments.model} tell")


def _pin(bundle: "Bundle", arguments: argparse.Namespace) -> int:
    pins = {}
    for text in arguments.pin:
        name, value = _pair(text, "--pin", "UNIT=VALUE")
        try:
            pins[_unit(bundle, name)] = float(value)
        except ValueError as error:
            raise ValueError(f"--pin {text}: {error}") from None
    say = _caption if arguments.photo is not None else _write
    for title, held in {"as it is": {}, f"with {', '.join(arguments.pin)}": pins}.items():
        print(f"── {title}\n{say(bundle, arguments, held)}")
    return 0


def _write(bundle: "Bundle", arguments: argparse.Namespace, pins: "Pins") -> str:
    from captioner.decoding.settings import Decoding
    from captioner.recurrence.pinning import write

    length, temperature, seed = arguments.length, arguments.temperature, arguments.seed
    settings = Decoding("sample", max_words=length, min_words=length, temperature=temperature, seed=seed)
    return arguments.prompt + write(bundle, arguments.prompt, settings, pins)


def _caption(bundle: "Bundle", arguments: argparse.Namespace, pins: "Pins") -> str:
    from captioner.images import pixels
    from captioner.inference.captions import DEFAULT
    from captioner.photos import read_photo
    from captioner.recurrence.pinning import caption

    seen = pixels(
        read_photo(arguments.photo, at_least=bundle.image.size, max_pixels=arguments.max_pixels), bundle.image
    )
    return caption(bundle, seen, DEFAULT, pins)


def _unit(bundle: "Bundle", text: str) -> "Unit":
    from captioner.recurrence.activations import Unit

    return Unit.parse(text, layers=bundle.settings.core.layers, size=bundle.settings.core.state)


def _pair(text: str, flag: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ValueError(f"{flag} {text!r} is not of the form {form}")
    return name, value
