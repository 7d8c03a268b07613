"""The `captioner` command: finds the verb, imports it alone, and turns user errors into one sentence."""

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module

from captioner import __version__
from captioner.cli.console import open_streams
from captioner.cli.model import refuse_first, use_threads
from captioner.text.shown import shown

# verb: (module, one line of help). A module has `add_arguments(parser)` and `run(arguments) -> exit code`.
VERBS = {
    "demo": (
        "captioner.cli.make.demo",
        "see it work: real photos first, then train on scenes, and look at a page",
    ),
    "caption": ("captioner.cli.use.caption", "say captions of photos"),
    "bulk": ("captioner.cli.use.bulk", "caption photos by the million, on this machine or on a Ray cluster"),
    "alt": ("captioner.cli.use.alt", "fill in the alternative texts that a web page's images lack"),
    "ask": ("captioner.cli.use.ask", "answer questions about photos"),
    "attend": ("captioner.cli.use.attend", "draw where the model looks at every word of a caption or question"),
    "find": ("captioner.cli.use.find", "find photos by words"),
    "match": ("captioner.cli.use.match", "tell which of some sentences fits a photo"),
    "write": ("captioner.cli.use.write", "let a language model write on from a prompt"),
    "translate": ("captioner.cli.use.translate", "say sentences in another language"),
    "serve": ("captioner.cli.use.serve", "put a model behind an address: a page for people, an API for programs"),
    "evaluate": ("captioner.cli.measure.evaluate", "score a model on captions or questions"),
    "calibrate": ("captioner.cli.measure.calibrate", "measure how often a model is right when it is so sure"),
    "about": ("captioner.cli.measure.about", "tell what a model is: its data, scores, limits and terms"),
    "export": ("captioner.cli.make.export", "write a bundle as ONNX graphs, which run without torch"),
    "soup": ("captioner.cli.make.soup", "average the weights of bundles that were trained from one start"),
    "push": ("captioner.cli.make.push", "put a bundle on the Hugging Face hub"),
    "score": ("captioner.cli.measure.score", "score a file of captions or answers, with intervals"),
    "cells": ("captioner.cli.measure.cells", "find out what single units have learned, and switch them off"),
    "gradients": ("captioner.cli.measure.gradients", "show how gradients flow back through time, cell by cell"),
    "pretrain": ("captioner.cli.make.pretrain", "train the little encoder to name objects, before captions"),
    "scenes": ("captioner.cli.make.scenes", "make a data set of made-up pictures with captions and boxes"),
    "data": ("captioner.cli.make.data", "check a data set; make questions from captions; pack it to be streamed"),
}
TRAINER_VERBS = {
    "fit": "train from a YAML recipe (PyTorch Lightning)",
    "validate": "score a checkpoint on the validation split",
    "test": "score a checkpoint on the test split",
}


def overview() -> argparse.ArgumentParser:
    """The parser that answers `captioner --help` and refuses unknown verbs."""
    width = max(map(len, VERBS | TRAINER_VERBS))
    lines = [f"  {verb:{width}}  {text}" for verb, (_, text) in VERBS.items()]
    lines += [f"  {verb:{width}}  {text}" for verb, text in TRAINER_VERBS.items()]
    parser = argparse.ArgumentParser(
        prog="captioner",
        description="Image captions and visual question answers with recurrent attention.",
        epilog="verbs:\n" + "\n".join(lines) + "\n\n`captioner VERB --help` tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"captioner {__version__}")
    parser.add_argument("verb", choices=[*VERBS, *TRAINER_VERBS], metavar="VERB", help="what to do")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb.

    Returns:
        0 for success, 1 when some of the inputs failed, 2 for unusable arguments or files, 130 after Ctrl-C, 141 when
        nobody reads on.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    verb = overview().parse_args(given[:1]).verb
    open_streams()
    # what is wrong with a photo is said in our own words
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    try:
        if verb in TRAINER_VERBS:
            return import_module("captioner.training.run.cli").run([verb, *given[1:]])
        module = import_module(VERBS[verb][0])
        parser = argparse.ArgumentParser(prog=f"captioner {verb}", description=module.__doc__)
        module.add_arguments(parser)
        refuse_first(parser, given[1:])
        parsed = parser.parse_args(given[1:], argparse.Namespace(given=given))
        use_threads(parsed)
        return module.run(parsed)
    except BrokenPipeError:  # whoever read what is printed, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError) as error:
        print(f"captioner {verb}: {shown(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
