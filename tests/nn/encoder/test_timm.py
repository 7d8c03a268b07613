"""Networks of timm: the grid, its weights from a file, the blueprint, and what their weights expect of pixels."""

import json
import sys

import pytest
import torch

from captioner.images import ImageSpec
from captioner.nn.encoder import lite
from captioner.nn.encoder.backbones import check_image, load_backbone, usual_image
from captioner.nn.encoder.blueprint import blueprint
from captioner.nn.encoder.building import built
from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.encoder.padding import SamePad
from captioner.nn.encoder.timm import TimmNet

LITE2 = "timm/tf_efficientnet_lite2"


@pytest.mark.parametrize("side", [8, 9, 10, 33])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (5, 2), (3, 1), (2, 3)])
def test_padding_is_tensorflows(side, kernel, stride):
    pad = SamePad((kernel, kernel), (stride, stride))
    maps = pad(torch.ones(1, 1, side, side))
    steps = torch.nn.functional.conv2d(maps, torch.ones(1, 1, kernel, kernel), stride=stride)
    assert steps.shape[-1] == -(-side // stride)
    row = maps[0, 0].amax(dim=0)
    left, right = int(row.argmax()), int(row.flip(0).argmax())
    assert right - left in (0, 1)
    if side % 2 and kernel % 2 and stride == 2:
        assert left == right == kernel // 2  # as torch's own


def test_without_timm_a_sentence_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ValueError, match=r"timm/resnet18 needs timm: pip install 'captioner\[timm\]'"):
        load_backbone("timm/resnet18", "none")


def test_other_encoders_see_what_was_said():
    assert usual_image("resnet50", ImageSpec()) == ImageSpec()


@pytest.fixture
def timm():
    return pytest.importorskip("timm", reason="needs pip install 'captioner[timm]'")


def as_timms(state, own):
    """The weights of our Lite2 by timm's names: both list the same layers in the same order."""
    mine = [(name, value) for name, value in state.items() if not name.endswith("num_batches_tracked")]
    theirs = [name for name in own if not name.endswith("num_batches_tracked")]
    return dict(zip(theirs, (value for _, value in mine), strict=True))


