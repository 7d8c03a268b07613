"""What looks at photos may be torch or onnxruntime; the model says the same by both."""

from dataclasses import replace

import pytest
import torch

from captioner.images import ImageSpec
from captioner.inference import Captioner, load
from captioner.inference.engines.choosing import engine_of
from captioner.models.bundle import Bundle, load_bundle
from captioner.models.exported import Exported
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from tests import two_heads
from tests.same_model import check_same

SPEC = ImageSpec(size=32)


@pytest.mark.parametrize(
    "encoder",
    [
        EncoderSettings("small", "none"),
        EncoderSettings("small", "none", side=2),
        EncoderSettings("small", "none", trainable_stages=2, side=2),
        EncoderSettings("small", "none", mode="global"),
    ],
    ids=["frozen", "pooled", "trained", "global"],
)
def test_a_bundle_says_the_same_by_either_engine(encoder):
    torch.manual_seed(0)
    core = CoreSettings("lstm", embedding=8, state=9, grid=10, width=6)
    settings = NetworkSettings(encoder, core, tied=False)
    network = Network(settings, vocabulary=len(two_heads.VOCABULARY)).eval()
    bundle = Bundle(settings, network, two_heads.VOCABULARY, SPEC)
    check_same(Captioner(bundle, engine="torch"), Captioner(bundle, engine="onnxruntime"))


def test_clips_are_seen_the_same_by_either_engine(tmp_path):
    bundle = load_bundle(two_heads.save(tmp_path / "bundle"))
    assert bundle.transform is not None
    pixels = torch.randn(2, 3, *replace(bundle.transform, frames=1).shape).numpy()
    plain, graph = (
        Captioner(bundle, engine=engine).engine.memory(pixels)["grid"] for engine in ("torch", "onnxruntime")
    )
    assert graph.shape == plain.shape
    assert torch.allclose(torch.from_numpy(graph), torch.from_numpy(plain), atol=1e-5)


def test_an_engine_that_cannot_be_used_is_one_sentence(tmp_path, monkeypatch):
    folder = two_heads.save(tmp_path / "bundle")
    monkeypatch.setattr("captioner.models.encoding.graph.missing", lambda: ["onnx"])
    with pytest.raises(ValueError, match=r"^the engine onnxruntime needs onnx: pip install 'captioner\[export\]', or"):
        load(folder, engine="onnxruntime")
    exported = Exported(tmp_path, ["captions"], two_heads.VOCABULARY, SPEC, {})
    with pytest.raises(ValueError, match=r"^an exported model runs without torch; leave the engine out, or name"):
        engine_of(exported, "cpu", compile=False, engine="torch")


def test_a_language_model_has_no_encoder_to_choose_for():
    settings = NetworkSettings(EncoderSettings("none", "none"), CoreSettings("gru", embedding=5, state=7), tied=False)
    network = Network(settings, vocabulary=len(two_heads.VOCABULARY), captions=False).eval()
    bundle = Bundle(settings, network, two_heads.VOCABULARY, None)
    assert "".join(Captioner(bundle, engine="onnxruntime").write("", length=3)) is not None
