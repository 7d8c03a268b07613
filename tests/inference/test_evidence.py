"""Which evidence made a word: told by captions, in JSON and on pages, also of several bundles."""

import json

import numpy as np
import pytest
import torch

import captioner
from captioner.cli.main import main
from captioner.files import read_tensors, write_tensors
from captioner.inference import Caption
from captioner.inference.engines.engine import shares
from captioner.models.bundle import Bundle, load_bundle
from captioner.text.nouns import class_names, classes_of
from tests import two_heads
from tests.same_model import PICTURES


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("named") / "bundle", evidence=True)


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    PICTURES[0].save(path)
    return path


def test_the_share_of_a_word_is_what_its_odds_owe_to_evidence(bundle, photo):
    model = captioner.load(bundle)
    assert isinstance(model.bundle, Bundle)
    assert model.bundle.network.evidence is not None
    with torch.no_grad():
        model.bundle.network.evidence.classifier.bias[classes_of("cat")[0]] = 20.0
    said = model.explain(photo, "the cat is on chairs")
    by_word = dict(zip(said.words, said.evidence, strict=True))
    assert by_word["the"] == by_word["is"] == (0.0, ())
    assert 0 < by_word["cat"].share < 1
    assert len(by_word["cat"].classes) == 3
    assert {name for name, _ in by_word["cat"].classes} <= {class_names()[each] for each in classes_of("cat")}
    given, gates = [2, 0], np.array([[1.0, 2.0], [3.0, 0.5]])
    scores = [np.array([0.0, 0, 1.0]), np.array([0.0, 0, 0.5])]
    np.testing.assert_allclose(shares(given, gates, scores), [1 - np.exp(-1.0), 0])


def test_several_bundles_with_evidence_speak_together(bundle, photo):
    alone = captioner.load(bundle).caption(photo)[0].captions[0]
    both = captioner.load([bundle, bundle]).caption(photo)[0].captions[0]
    assert both.text == alone.text
    np.testing.assert_allclose([each.share for each in both.evidence], [e.share for e in alone.evidence], atol=1e-5)


def test_json_and_page_tell_it(bundle, photo, tmp_path, capsys):
    assert main(["caption", str(photo), "--model", str(bundle), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["word"] for each in told["evidence"]] == told["caption"].split()
    page = tmp_path / "page.html"
    assert main(["attend", str(photo), "--model", str(bundle), "--caption", "the cat", "--out", str(page)]) == 0
    sure = captioner.load(bundle).explain(photo, "the cat").seen
    assert ("data-seen>cat" in page.read_text()) == bool(sure[1])


def test_the_star_of_a_picture_is_explained(bundle, photo, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Caption, "seen", property(lambda caption: ("", "seen: tabby 90%")))
    assert (
        main(["attend", str(photo), "--model", str(bundle), "--caption", "the cat", "--out", f"{tmp_path}/a.png"]) == 0
    )
    assert capsys.readouterr().err == (
        "captioner attend: * is named for what the encoder's classifier saw: cat* seen: tabby 90%\n"
    )


def test_changed_tables_are_refused(bundle, tmp_path):
    folder = two_heads.save(tmp_path / "changed", evidence=True)
    state = read_tensors(folder / "model.safetensors")
    state["evidence.slots"][7] = 10**6
    write_tensors(folder / "model.safetensors", state)
    with pytest.raises(ValueError, match="tables of its evidence name words or kinds that are not there"):
        load_bundle(folder)
