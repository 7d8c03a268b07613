"""A blueprint builds the same encoder again, from JSON alone, and names nothing that it may not name."""

import copy
import json
from typing import Any

import pytest
import torch

from captioner.nn.encoder.blueprint import blueprint
from captioner.nn.encoder.building import built
from captioner.nn.encoder.cutting import Parts
from captioner.nn.encoder.grid import GridEncoder

NAMES = ["small", "resnet18", "mobilenet_v3_small", "efficientnet_b0", "convnext_tiny", "regnet_y_400mf"]
SLOW = ["alexnet", "densenet121", "efficientnet_v2_s", "googlenet", "inception_v3", "mnasnet0_5", "mobilenet_v2"]
SLOW += ["resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "vgg11_bn", "wide_resnet50_2"]
GIVEN: dict[str, Any] = {"mode": "grid", "trainable_stages": 1}


def again(encoder: GridEncoder, **settings: Any) -> GridEncoder:
    """The encoder from its own blueprint, written and read, with its weights."""
    plain = json.loads(json.dumps(blueprint(encoder.parts)))
    copied = GridEncoder("no such network", **settings, parts=built(plain))
    copied.load_state_dict(encoder.state_dict())
    return copied


@pytest.mark.parametrize("name", [*NAMES, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
@torch.no_grad()
def test_the_built_encoder_gives_the_same_numbers(name):
    torch.manual_seed(0)
    encoder = GridEncoder(name, "none", **GIVEN).eval()
    pixels = torch.randn(2, 3, 75, 75) if name == "inception_v3" else torch.randn(2, 3, 64, 64)
    copied = again(encoder, **GIVEN).eval()
    assert torch.equal(copied(pixels), encoder(pixels))
    assert (copied.channels, copied.stages) == (encoder.channels, encoder.stages)
    assert not any(weight.requires_grad for weight in copied.stem.parameters())
    assert all(weight.requires_grad for weight in copied.tail.parameters())


@torch.no_grad()
def test_a_global_vector_and_a_pooled_grid_are_built_as_well():
    pixels = torch.randn(1, 3, 64, 64)
    several: list[dict[str, Any]] = [{"mode": "global"}, {"mode": "grid", "side": 2}]
    for settings in several:
        encoder = GridEncoder("resnet18", "none", **settings).eval()
        assert torch.equal(again(encoder, **settings)(pixels), encoder(pixels))


@pytest.mark.parametrize("name", ["swin_t", pytest.param("maxvit_t", marks=pytest.mark.slow)])
def test_a_network_with_functions_of_its_own_has_no_blueprint(name):
    with torch.device("meta"):
        assert blueprint(GridEncoder(name, "none").parts) is None


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    encoder = GridEncoder("small", "none", trainable_stages=1)
    return json.loads(json.dumps(blueprint(encoder.parts)))


def spoilt(plain: dict[str, Any], **changes: Any) -> Parts:
    """Builds the blueprint with the first layer of the stem called otherwise."""
    changed = copy.deepcopy(plain)
    node = next(node for node in changed["stem"]["nodes"] if node[1] == "call_module")
    node[1], node[2] = changes.get("op", node[1]), changes["target"]
    return built(changed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"op": "call_function", "target": "system"}, r"calls 'system', but may call add, mul"),
        ({"op": "call_method", "target": "__class__"}, r"calls a method '__class__', but may call chunk"),
        ({"target": "features.9.9"}, r"uses 'features.9.9', which it does not describe"),
        ({"op": "eval", "target": "x"}, r"has a node 'eval', but there are placeholder"),
    ],
)
def test_what_a_blueprint_may_not_do_is_refused(plain, change, message):
    with pytest.raises(ValueError, match=f"the encoder's description {message}"):
        spoilt(plain, **change)


def test_a_layer_that_is_none_and_a_missing_part_are_refused(plain):
    changed = copy.deepcopy(plain)
    path = next(iter(changed["stem"]["layers"]))
    changed["stem"]["layers"][path] = ["Module", {}]
    with pytest.raises(ValueError, match="has a layer 'Module', but there are Conv2d"):
        built(changed)
    with pytest.raises(ValueError, match=r"is malformed: KeyError\('tail'\)"):
        built({"stem": plain["stem"]})
