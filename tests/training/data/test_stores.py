"""Features that are kept: those of both engines count as the same; those of 8 bits have a store of their own."""

import numpy as np
import pytest

from captioner.models.encoding import graph

FROZEN = ("--model.network.encoder.trainable_stages=0", "--data.batch_size=1", "--trainer.max_epochs=1")


def stores(folder):
    return {path.name: path for path in (folder / "features").iterdir() if path.is_dir()}


def features(store):
    return np.fromfile(store / "features.bin", np.float16).astype(np.float32)


@pytest.mark.slow
def test_features_by_another_engine_are_found_again_and_8_bits_are_others(verb, own_folder, tmp_path, monkeypatch):
    assert verb("fit", "--run=torch", "--data.engine=torch", *FROZEN) == 0
    made = stores(own_folder)
    by_torch = {name: features(store) for name, store in made.items()}
    assert verb("fit", "--run=same", "--data.engine=onnxruntime", *FROZEN) == 0
    assert stores(own_folder) == made

    (own_folder / "features").rename(own_folder / "before")
    assert verb("fit", "--run=graph", "--data.engine=onnxruntime", *FROZEN) == 0
    assert set(stores(own_folder)) == set(made)
    for name, store in stores(own_folder).items():
        largest = np.abs(by_torch[name]).max()
        np.testing.assert_allclose(features(store), by_torch[name], rtol=2e-3, atol=1e-5 * largest)
        assert (features(store) == by_torch[name]).mean() > 0.9

    assert verb("fit", "--run=rough", "--data.engine=int8", *FROZEN) == 0
    assert len(stores(own_folder)) == 2 * len(made)
    (kept,) = (own_folder / "features").glob("int8_*.onnx")
    before = kept.read_bytes()
    assert verb("fit", "--run=rough_again", "--data.engine=int8", *FROZEN) == 0
    assert len(stores(own_folder)) == 2 * len(made)
    assert kept.read_bytes() == before


def test_an_engine_that_cannot_be_used_is_one_sentence(verb, monkeypatch):
    with pytest.raises(ValueError, match=r"^data.engine is int8, which computes on the cpu in float32 or bf16-mixed, "):
        verb("fit", "--data.engine=int8", "--trainer.precision=64-true", *FROZEN)
    monkeypatch.setattr(graph, "missing", lambda: ["onnxscript"])
    with pytest.raises(ValueError, match=r"^the engine onnxruntime needs onnxscript: pip install"):
        verb("fit", "--run=b", "--data.engine=onnxruntime", *FROZEN)
