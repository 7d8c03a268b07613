"""The container installs what the box needs, and calls what the command has; building it is not tested here."""

import argparse
import re
import shlex

import yaml

from captioner.cli.use import serve
from tests.paths import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["captioner"]


def test_the_container_has_the_libraries_of_the_box():
    told = re.search(r"^pip install (numpy .*)$", (ROOT / "docs/box.md").read_text(encoding="utf-8"), re.M)
    installed = re.search(r"^RUN pip install --no-cache-dir (numpy .*)$", DOCKERFILE, re.M)
    assert told is not None
    assert installed is not None
    assert shlex.split(installed[1]) == shlex.split(told[1])


def test_what_the_container_calls_is_an_argument_of_the_command():
    entry = re.search(r"^ENTRYPOINT (\[.*\])$", DOCKERFILE, re.M)
    assert entry is not None
    command, verb, *given = yaml.safe_load(entry[1])
    assert (command, verb) == ("captioner", "serve")
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    arguments = parser.parse_args([*given, *SERVICE["command"]])
    assert (arguments.host, arguments.port, arguments.workers) == ("0.0.0.0", 8000, 2)
    assert SERVICE["ports"] == [f"127.0.0.1:8000:{arguments.port}"]


def test_the_image_is_built_from_what_the_wheel_needs():
    kept = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.M)
    assert {"captioner", "configs", "LICENSE", "README.md", "pyproject.toml"} == set(kept)
    assert all((ROOT / each).exists() for each in kept)
