"""The encoder against torchvision's own forward, written out by hand or with the classifier taken away."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from captioner.nn.encoder import cutting
from captioner.nn.encoder.grid import GridEncoder, fingerprint
from captioner.nn.encoder.small import SmallCNN

QUICK = ["resnet18", "densenet121", "mobilenet_v3_large", "efficientnet_b0"]
SLOW = ["resnet34", "resnet50", "resnet101", "resnet152", "vgg16", "convnext_tiny"]
NAMES = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
CHANNELS = {
    "resnet18": (512, 512),
    "resnet34": (512, 512),
    "resnet50": (2048, 2048),
    "resnet101": (2048, 2048),
    "resnet152": (2048, 2048),
    "vgg16": (512, 4096),
    "densenet121": (1024, 1024),
    "mobilenet_v3_large": (960, 1280),
    "efficientnet_b0": (1280, 1280),
    "convnext_tiny": (768, 768),
}


def backbone(kind: str) -> Any:
    """A random network whose batch norms are as if it had been trained."""
    torch.manual_seed(0)
    model = SmallCNN() if kind == "small" else models.get_model(kind, weights=None)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for name, tensor in module.state_dict().items():
                if name in ("running_var", "weight"):
                    tensor.uniform_(0.7, 1.4)
                elif name in ("running_mean", "bias"):
                    tensor.normal_(std=0.2)
    return model.eval()


@pytest.fixture
def cut(monkeypatch):
    """Makes an encoder of a given network."""

    def make(model: nn.Module, name: str, **settings) -> GridEncoder:
        monkeypatch.setattr(cutting, "load_backbone", lambda name, weights: copy.deepcopy(model))
        return GridEncoder(name, "none", **settings)

    return make


def pictures(side: int = 64) -> Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))


def grid_by_hand(model: Any, name: str, pixels: Tensor) -> Tensor:
    if name.startswith("resnet"):
        maps = model.maxpool(model.relu(model.bn1(model.conv1(pixels))))
        return model.layer4(model.layer3(model.layer2(model.layer1(maps))))
    maps = model.features(pixels)
    return maps.relu() if name == "densenet121" else maps


def vector_by_hand(model: nn.Module, pixels: Tensor) -> Tensor:
    """What enters the last linear layer: the output once that layer does nothing."""
    headless = copy.deepcopy(model)
    last = [name for name, part in headless.named_modules() if isinstance(part, nn.Linear)][-1]
    headless.set_submodule(last, nn.Identity())
    return headless(pixels)


def close(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-4 * max(1.0, wanted.abs().max().item()))


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_the_grid_and_the_vector_are_what_the_plain_network_computes(cut, name):
    model, pixels = backbone(name), pictures()
    maps = grid_by_hand(model, name, pixels)
    encoder = cut(model, name)
    assert encoder.channels == maps.shape[1] == CHANNELS[name][0]
    close(encoder(pixels), maps.flatten(2).transpose(1, 2))
    assert not any(isinstance(part, nn.BatchNorm2d) for part in encoder.modules()) or name == "densenet121"
    pooled = nn.functional.adaptive_avg_pool2d(maps, 3)
    encoder = cut(model, name, side=3)
    close(encoder(pixels), pooled.flatten(2).transpose(1, 2))
    close(encoder.begin(pixels), pooled)
    vector = vector_by_hand(model, pixels)
    encoder = cut(model, name, mode="global")
    assert encoder.channels == vector.shape[1] == CHANNELS[name][1]
    close(encoder(pixels), vector[:, None])


@pytest.mark.parametrize("name", CHANNELS)
def test_every_named_network_can_be_cut(name):
    with torch.device("meta"):
        found = GridEncoder(name, "none", side=7, trainable_stages=1)(torch.empty(2, 3, 64, 64))
    assert found.shape == (2, 49, CHANNELS[name][0])


# of each family of torchvision's, but for the regnets, which cannot be made without numbers
SMALLEST = [
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "resnet18",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "squeezenet1_0",
    "swin_t",
    "swin_v2_t",
    "vgg11",
    "vit_b_16",
    "wide_resnet50_2",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALLEST)
def test_any_classification_network_can_be_cut_or_says_why_not(name):
    grid, vector = not name.startswith("vit"), not name.startswith("squeezenet")
    with torch.device("meta"):
        for mode, possible in (("grid", grid), ("global", vector)):
            settings: dict[str, Any] = {"mode": mode, "trainable_stages": 1}
            if possible:
                encoder = GridEncoder(name, "none", **settings)
                assert encoder(torch.empty(1, 3, 224, 224)).shape[2] == encoder.channels
            else:
                with pytest.raises(ValueError, match="has no"):
                    GridEncoder(name, "none", **settings)


def test_places_are_in_reading_order(cut):
    model = backbone("small")
    encoder = cut(model, "small")
    pixels = torch.zeros(1, 3, 64, 64)
    changed = pixels.clone()
    changed[:, :, 8:24, 36:44] = 1
    difference = (encoder(changed) - encoder(pixels)).abs().sum(dim=2).view(8, 8)
    places = torch.arange(8.0)
    middle = tuple(float(difference.sum(dim=axis) @ places / difference.sum()) for axis in (1, 0))
    assert middle == pytest.approx((1.5, 4.5), abs=0.5)


@pytest.mark.parametrize(
    ("name", "k", "stages"),
    [
        ("resnet18", 1, ("layer4",)),
        ("resnet18", 2, ("layer3", "layer4")),
        ("resnet18", 5, ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4")),
        ("mobilenet_v3_small", 2, ("features.11", "features.12")),
        ("densenet121", 1, ("features.denseblock4", "features.norm5")),
        pytest.param("convnext_tiny", 1, ("features.7",), marks=pytest.mark.slow),
        ("small", 3, ("features.0", "features.1", "features.2")),
    ],
)
def test_the_last_stages_are_trained_and_the_stem_is_not(cut, name, k, stages):
    model, pixels = backbone(name), pictures(32)
    encoder = cut(model, name, trainable_stages=k)
    wanted = {key for key, _ in model.named_parameters() if key.startswith(tuple(f"{stage}." for stage in stages))}
    assert {key for key, _ in encoder.tail.named_parameters()} == wanted
    encoder(pixels).square().sum().backward()
    for key, parameter in encoder.tail.named_parameters():
        assert parameter.grad is not None, key
    for parameter in encoder.stem.parameters():
        assert not parameter.requires_grad
        assert parameter.grad is None
    assert not encoder.frozen


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("small", "grid"),
        ("small", "global"),
        ("resnet18", "grid"),
        pytest.param("resnet18", "global", marks=pytest.mark.slow),
        pytest.param("mobilenet_v3_small", "grid", marks=pytest.mark.slow),
        pytest.param("densenet121", "global", marks=pytest.mark.slow),
    ],
)
@torch.no_grad()
def test_stem_and_tail_together_are_the_whole_wherever_it_is_cut(cut, name, mode):
    model, pixels = backbone(name), pictures(64)
    whole = cut(model, name, mode=mode)
    wanted = whole(pixels)
    assert whole.frozen
    assert not list(whole.tail.parameters())
    for k in range(1, len(whole.stages) + 1):
        encoder = cut(model, name, mode=mode, side=None, trainable_stages=k)
        close(encoder.finish(encoder.begin(pixels)), wanted)


@pytest.mark.parametrize(("left_out", "last"), [(1, "layer3"), (2, "layer2")])
@torch.no_grad()
def test_the_grid_of_an_earlier_stage_is_what_that_stage_says(cut, left_out, last):
    model, pixels, seen = backbone("resnet18"), pictures(64), []
    model.get_submodule(last).register_forward_hook(lambda *call: seen.append(call[2]))
    model(pixels)
    for trained in (0, 1):
        encoder = cut(model, "resnet18", stages_left_out=left_out, trainable_stages=trained)
        assert encoder.stages[-1] == last
        assert encoder.channels == seen[0].shape[1]
        close(encoder(pixels), seen[0].flatten(2).transpose(1, 2))


@pytest.mark.parametrize(("left_out", "mode"), [(3, "grid"), (-1, "grid"), (1, "global")])
def test_stages_that_cannot_be_left_out_are_refused_in_one_sentence(left_out, mode):
    with pytest.raises(
        ValueError, match=rf"stages_left_out is {left_out} in mode {mode}, but of the 3 stages of small"
    ):
        GridEncoder("small", "none", mode=mode, stages_left_out=left_out)


def test_freezing_the_tail_later_changes_no_number(cut):
    encoder = cut(backbone("small"), "small", trainable_stages=2, side=2)
    wanted = encoder(pictures())
    close(encoder.requires_grad_(False)(pictures()), wanted)


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_b0"])
def test_training_mode_changes_no_statistic_and_drops_nothing(cut, name):
    encoder = cut(backbone(name), name, trainable_stages=2).train()
    statistics = {key: value.clone() for key, value in encoder.named_buffers()}
    assert statistics  # the tail has batch norms
    with torch.no_grad():
        close(encoder(pictures()), encoder.eval()(pictures()))
        once, again = encoder.train()(pictures()), encoder(pictures())
    assert torch.equal(once, again)
    assert not any(part.training for part in (*encoder.stem.modules(), *encoder.tail.modules()))
    for key, value in encoder.named_buffers():
        assert torch.equal(value, statistics[key]), key


def test_the_fingerprint_follows_weights_cut_and_pooling(cut):
    model, other = backbone("small"), backbone("small")
    with torch.no_grad():
        other.features[0][0].weight[0, 0, 0, 0] += 1e-3
    prints = [
        fingerprint(cut(model, "small")),
        fingerprint(cut(other, "small")),
        fingerprint(cut(model, "small", side=4)),
        fingerprint(cut(model, "small", mode="global")),
        fingerprint(cut(model, "small", trainable_stages=1)),
    ]
    assert len({str(each) for each in prints}) == 5
    assert fingerprint(cut(model, "small")) == prints[0]
    same_stem = cut(model, "small", trainable_stages=1, side=4)  # which is pooled behind the tail
    assert fingerprint(same_stem) == prints[4]


def test_a_network_without_a_grid_is_refused_in_one_sentence():
    with torch.device("meta"), pytest.raises(ValueError, match="vit_b_16 has no spatial pooling, so there is no grid"):
        GridEncoder("vit_b_16", "none")


def test_a_network_without_a_vector_is_refused_in_one_sentence():
    with torch.device("meta"), pytest.raises(ValueError, match="squeezenet1_1 has no linear classifier"):
        GridEncoder("squeezenet1_1", "none", mode="global")


@pytest.mark.parametrize("k", [-1, 4])
def test_more_stages_than_there_are_are_refused_in_one_sentence(k):
    with pytest.raises(ValueError, match=f"trainable_stages is {k}, but small has 3 stages: 0 trains none"):
        GridEncoder("small", "none", trainable_stages=k)


def test_an_unknown_mode_is_refused_in_one_sentence(unchecked):
    with pytest.raises(ValueError, match="encoder mode is 'vector', but there are grid and global"):
        GridEncoder("small", "none", mode="vector")  # type: ignore[arg-type]


def test_a_side_of_nothing_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="encoder side is 0, but a grid has at least 1 place along each side"):
        GridEncoder("small", "none", side=0)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file", "side"),
    [("resnet50", "resnet50-9ebe6750.pth", 224), ("efficientnet_b4", "efficientnet_b4-4a4ef219.pth", 225)],
)
@torch.no_grad()
def test_real_weights(shared, name, file, side):
    from captioner.images import ImageSpec, pixels
    from captioner.photos import find_photos, read_photo

    path = shared / "weights" / file
    photos = find_photos([str(shared / "data/flickr8k")])[:2]
    batch = torch.stack([torch.from_numpy(pixels(read_photo(photo), ImageSpec(side))) for photo in photos])
    model = models.get_model(name, weights=None).eval()
    model.load_state_dict({key: value.float() for key, value in torch.load(path, weights_only=True).items()})
    wanted = grid_by_hand(model, name, batch)
    found = GridEncoder(name, str(path))(batch)
    close(found, wanted.flatten(2).transpose(1, 2))
    assert found.std() > 0.01
    assert found.half().isfinite().all()
