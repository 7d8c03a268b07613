"""Whatever stands in an encoder.json, opening it runs, reads and imports nothing: an audit hook watches.

Every string of the file, the names of its values too, is replaced by some of a list of hostile ones, in turn, so that
each of these stands in every part of the file.
"""

import copy
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from captioner.nn.encoder.blueprint import blueprint
from captioner.nn.encoder.building import built
from captioner.nn.encoder.cutting import Parts
from captioner.nn.encoder.grid import GridEncoder

CODE = "__import__('os').system('touch ran')"
HOSTILE = [
    *(CODE, f"z={CODE}", f"x, y={CODE}", f"x):\n    {CODE}\ndef f(y", f'x" if {CODE} else "', f"**({CODE} or {{}})"),
    *("lambda", "__class__", "__init__.__globals__", "forward", "_modules", "os.system", "subprocess.Popen", "eval"),
    *("exec", "features.0.0.__class__", "../../etc/passwd", "/dev/zero", "\0", "\x1b[31m", "", "a" * 100_000, "ＡＢ"),
]
WATCHED = ("exec", "compile", "import", "open", "os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "socket.")
happened: list[str] = []
watching = False


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if watching and event.startswith(WATCHED):
        happened.append(f"{event} {str(arguments)[:100]}")


sys.addaudithook(watch)


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    described = json.loads(json.dumps(blueprint(GridEncoder("small", "none", trainable_stages=1).parts)))
    opened(described, torch.zeros(1, 3, 32, 32))  # torch imports parts of itself when they are first used
    return described


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Where a string stands: the path, and whether it is a name (a key) and not a value."""
    if isinstance(value, str):
        yield path, False
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(key, str):
            yield (*path, key), True
        yield from places(each, (*path, key))


def replaced(plain: dict[str, Any], path: tuple[Any, ...], is_key: bool, hostile: str) -> dict[str, Any]:
    changed = copy.deepcopy(plain)
    owner: Any = changed
    for key in path[:-1]:
        owner = owner[key]
    if is_key:
        owner[hostile] = owner.pop(path[-1])
    else:
        owner[path[-1]] = hostile
    return changed


def opened(plain: dict[str, Any], pixels: torch.Tensor) -> str | None:
    """Builds the parts and runs them; gives the sentence, if they are refused. Nothing else may happen."""
    global watching
    happened.clear()
    watching = True
    try:
        parts: Parts = built(plain)
        parts.tail(parts.stem(pixels))
        return None
    except ValueError as error:
        return str(error)
    finally:
        watching = False


def test_the_hook_sees_what_it_watches_for():
    global watching
    happened.clear()
    watching = True
    exec(compile("1", "x", "eval"))
    watching = False
    assert [line.split()[0] for line in happened] == ["compile", "exec"]


@pytest.mark.parametrize("values", [2, pytest.param(8, marks=pytest.mark.slow)])
@torch.no_grad()
def test_no_string_of_a_description_runs_anything(values, plain, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = torch.zeros(1, 3, 32, 32)
    assert opened(plain, pixels) is None
    everywhere = list(places(plain))
    assert len(everywhere) > 150
    refused = 0
    for number, (path, is_key) in enumerate(everywhere):
        for hostile in (HOSTILE * 2)[number % len(HOSTILE) :][:values]:
            sentence = opened(replaced(plain, path, is_key, hostile), pixels)
            assert not happened, (path, hostile, happened)
            if sentence is not None:
                refused += 1
                assert sentence.isprintable(), (path, hostile)
                assert len(sentence) < 900
    assert refused > 0.9 * len(everywhere) * values  # some are but names, as a stage's, or may be left out
    assert not list(tmp_path.iterdir())


def call(target: str, *arguments: Any, **named: Any) -> list[Any]:
    return ["evil", "call_function", target, list(arguments), named]


def grown(plain: dict[str, Any], *nodes: list[Any]) -> dict[str, Any]:
    """The description with more nodes behind the pixels, and the last of them as what the stem gives."""
    changed = copy.deepcopy(plain)
    for number, node in enumerate(nodes):
        changed["stem"]["nodes"].insert(1 + number, [f"more{number}", *node[1:]])
    changed["stem"]["nodes"][-1][3] = [{"of": f"more{len(nodes) - 1}"}]
    return changed


PIXELS = {"of": "pixels"}


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([call("mul", [1], 60_000)], "only numbers and tensors can be counted with"),
        ([call("mul", "x", 3)], "has a argument that may not be: 'x'"),
        ([call("mul", 10**10, PIXELS)], "has a argument that may not be: 10000000000"),
        ([call("cat", [PIXELS] * 3000)], "numbers are more than the"),
        ([call("relu", PIXELS, out=PIXELS)], "gives relu 'out', which it does not take"),
        ([["", "call_method", "permute", [PIXELS, 0, 2, 3, 1], {"dtype": 1}]], "gives permute 'dtype', which it"),
        ([["", "call_method", "expand", [PIXELS, 60_000, 3, 32, 32], {}]], "numbers are more than the"),
        (
            [
                ["", "call_method", "reshape", [PIXELS, 3072, 1], {}],
                call("scaled_dot_product_attention", *[{"of": "more0"}] * 3),
            ],
            "numbers are more than the",
        ),
        ([call("add", {"of": "later"}, 1)], "uses 'later' before it is there"),
        ([call("mul", 60_000, 60_000), call("mul", {"of": "more0"}, {"of": "more0"})], "a number is too large"),
        ([call("getitem", PIXELS, 99)], "does not fit at 'more0': index 99 is out of bounds"),
    ],
)
@torch.no_grad()
def test_what_would_grow_or_does_not_fit_is_one_sentence(plain, nodes, message):
    sentence = opened(grown(plain, *nodes), torch.zeros(1, 3, 32, 32))
    assert sentence is not None
    assert message in sentence
    assert not happened


@torch.no_grad()
def test_an_outer_product_is_measured_before_it_is_made(plain):
    column = ["", "call_method", "reshape", [PIXELS, 3072, 1], {}]
    row = ["", "call_method", "reshape", [PIXELS, 1, 3072], {}]
    product = call("mul", {"of": "more0"}, {"of": "more1"})
    sentence = opened(grown(plain, column, row, product), torch.zeros(1, 3, 32, 32))
    assert sentence is not None
    assert "9,437,184 numbers are more than the 4,194,304" in sentence


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"out_channels": 2**40}, "a out_channels of Conv2d that may not be"),
        ({"padding": [2**20, 1]}, "a padding of Conv2d that may not be"),
        ({"device": "cuda"}, "a setting of Conv2d that may not be: 'device'"),
        ({"groups": 7}, "has a Conv2d that cannot be: "),
        ({"bias": "yes"}, "a bias of Conv2d that may not be: 'yes'"),
    ],
)
def test_settings_of_layers_have_types_and_bounds(plain, settings, message):
    changed = copy.deepcopy(plain)
    changed["stem"]["layers"]["features.0.0"][1] |= settings
    with pytest.raises(ValueError, match=message):
        built(changed)
