"""Put a model behind an address: a page for people, a JSON API for programs. Ctrl-C finishes what was accepted."""

import argparse
import os
from dataclasses import fields
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from captioner.cli.model import add_device, add_model
from captioner.cli.use.find import add_index, cache
from captioner.machine import cores

NEEDED = ("fastapi", "uvicorn", "python_multipart", "prometheus_client")
HELP = {
    "places": "requests in the house at once; one more is answered 503",
    "batch": "photos that the network looks at together",
    "gather": "seconds for which a photo waits for others to share its batch",
    "patience": "seconds for a photo to arrive, and again for its answer",
    "megabytes": "largest upload",
    "megapixels": "largest photo",
    "stall": "seconds for which nothing of a photo may come",
    "reading": "seconds that decoding a photo, or drawing, may take",
    "connections": "open at once; beyond that, idle ones are closed",
    "ending": "seconds for what was accepted, once the service is to end",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    from captioner.serving.work.settings import Limits

    add_model(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1: this machine alone)")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="port; 0 picks a free one (8000)")
    add_device(parser)
    text = "processes that share the port, each with a model, a queue and limits of its own (1)"
    parser.add_argument("--workers", type=int, default=1, metavar="N", help=text)
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which browsers may call the server, as behind a proxy; may be repeated; * is any",
    )
    text = "a gallery of this folder, at /gallery; nothing outside it can be reached, and no photo is written"
    parser.add_argument("--photos", type=Path, metavar="DIR", help=text)
    add_index(parser)
    parser.add_argument("--edit", action="store_true", help="let the gallery write captions, as sidecars of the photos")
    group = parser.add_argument_group("limits")
    for field in fields(Limits):
        kind, metavar = (int, "N") if field.type == "int" or field.type is int else (float, "X")
        text = f"{HELP[field.name]} ({field.default})"
        group.add_argument(f"--{field.name}", type=kind, default=field.default, metavar=metavar, help=text)


def run(arguments: argparse.Namespace) -> int:
    """Serves until it is told to end."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise ValueError(f"serving needs {' and '.join(missing)}: pip install 'captioner[serve]'")
    if (arguments.edit or arguments.index) and arguments.photos is None:
        raise ValueError(f"{'--edit' if arguments.edit else '--index'} is for a gallery: add --photos and a folder")
    if arguments.workers < 1:
        raise ValueError(f"--workers is {arguments.workers}; at least 1 process must serve")
    if arguments.workers > 1:
        return together(arguments)

    from captioner.serving.web.server import address, listen
    from captioner.serving.web.server import run as serve

    app = application(arguments)
    with listen(arguments.host, arguments.port) as listening:
        tell(arguments, address(listening))
        serve(app, listening)
    return 0


def together(arguments: argparse.Namespace) -> int:
    """Serves by several processes."""
    if arguments.photos is not None:
        raise ValueError("a gallery is kept by one process: leave --workers out, or --photos")

    from captioner.serving.web.server import address
    from captioner.serving.web.workers import listen_together, run_together

    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores() // arguments.workers)))
    listening = listen_together(arguments.host, arguments.port, arguments.workers)
    where = address(listening[0])
    ready = partial(tell, arguments, where)
    run_together(partial(application, arguments), listening, ending=arguments.ending, tell=ready)
    return 0


def application(arguments: argparse.Namespace) -> Any:
    """The application that is served.

    Raises:
        FileNotFoundError, ValueError, OSError: a limit, a name, the gallery or the model cannot be.
    """
    from captioner.serving.work.settings import Limits

    limits = Limits(**{field.name: getattr(arguments, field.name) for field in fields(Limits)})

    from captioner.serving.web.guards import Hosts

    hosts = Hosts.at(arguments.host, arguments.allow_host)

    from captioner.folders.writing.shelf import Shelf

    shelf = None if arguments.photos is None else Shelf(arguments.photos, edit=arguments.edit)

    from captioner.inference import Judge, load, place
    from captioner.serving.web.app import create_app

    folder = place(arguments.model)
    model = load(folder, arguments.device, engine=arguments.engine)
    if not {"captions", "answers"} & set(model.bundle.heads):
        raise ValueError(f"{folder} neither captions photos nor answers questions, so there is nothing to serve")
    index = arguments.index
    if shelf is not None and index is None and "captions" in model.bundle.heads:
        index = cache(Judge(model))
    return create_app(model, limits, folder=folder, hosts=hosts, shelf=shelf, index=index)


def tell(arguments: argparse.Namespace, address: str) -> None:
    """Prints where it is."""
    print(f"captioner serves {arguments.model or 'the model in the box'} at {address}", flush=True)
    if arguments.photos is not None:
        print(f"the gallery of {arguments.photos} is at {address}gallery", flush=True)
