"""Weights into networks: from files, from torchvision's folder of downloads, and every way in which that fails."""

from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torchvision import models

from captioner.files import write_tensors
from captioner.nn.encoder.backbones import load_backbone
from captioner.nn.encoder.grid import GridEncoder

NAME = "shufflenet_v2_x0_5"  # the smallest of torchvision's


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return models.get_model(NAME, weights=None).state_dict()


def grid(weights: object, name: str = NAME, **settings) -> torch.Tensor:
    pixels = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    return GridEncoder(name, str(weights), **settings)(pixels)


def wanted(state) -> torch.Tensor:
    model = models.get_model(NAME, weights=None)
    model.load_state_dict(state)
    return without_pooling(model.eval())


def without_pooling(model) -> torch.Tensor:
    pixels = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    maps = model.stage4(model.stage3(model.stage2(model.maxpool(model.conv1(pixels)))))
    return model.conv5(maps).flatten(2).transpose(1, 2)


@pytest.mark.parametrize("ending", [".pth", ".pt", ".safetensors"])
def test_weights_from_a_file(tmp_path, state, ending):
    path = tmp_path / f"weights{ending}"
    write_tensors(path, state) if ending == ".safetensors" else torch.save(state, path)
    torch.testing.assert_close(grid(path), wanted(state), rtol=0, atol=1e-4)


def test_half_precision_weights_become_float32(tmp_path, state):
    half = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    torch.save(half, tmp_path / "half.pth")
    encoder = GridEncoder(NAME, str(tmp_path / "half.pth"), trainable_stages=1)
    assert {value.dtype for value in encoder.parameters()} == {torch.float32}
    torch.testing.assert_close(grid(tmp_path / "half.pth"), wanted(half), rtol=0, atol=1e-4)


def test_the_classifier_and_counts_of_batches_may_be_missing(tmp_path, state):
    torch.save(
        {k: v for k, v in state.items() if "num_batches" not in k and not k.startswith("fc.")}, tmp_path / "w.pth"
    )
    encoder = GridEncoder(NAME, str(tmp_path / "w.pth"), trainable_stages=2)
    assert not any(value.is_meta for value in encoder.state_dict().values())
    torch.testing.assert_close(grid(tmp_path / "w.pth"), wanted(state), rtol=0, atol=1e-4)


def test_missing_keys_are_listed(tmp_path, state):
    torch.save({key: value for key, value in state.items() if key != "conv5.0.weight"}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w.pth does not fit shufflenet.*: 1 keys are missing \(conv5.0.weight\)"):
        grid(tmp_path / "w.pth")


def test_what_the_vector_passes_must_not_be_missing(tmp_path):
    state = models.get_model("mobilenet_v3_small", weights=None).state_dict()
    torch.save({key: value for key, value in state.items() if not key.startswith("classifier")}, tmp_path / "w.pth")
    assert grid(tmp_path / "w.pth", "mobilenet_v3_small").isfinite().all()
    with pytest.raises(ValueError, match=r"2 keys are missing \(classifier.0.weight, classifier.0.bias\)"):
        grid(tmp_path / "w.pth", "mobilenet_v3_small", mode="global")


def test_foreign_keys_are_listed(tmp_path, state):
    foreign = {f"module.{key}": value for key, value in state.items()}
    torch.save(foreign, tmp_path / "w.pth")
    first = ", ".join(list(foreign)[:5])
    with pytest.raises(ValueError, match=rf"{len(foreign)} keys are unknown \({first}, …\); were the weights saved"):
        grid(tmp_path / "w.pth")


def test_keys_of_another_shape_are_listed(tmp_path, state):
    torch.save(state | {"conv5.0.weight": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"1 keys are of another shape \(conv5.0.weight\)"):
        grid(tmp_path / "w.pth")


class Trap:
    """Unpickled by an unsafe reader, this leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_a_pickle_that_would_run_code_is_refused_and_not_run(tmp_path):
    torch.save({"conv1.weight": Trap(tmp_path / "ran")}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w\.pth cannot be read as weights"):
        grid(tmp_path / "w.pth")
    assert not (tmp_path / "ran").exists()


def test_a_missing_file_is_said_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"w\.pth: no such weights file"):
        grid(tmp_path / "w.pth")


def test_an_unknown_network_is_said_in_one_sentence():
    with pytest.raises(
        ValueError,
        match=r"unknown encoder 'resnet19': give `small`, efficientnet_lite2, timm/NAME or a .*: alexnet, .*resnet18",
    ):
        load_backbone("resnet19", "none")


@pytest.mark.parametrize("name", ["fasterrcnn_resnet50_fpn", "raft_small"])
def test_what_is_no_classifier_is_unknown(name):
    with pytest.raises(ValueError, match="unknown encoder"):
        load_backbone(name, "none")


def test_unknown_weights_are_said_in_one_sentence():
    with pytest.raises(
        ValueError, match="unknown weights 'V9' for resnet50: give none, default, IMAGENET1K_V1, IMAGENET1K_V2, or"
    ):
        load_backbone("resnet50", "V9")
    with pytest.raises(ValueError, match="unknown weights 'default' for small: give none, or a path ending in"):
        load_backbone("small", "default")


@pytest.mark.parametrize("weights", ["default", "IMAGENET1K_V1", "ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1"])
def test_torchvisions_own_weights(tmp_path, monkeypatch, state, weights):
    """Found where torchvision keeps its downloads, under the name that it expects; a found file is not hashed again."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    url = models.get_model_weights(NAME).DEFAULT.url
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    torch.save(state, tmp_path / "hub/checkpoints" / url.rpartition("/")[2])
    torch.testing.assert_close(grid(weights), wanted(state), rtol=0, atol=1e-4)


def no_network(url, destination, hash_prefix=None, progress=True):
    raise URLError("no route to host")


def wrong_hash(url, destination, hash_prefix=None, progress=True):
    assert hash_prefix
    raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "0")')


@pytest.mark.parametrize(("download", "reason"), [(no_network, "no route to host"), (wrong_hash, "invalid hash value")])
def test_a_failed_download_is_said_in_one_sentence(tmp_path, monkeypatch, download, reason):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    with pytest.raises(
        OSError, match=f"weights default of {NAME} could not be downloaded .*{reason}.*give a local file"
    ):
        load_backbone(NAME, "default")


def test_regnet_which_cannot_be_made_without_numbers_loads_from_a_file(tmp_path):
    model = models.get_model("regnet_y_400mf", weights=None)
    torch.save(model.state_dict(), tmp_path / "w.pth")
    assert grid(tmp_path / "w.pth", "regnet_y_400mf").isfinite().all()
