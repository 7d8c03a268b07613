"""The command as a whole: help, versions, unknown verbs, and how it ends."""

import subprocess
import sys

import pytest

import captioner
from captioner.cli import main as command
from captioner.cli.main import TRAINER_VERBS, VERBS, main


def test_help_lists_every_verb_once(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert end.value.code == 0
    assert not VERBS.keys() & TRAINER_VERBS.keys()
    for verb in [*VERBS, *TRAINER_VERBS]:
        assert len([line for line in lines if line.startswith(f"  {verb} ")]) == 1


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"captioner {captioner.__version__}\n"


@pytest.mark.parametrize("arguments", [["nonsense"], []])
def test_an_unknown_verb_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "VERB" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: captioner {verb}")


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ValueError("three is too much"), 2, "captioner scenes: three is too much\n"),
        (FileNotFoundError("x: no such file"), 2, "captioner scenes: x: no such file\n"),
        (KeyboardInterrupt(), 130, "stopped\n"),
    ],
)
def test_errors_are_one_line_and_a_code(error, code, text, monkeypatch, capsys, tmp_path):
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr("captioner.cli.make.scenes.run", fail)
    assert command.main(["scenes", str(tmp_path)]) == code
    assert capsys.readouterr() == ("", text)


TALKER = """
import sys
from captioner.cli import main
from captioner.cli.make import scenes

def run(_):
    while True:
        print("x" * 99, flush=True)

scenes.run = run
sys.exit(main.main(["scenes", "folder"]))
"""


def test_a_reader_that_has_seen_enough_is_no_error():
    command = [sys.executable, "-c", TALKER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as talker:
        assert talker.stdout is not None
        assert talker.stderr is not None
        talker.stdout.readline()
        talker.stdout.close()
        assert talker.wait(60) == 141
        assert talker.stderr.read() == ""
