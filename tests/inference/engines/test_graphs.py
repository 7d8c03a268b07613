"""The engine of exported models, on graphs that torch computes; the slow tests of `exporting` run true ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from captioner.images import ImageSpec
from captioner.inference import Captioner
from captioner.models.bundle import Bundle, load_bundle
from captioner.models.export.graphs import Answering, Hearing, Looking
from captioner.models.exported import Exported
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.text.vocabulary import Vocabulary
from tests import two_heads
from tests.same_model import PICTURES, check_same

GRAPHS = {"encoder": Looking, "step": Hearing, "answers": Answering}


class TorchGraph:
    """What `Graph` is, computed by the module that is exported."""

    def __init__(self, network: Network, path: Path) -> None:
        self.module = GRAPHS[path.stem](network).eval()
        core = network.settings.core
        self.shapes = {name: [core.layers, "photos", "rows", core.state] for name in ("hidden", "cell")}

    @torch.no_grad()
    def __call__(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        told = self.module({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in given.items()})
        return {name: value.numpy() for name, value in told.items()}


def as_exported(bundle: Bundle, monkeypatch) -> Captioner:
    monkeypatch.setattr(
        "captioner.inference.engines.graphs.Graph", lambda path, counts=False: TorchGraph(bundle.network, path)
    )
    monkeypatch.setattr("captioner.inference.engines.graphs.check_fit", lambda *_: None)  # torch states no shapes
    return Captioner(Exported(Path(), bundle.heads, bundle.vocabulary, bundle.transform, {}, bundle.answers))


@pytest.mark.parametrize("captions", [True, False])
def test_it_does_what_the_networks_engine_does(captions, tmp_path, monkeypatch):
    bundle = load_bundle(two_heads.save(tmp_path / "bundle", captions=captions))
    check_same(Captioner(bundle), as_exported(bundle, monkeypatch))


SMALL = CoreSettings("lstm", embedding=8, state=9, grid=10, width=6)


@pytest.mark.parametrize(
    "core",
    [
        replace(SMALL, layers=2, attention="none"),
        replace(SMALL, attention="dot", positions=True),
        replace(SMALL, word_query=True, start="learned"),
    ],
)
def test_every_attention_is_followed(core, monkeypatch):
    torch.manual_seed(0)
    settings = NetworkSettings(EncoderSettings("small", "none"), core, tied=False)
    network = Network(settings, vocabulary=len(two_heads.VOCABULARY)).eval()
    bundle = Bundle(settings, network, two_heads.VOCABULARY, ImageSpec(size=32))
    check_same(Captioner(bundle), as_exported(bundle, monkeypatch))


def test_a_language_model_writes_the_same(monkeypatch):
    torch.manual_seed(0)
    letters = Vocabulary.build(["abcde f"], "characters", min_count=1)
    settings = NetworkSettings(
        EncoderSettings("none", "none"), CoreSettings("lstm", embedding=5, state=7, layers=2), tied=False
    )
    bundle = Bundle(settings, Network(settings, vocabulary=len(letters), captions=False).eval(), letters, None)
    one, other = Captioner(bundle), as_exported(bundle, monkeypatch)
    for prompt, temperature in (("", 1.0), ("bad cafe", 0.7), ("?", 0.0)):
        wanted, found = (
            "".join(each.write(prompt, length=40, temperature=temperature, seed=3)) for each in (one, other)
        )
        assert wanted == found
    with pytest.raises(ValueError, match="this bundle is a language model, which sees no photos"):
        other.caption(PICTURES[0])


def test_it_runs_on_the_cpu_only(tmp_path, monkeypatch):
    bundle = load_bundle(two_heads.save(tmp_path / "bundle"))
    exported = as_exported(bundle, monkeypatch).bundle
    with pytest.raises(ValueError, match=r"^device 'cuda' cannot be used: an exported model runs on the cpu; .*"):
        Captioner(exported, "cuda")
    with pytest.raises(ValueError, match=r"^an exported model runs without torch, so torch.compile cannot help it; .*"):
        Captioner(exported, compile=True)