@pytest.mark.slow  # timm takes seconds to import
@torch.no_grad()
def test_lite2_of_timm_is_our_own_where_both_pad_alike(timm, tmp_path):
    try:
        lite.installed_weights()
        own = load_backbone(lite.NAME, "default")
    except FileNotFoundError:
        torch.manual_seed(0)
        own = lite.LiteNet()
        for part in own.modules():  # so that what a layer makes is as loud as what it takes
            if isinstance(part, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(part.weight, mode="fan_in", nonlinearity="relu")
    assert isinstance(own, lite.LiteNet)
    own.eval()
    names = timm.create_model("tf_efficientnet_lite2").state_dict()
    torch.save(as_timms(own.state_dict(), names), tmp_path / "lite2.pth")
    theirs = GridEncoder(LITE2, str(tmp_path / "lite2.pth"))
    for side in (257, 225, 65):
        pixels = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(side))
        wanted = own.features(pixels).flatten(2).transpose(1, 2)
        assert wanted.abs().max() > 0.1
        torch.testing.assert_close(theirs(pixels), wanted, rtol=1e-3, atol=1e-3)
    pixels = torch.randn(1, 3, 260, 260, generator=torch.Generator().manual_seed(0))  # timm's usual size, no 32 m + 1
    assert (theirs(pixels) - own.features(pixels).flatten(2).transpose(1, 2)).abs().max() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "side", "shape", "trained"),
    [
        ("mobilenetv3_small_050", 64, (2, 4, 288), 1),
        ("convnext_atto", 64, (2, 4, 320), 1),
        ("vit_tiny_patch16_224", 224, (2, 196, 192), 2),
        ("vit_small_patch14_reg4_dinov2", 518, (1, 37 * 37, 384), 0),
        ("vit_base_patch32_clip_224", 224, (1, 49, 768), 0),
    ],
)
@torch.no_grad()
def test_a_grid_without_class_and_register_tokens_that_a_blueprint_describes(timm, name, side, shape, trained):
    torch.manual_seed(0)
    encoder = GridEncoder(f"timm/{name}", "none", trainable_stages=trained)
    pixels = torch.randn(shape[0], 3, side, side)
    grid = encoder(pixels)
    assert grid.shape == shape
    assert encoder.channels == shape[2]
    plain = blueprint(encoder.parts)
    assert plain is not None
    again = GridEncoder(f"timm/{name}", trainable_stages=trained, parts=built(json.loads(json.dumps(plain))))
    again.load_state_dict(encoder.state_dict())
    again.eval()
    torch.testing.assert_close(again(pixels), grid, rtol=0, atol=1e-5)


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize("name", ["mobilenetv3_small_050", "vit_tiny_patch16_224"])
def test_the_one_vector_is_the_mean_of_the_grid(timm, tmp_path, name):
    torch.manual_seed(0)
    torch.save(timm.create_model(name).state_dict(), tmp_path / "weights.pth")
    grid, vector = (
        GridEncoder(f"timm/{name}", str(tmp_path / "weights.pth"), mode=mode) for mode in ("grid", "global")
    )
    pixels = torch.randn(2, 3, 224, 224)
    torch.testing.assert_close(vector(pixels), grid(pixels).mean(dim=1, keepdim=True), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@torch.no_grad()
def test_the_places_of_a_vit_are_those_of_its_patches(timm):
    torch.manual_seed(0)
    name = "vit_tiny_patch16_224"
    model = timm.create_model(name).eval()
    net = load_backbone(f"timm/{name}", "none")
    assert isinstance(net, TimmNet)
    net.net.load_state_dict(model.state_dict())
    pixels = torch.randn(1, 3, 224, 224)
    tokens = model.forward_features(pixels)
    torch.testing.assert_close(net.eval()(pixels)[0], tokens[0, 1:].mean(dim=0), rtol=0, atol=1e-4)


@pytest.mark.slow
def test_pixels_are_those_of_timms_configuration(timm):
    vit = "timm/vit_base_patch32_clip_224"
    own = usual_image(vit, ImageSpec())
    assert (own.size, own.interpolation, round(own.mean[0], 3)) == (224, "bicubic", 0.481)
    assert usual_image(vit, ImageSpec(size=65)).size == 65
    check_image(vit, own)
    check_image(LITE2, ImageSpec(size=257, mean=(lite.MEAN,) * 3, std=(lite.STD,) * 3))
    with pytest.raises(ValueError, match=r"was trained on other pixels: leave data.image out, or set data.image.mean"):
        check_image(vit, ImageSpec())
    with pytest.raises(ValueError, match=r"data.image.size to 224"):
        check_image(vit, ImageSpec(256, own.mean, own.std))


@pytest.mark.slow
def test_what_cannot_be_is_one_sentence(timm, tmp_path):
    with pytest.raises(ValueError, match=r"timm has no network 'resnet5': did you mean timm/resnet5"):
        load_backbone("timm/resnet5", "none")
    with pytest.raises(ValueError, match=r"timm has no weights 'a9' of resnet18: give resnet18\."):
        load_backbone("timm/resnet18.a9", "none")
    with pytest.raises(ValueError, match="unknown weights 'V1' for timm/resnet18: give none, default, or a path"):
        load_backbone("timm/resnet18", "V1")
    with pytest.raises(ValueError, match="SwinTransformer is neither convolutional nor a ViT"):
        load_backbone("timm/swin_tiny_patch4_window7_224", "none")
    with pytest.raises(ValueError, match="leave stages_left_out at 0"):
        GridEncoder("timm/vit_tiny_patch16_224", "none", stages_left_out=1)
    torch.save({"nothing": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"does not fit timm/resnet18: 1 keys are unknown \(nothing\)"):
        load_backbone("timm/resnet18", str(tmp_path / "other.pth"))
