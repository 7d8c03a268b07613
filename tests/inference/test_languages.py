"""One bundle for several languages: the first word chooses, everywhere alike."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import captioner
from captioner.cli.main import main
from captioner.decoding.search import search
from captioner.decoding.settings import Decoding
from captioner.images import ImageSpec
from captioner.models.bundle import Bundle, load_bundle, save_bundle
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.nn.speaker import Speaker
from captioner.text.vocabulary import Vocabulary
from tests.paths import FIXTURES

PHOTO = FIXTURES / "images" / "val_000000.png"
LONG = Decoding(beam=2, max_words=4, min_words=3)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """It says, whatever it sees, dogs in English and 狗 in Chinese."""
    folder = tmp_path_factory.mktemp("languages") / "bundle"
    torch.manual_seed(0)
    words = Vocabulary.build(["dogs run", "狗跑"], "mixed", 1, ("en", "zh"))
    core = CoreSettings(embedding=8, state=9, grid=10, width=6)
    settings = NetworkSettings(EncoderSettings("small", "none"), core, tied=False)
    network = Network(settings, vocabulary=len(words)).eval()
    torch.nn.init.normal_(network.words.weight, std=3)  # so that the first word decides
    save_bundle(folder, Bundle(settings, network, words, ImageSpec(size=32)))
    return folder


def test_the_language_chooses_what_is_said(bundle):
    model = captioner.load(bundle)
    english, chinese = (model.caption(PHOTO, replace(LONG, language=code))[0].captions[0] for code in ("en", "zh"))
    usual = model.caption(PHOTO, LONG)[0].captions[0]
    assert usual.words == english.words
    assert chinese.log_probability != english.log_probability
    assert not {"<en>", "<zh>"} & {*english.words, *chinese.words}


def test_a_given_caption_is_read_in_its_language(bundle):
    model = captioner.load(bundle)
    said = model.caption(PHOTO, replace(LONG, language="zh"))[0].captions[0]
    read = model.explain(PHOTO, said.text, language="zh")
    assert read.words == said.words
    np.testing.assert_allclose(read.attention, said.attention, atol=1e-5)
    assert model.explain(PHOTO, said.text).log_probability != pytest.approx(read.log_probability)


def test_photos_of_one_batch_may_begin_in_languages_of_their_own(bundle):
    opened = load_bundle(bundle)
    words, pixels = opened.vocabulary, torch.rand(2, 3, 32, 32)
    start = torch.tensor([words.begin("zh"), words.begin("en")])
    with torch.inference_mode():
        speaker = Speaker(opened.network, opened.network.look(pixels))
        together = search(speaker, LONG, start=start, end=words.end, never=words.never_said)
        for place, found in enumerate(together):
            speaker = Speaker(opened.network, opened.network.look(pixels[place, None]))
            (alone,) = search(speaker, LONG, start=int(start[place]), end=words.end, never=words.never_said)
            assert found[0].words == alone[0].words
            assert found[0].log_probability == pytest.approx(alone[0].log_probability, abs=1e-4)


def test_the_command_line_takes_it_and_refuses_others_in_a_sentence(bundle, capsys):
    assert main(["caption", str(PHOTO), "--model", str(bundle), "--language", "zh"]) == 0
    assert main(["caption", str(PHOTO), "--model", str(bundle), "--language", "fr"]) != 0
    assert "the language 'fr' was asked for, but this model knows en, zh" in capsys.readouterr().err


def test_scores_tell_what_they_count(bundle, tmp_path, capsys):
    data = str(FIXTURES / "captions_val.json")
    out = tmp_path / "out"
    assert main(["evaluate", data, "--model", str(bundle), "--language", "zh", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "language zh: scores count Unicode words" in said
    assert "preposition" not in said  # of faults only English ones are known
    scores = (out / "scores.json").read_text("utf-8")
    assert '"language": "zh"' in scores
    assert "scripts without spaces by characters" in scores
    assert main(["score", str(out / "results.json"), data, "--language", "zh"]) == 0
    assert "language zh: scores count Unicode words" in capsys.readouterr().out


@pytest.mark.slow
def test_the_exported_bundle_says_the_same(bundle, tmp_path):
    pytest.importorskip("onnxscript", reason="needs pip install 'captioner[export]'")
    assert main(["export", str(bundle), str(tmp_path / "out")]) == 0
    for code in ("en", "zh"):
        one, other = (
            captioner.load(folder).caption(PHOTO, replace(LONG, language=code))[0].captions[0]
            for folder in (bundle, tmp_path / "out")
        )
        assert one.words == other.words
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-3)
