"""Whatever names and words hold: each stays on its line of the terminal, and comes back from JSON."""

import io
import json
import sys

import pytest

from captioner.cli.console import json_line, listed, open_streams
from captioner.text.shown import shown


def console(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("café שלום می\u200cخواهم 😀 a\u00a0b C:\\new", "café שלום می\u200cخواهم 😀 a\u00a0b C:\\new"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\nb\tc\u2028d\x9be", r"a\nb\tc\u2028d\x9be"),
        ("gnp.\u202efdp", r"gnp.\u202efdp"),
        ("caf\udce9.png", r"caf\udce9.png"),
    ],
)
def test_what_moves_the_cursor_is_escaped_and_letters_are_not(text, seen):
    assert shown(text) == seen


def test_control_codes_that_are_meant_stay():
    assert shown("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
@pytest.mark.parametrize("name", ["café 😀.png", "caf\udce9.png", "a\nb\x9b", "plain"])
def test_json_holds_the_name_on_every_console(encoding, name, monkeypatch):
    out = console(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    open_streams()
    print(json_line({"photo": name}))
    print(name)
    out.flush()
    line, *_ = out.buffer.getvalue().decode(encoding).split("\n")  # type: ignore[attr-defined]  # a BytesIO
    assert json.loads(line) == {"photo": name}


def test_a_list_of_files_of_windows_or_with_bytes_that_are_no_text(monkeypatch):
    stdin = io.TextIOWrapper(
        io.BytesIO(b"\xef\xbb\xbfa b.png \r\n\r\ncaf\xe9.png\r\nc.png"), encoding="utf-8", newline=""
    )
    monkeypatch.setattr(sys, "stdin", stdin)
    open_streams()
    assert list(listed(sys.stdin)) == ["a b.png ", "caf\udce9.png", "c.png"]
