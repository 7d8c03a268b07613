"""Writes the sources of this Python's own standard library into one text file, for a language model to read.

    python scripts/prepare_stdlib.py stdlib.txt

Modules come in an order that is shuffled once and for all, so that the end of the file, which is held out, is of the
same kind as the rest. Tests, tables of letters, and what is not installed everywhere are left out.
"""

import argparse
import random
import sysconfig
import tokenize
from collections.abc import Iterator
from pathlib import Path

from captioner.files import write_text

LEFT_OUT = {"test", "tests", "site-packages", "encodings", "idlelib", "lib2to3", "pydoc_data", "distutils"}
LEFT_OUT |= {"ensurepip", "tkinter", "turtledemo"}


def sources(library: Path) -> Iterator[str]:
    """The modules' texts, in a shuffled order."""
    paths = sorted(path for path in library.rglob("*.py") if not LEFT_OUT & set(path.relative_to(library).parts))
    random.Random(0).shuffle(paths)
    for path in paths:
        with tokenize.open(path) as file:  # in the encoding that the module declares
            yield file.read()


def main() -> None:
    """Writes whole modules until the text is as long as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the text file to write")
    parser.add_argument("--megabytes", type=float, default=5.0, help="length of the text (5)")
    arguments = parser.parse_args()
    texts: list[str] = []
    length = 0.0
    for text in sources(Path(sysconfig.get_path("stdlib"))):
        texts.append(text)
        length += len(text.encode())
        if length >= arguments.megabytes * 1e6:
            break
    write_text(arguments.out, "\n".join(texts))
    print(f"{arguments.out}: {len(texts)} modules, {length / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
