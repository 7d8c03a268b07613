"""An exported model says, answers and attends as its bundle does, without torch; the folder comes whole or not at all.

Torch's exporter takes some 15 seconds, so what is told of one folder is told in one test.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import onnx
import pytest
import torch
from starlette.testclient import TestClient

import captioner
from captioner.cli.main import main
from captioner.images import ImageSpec
from captioner.inference import Captioner
from captioner.models.bundle import Bundle, load_bundle, save_bundle
from captioner.models.export import graphs
from captioner.models.export.folder import export
from captioner.models.exported import Exported
from captioner.nn.network import Network
from captioner.nn.settings import AnswerSettings, CoreSettings, EncoderSettings, NetworkSettings
from captioner.serving.web.app import create_app
from captioner.serving.work.settings import Limits
from captioner.text.vocabulary import Vocabulary
from tests import two_heads
from tests.same_model import PICTURES, TEXT, check_same

WITHOUT_TORCH = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
from captioner.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
# What comes with numpy, pillow and onnxruntime is all that running an exported model may need.
REFUSED = {
    "torch",
    "torchvision",
    "pytorch_lightning",
    "safetensors",
    "jaxtyping",
    "matplotlib",
    "nltk",
    "rich",
    "onnx",
}


def without_torch(*arguments: object) -> str:
    command = [sys.executable, "-c", WITHOUT_TORCH.format(refused=REFUSED), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("evidence", [False, True])
def test_an_exported_model_does_what_its_bundle_does_and_without_torch(tmp_path, capsys, evidence):
    bundle, out, photo = tmp_path / "bundle", tmp_path / "out", tmp_path / "photo.png"
    two_heads.save(bundle, evidence=evidence)
    assert main(["export", str(bundle), str(out)]) == 0
    assert capsys.readouterr().out.endswith(f" MB); next: captioner caption --model {out} PHOTO\n")
    check_same(captioner.load(bundle), captioner.load(out))
    for graph in out.glob("*.onnx"):  # nothing of the machine that made it
        assert str(Path(captioner.__file__).parent).encode() not in graph.read_bytes()

    PICTURES[0].save(photo)
    for verb in (["caption", photo, "--json"], ["ask", photo, TEXT, "--json"]):
        assert main([verb[0], "--model", str(bundle), *map(str, verb[1:])]) == 0
        wanted = json.loads(capsys.readouterr().out)
        found = json.loads(without_torch(verb[0], "--model", out, *verb[1:]))
        key = "caption" if verb[0] == "caption" else "answer"
        assert (found["photo"], found[key]) == (str(photo), wanted[key])
        assert ("evidence" in found) == (evidence and key == "caption")

    with TestClient(create_app(captioner.load(out), Limits(), folder=out), "http://localhost") as client:
        said = client.post("/v1/caption", content=photo.read_bytes()).json()
        assert said["caption"] == captioner.load(bundle).caption(photo)[0].text
        answered = client.post("/v1/ask", params={"question": TEXT}, content=photo.read_bytes()).json()
        assert answered["answers"][0]["answer"] == captioner.load(bundle).ask(photo, TEXT).text
        assert client.get("/v1/model").json()["network"] is None

    with pytest.raises(subprocess.CalledProcessError) as error:
        without_torch("caption", "--model", bundle, photo)
    needs = "a bundle needs torch, which is not installed; without it, give what `export` made"
    assert error.value.stderr.splitlines() == [f"captioner caption: {bundle}: {needs}"]

    config = json.loads((out / "exported.json").read_text())
    assert config["image"] == json.loads((bundle / "config.json").read_text())["image"]
    assert captioner.Decoding(**config["decoding"]) == captioner.Decoding()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "out", "photo.png"]
    with pytest.raises(ValueError, match=r"out exists already; remove it, or name another folder$"):
        export(load_bundle(bundle), out)
    with pytest.raises(
        ValueError, match=r"^device 'cuda' cannot be used: an exported model runs on the cpu; take cpu$"
    ):
        captioner.load(out, "cuda")
    (out / "step.onnx").write_bytes(b"no graph")
    with pytest.raises(ValueError, match=r"step.onnx cannot be used: .*; export it again$"):
        captioner.load(out)


@pytest.mark.slow
def test_a_bundle_keeps_its_graphs_and_runs_them_on_the_cpu(tmp_path, capsys, monkeypatch):
    bundle = two_heads.save(tmp_path / "bundle")
    plain = captioner.load(bundle)
    assert main(["export", str(bundle)]) == 0
    assert capsys.readouterr().out.endswith(f" MB); next: captioner caption --model {bundle} PHOTO\n")
    fast = captioner.load(bundle)
    assert isinstance(fast.bundle, Exported)
    check_same(plain, fast)
    PICTURES[0].save(tmp_path / "photo.png")
    assert plain.caption(PICTURES[0])[0].text in without_torch("caption", "--model", bundle, tmp_path / "photo.png")

    assert isinstance(captioner.load(bundle, "cpu:0").bundle, Bundle)
    with monkeypatch.context() as without:
        without.setattr("captioner.inference.opening.find_spec", {}.get)
        assert isinstance(captioner.load(bundle).bundle, Bundle)
    save_bundle(bundle, load_bundle(bundle))  # as training does that goes on
    assert isinstance(captioner.load(bundle).bundle, Bundle)


def test_8_bits_want_a_folder_of_their_own(tmp_path, capsys):
    bundle = two_heads.save(tmp_path / "bundle")
    assert main(["export", str(bundle), "--int8", str(tmp_path)]) == 2
    told = "in fewer bits a model may say other words than its bundle; name a folder for it: export BUNDLE OUT\n"
    assert capsys.readouterr().err == f"captioner export: {told}"
    assert not (bundle / "onnx").exists()


KINDS = {
    "gru, two layers, dot": CoreSettings("gru", layers=2, attention="dot", positions=True),
    "rnn without attention": CoreSettings("rnn", attention="none"),
    "lstm without attention": CoreSettings("lstm", layers=2, attention="none"),
    "no gate": CoreSettings(gate=False),
    "words ask, a learned start": CoreSettings(attention="dot", positions=4.0, word_query=True, start="learned"),
    "sparse attention between two layers, which may look away": CoreSettings(
        "gru", 8, 9, 2, asks_after=1, grid=10, width=6, normaliser="entmax", sentinel=True
    ),
    "the word alone sees": CoreSettings("gru", 8, 9, asks_after=1, grid=10, width=6, normaliser="sparsemax"),
}


@pytest.mark.slow
@pytest.mark.parametrize("core", KINDS.values(), ids=KINDS)
def test_every_kind_of_core_is_exported(core, tmp_path):
    core = replace(core, embedding=8, state=9, grid=10, width=6)
    check_exported(EncoderSettings("small", "none"), core, tmp_path, captions=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoder", "mode"),
    [("resnet18", "grid"), ("efficientnet_b0", "grid"), ("convnext_tiny", "grid"), ("efficientnet_b0", "global")],
)
def test_encoders_are_exported(encoder, mode, tmp_path):
    core = CoreSettings(embedding=8, state=9, grid=10, width=6)
    check_exported(EncoderSettings(encoder, "none", mode, side=2 if mode == "grid" else None), core, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stacked", "parallel"])
def test_a_bundle_of_answers_alone_is_exported(kind, tmp_path):
    core = CoreSettings(embedding=8, state=9, grid=10, width=6)
    check_exported(EncoderSettings("small", "none"), core, tmp_path, kind=kind, captions=False)


def check_exported(encoder, core, folder, *, kind="stacked", captions=True):
    torch.manual_seed(0)
    counters = 2 if kind == "parallel" else 0
    head = AnswerSettings(kind, width=7, loss="binary", glimpses=1, counters=counters)
    settings = NetworkSettings(encoder, core, head, tied=False)
    words, answers = two_heads.VOCABULARY, two_heads.ANSWERS
    network = Network(settings, vocabulary=len(words), answers=len(answers), captions=captions)
    bundle = Bundle(settings, network.eval(), words, ImageSpec(size=65), {}, answers)
    export(bundle, folder / "out")
    check_same(Captioner(bundle), captioner.load(folder / "out"))


@pytest.mark.slow
def test_encoder_and_words_in_8_bits_are_smaller_and_nearly_the_same(tmp_path, capsys, monkeypatch):
    bundle, photos = two_heads.save(tmp_path / "bundle"), tmp_path / "photos"
    photos.mkdir()
    for number, picture in enumerate(PICTURES):
        picture.save(photos / f"{number}.png")
    for out, further in (("whole", []), ("bytes", ["--int8", str(photos)])):
        assert main(["export", str(bundle), str(tmp_path / out), *further]) == 0
    written = tmp_path / "whole"  # torch's exporter has said all that it can
    monkeypatch.setattr(graphs, "write_graphs", lambda _, folder, image: copytree(written, folder, dirs_exist_ok=True))
    assert main(["export", str(bundle), str(tmp_path / "words"), "--int8"]) == 0
    whole, few, words = (captioner.load(tmp_path / out) for out in ("whole", "bytes", "words"))
    assert (tmp_path / "words/encoder.onnx").read_bytes() == (written / "encoder.onnx").read_bytes()
    assert (tmp_path / "words/step.onnx").read_bytes() == (tmp_path / "bytes/step.onnx").read_bytes()
    sizes = [(tmp_path / out / "encoder.onnx").stat().st_size for out in ("whole", "bytes")]
    assert sizes[1] < 0.6 * sizes[0]
    operators = Counter(node.op_type for node in onnx.load(tmp_path / "bytes/step.onnx").graph.node)
    assert operators["MatMulInteger"] > 3
    assert not operators["Gemm"]
    assert json.loads((tmp_path / "bytes/exported.json").read_text())["encoder"] == "int8"
    text = "what is on the table"
    wanted, *found = (
        [model.explain(picture, text).log_probability for picture in PICTURES] for model in (whole, few, words)
    )
    for each in found:
        assert 0 < np.abs(np.subtract(wanted, each)).max() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_an_exported_language_model_writes_the_same(cell, tmp_path):
    torch.manual_seed(0)
    letters = Vocabulary.build(["abcde f"], "characters", min_count=1)
    core = CoreSettings(cell, embedding=5, state=7, layers=2)
    settings = NetworkSettings(EncoderSettings("none", "none"), core, tied=False)
    network = Network(settings, vocabulary=len(letters), captions=False).eval()
    bundle = Bundle(settings, network, letters, None)
    export(bundle, tmp_path / "out")
    one, other = Captioner(bundle), captioner.load(tmp_path / "out")
    for prompt, temperature in (("", 1.0), ("bad cafe", 0.7), ("?", 0.0)):
        wanted, found = (
            "".join(model.write(prompt, length=100, temperature=temperature, seed=3)) for model in (one, other)
        )
        assert wanted == found
    with pytest.raises(ValueError, match="this bundle is a language model, which sees no photos"):
        other.caption(PICTURES[0])


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def fail(*arguments, **settings):
        raise OSError("no space left")

    monkeypatch.setattr("captioner.models.export.graphs.write_graphs", fail)
    with pytest.raises(OSError, match="no space left"):
        export(load_bundle(two_heads.save(tmp_path / "bundle")), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize("missing", ["onnx", "onnxscript"])
def test_an_export_without_the_extra_says_what_to_install(missing, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ValueError, match=rf"^export needs {missing}: pip install 'captioner\[export\]'$"):
        export(load_bundle(two_heads.save(tmp_path / "bundle")), tmp_path / "out")
