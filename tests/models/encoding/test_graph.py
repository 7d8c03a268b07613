import json

import pytest
import torch

from captioner.models.encoding.fastest import Fastest
from captioner.nn.encoder import walking
from captioner.nn.encoder.blueprint import blueprint
from captioner.nn.encoder.building import built
from captioner.nn.encoder.grid import GridEncoder


def described(name="small"):
    encoder = GridEncoder(name, "none").eval()
    parts = built(json.loads(json.dumps(blueprint(encoder.parts))))
    parts.stem.load_state_dict(encoder.stem.state_dict())
    return encoder, parts.stem.eval()


def test_a_network_that_a_bundle_describes_is_written_too():
    encoder, walk = described()
    seen = torch.randn(5, 3, 33, 33)
    assert torch.allclose(Fastest(walk, engine="onnxruntime")(seen), encoder.begin(seen), atol=1e-5)


def test_it_is_measured_before_it_is_written(monkeypatch):
    _, walk = described()
    monkeypatch.setattr(walking, "WORK", 10)
    with pytest.raises(ValueError, match="take more work than any known network"):
        Fastest(walk, engine="onnxruntime")(torch.randn(2, 3, 33, 33))


@pytest.mark.parametrize("engine", ["torch", "onnxruntime"])
def test_a_training_in_bfloat16_changes_no_number_in_float32(engine):
    encoder = GridEncoder("small", "none").eval()
    seen = torch.randn(2, 3, 33, 33)
    with torch.autocast("cpu", torch.bfloat16):
        features = Fastest(encoder.stem, engine=engine)(seen)
    assert torch.allclose(features, encoder.stem(seen), atol=1e-5)
