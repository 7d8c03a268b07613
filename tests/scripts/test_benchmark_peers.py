"""Checkouts of other captioners are recognised, and timed beside ours; the stand-ins here know each next word."""

import sys
from functools import partial

import pytest
import torch

from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.settings import EncoderSettings
from tests.paths import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import benchmark
from benchmarks import checkouts, made_up, measure, training

CPU = measure.Setup(torch.device("cpu"), torch.float32, True, 1)
SIZE = made_up.Size(2, 60, 3)
TUTORIAL = """
import torch
from torch import nn

device = "nowhere"

class DecoderWithAttention(nn.Module):
    def __init__(
        self, attention_dim, embed_dim, decoder_dim, vocab_size, decoder_layers=1, encoder_dim=2048, dropout=0.5
    ):
        super().__init__()
        self.vocabulary, self.channels = vocab_size, encoder_dim
        self.sure = nn.Parameter(torch.tensor(50.0))

    def forward(self, encoder_out, encoded_captions, caption_lengths):
        b, y, x, c = encoder_out.shape
        assert c == self.channels
        lengths, order = caption_lengths.squeeze(1).sort(descending=True)
        captions, steps = encoded_captions[order], (lengths - 1).tolist()
        after = captions[:, 1 : steps[0] + 1]
        scores = self.sure * nn.functional.one_hot(after, self.vocabulary).float().to(device)
        return scores, captions, steps, torch.zeros(b, steps[0], y * x), order
"""
BATCHED = """
import torch
from torch import nn

from ..utils import misc
from .CaptionModel import CaptionModel

class Att2in2Model(CaptionModel):
    def __init__(self, opt):
        super().__init__()
        self.opt, self.sure = opt, nn.Parameter(misc.SURE)
        assert not opt.vocab.items()

    def _forward(self, fc_feats, att_feats, seq, att_masks=None):
        assert fc_feats.shape == (len(seq), self.opt.fc_feat_size)
        assert att_feats.shape == (len(seq), 4, self.opt.att_feat_size)
        after = torch.cat([seq.flatten(0, 1)[:, 1:], torch.full((seq.shape[0] * seq.shape[1], 1), self.opt.eos_idx)], 1)
        return (self.sure * nn.functional.one_hot(after, self.opt.vocab_size + 1)).log_softmax(-1)

    def _sample(self, fc_feats, att_feats, att_masks=None, opt={}):
        assert opt == {"beam_size": 5, "sample_n": 1} and not self.training
        return att_feats.new_zeros(len(att_feats), self.opt.seq_length), None
"""
MODES = """
from torch import nn

class CaptionModel(nn.Module):
    def forward(self, *args, mode="forward", **kwargs):
        return getattr(self, "_" + mode)(*args, **kwargs)
"""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The same code in no time."""
    width = GridEncoder("small", "none").channels
    for module in (made_up, training):
        monkeypatch.setattr(module, "CHANNELS", width)
    monkeypatch.setattr(made_up, "EncoderSettings", partial(EncoderSettings, "small"))
    monkeypatch.setattr(training, "QUICK", [SIZE, SIZE])
    monkeypatch.setattr(checkouts, "PHOTOS", 2)


@pytest.fixture
def tutorial(tmp_path):
    folder = tmp_path / "tutorial"
    folder.mkdir()
    (folder / "models.py").write_text(TUTORIAL)
    return folder


@pytest.fixture
def batched(tmp_path):
    folder = tmp_path / "batched"
    models, utils = folder / "captioning/models", folder / "captioning/utils"
    models.mkdir(parents=True)
    utils.mkdir()
    (models / "__init__.py").write_text("import what_this_model_does_not_need")
    (models / "CaptionModel.py").write_text(MODES)
    (models / "AttModel.py").write_text(BATCHED)
    (utils / "misc.py").write_text("import torch\n\nSURE = torch.tensor(50.0)")
    return folder


def test_each_is_recognised_and_timed_beside_ours(tutorial, batched, monkeypatch):
    def once(sides, device, *, repeats):
        for work in sides.values():
            work()
        return {"ours": [1.0], "peer": [2.0]}

    monkeypatch.setattr(checkouts, "seconds", once)
    found = [checkouts.opened(folder) for folder in (tutorial, batched)]
    rows = list(checkouts.rows(CPU, found))
    assert [row.work for row in rows] == [
        f"training, {SIZE}, peer a-PyTorch-Tutorial-to-Image-Captioning",
        f"training, {SIZE}, peer ImageCaptioning.pytorch",
        "beam 5, 4 places, vocabulary 60, 2 at once, peer ImageCaptioning.pytorch",
    ]
    assert [(row.ours, row.naive) for row in rows] == [(15, 3 / 2), (15, 15 / 2), (2, 1)]


def test_the_loss_is_of_the_words_that_follow(tutorial, batched):
    coverage = 1.0  # of attention that is nowhere
    for folder, least in ((tutorial, coverage), (batched, 0.0)):
        peer, module = checkouts.opened(folder)
        adapted = peer.adapt(module, SIZE, CPU)
        loss = adapted.loss()
        assert loss.item() == pytest.approx(least, abs=1e-5)
        loss.backward()
        assert adapted.decoder.sure.grad is not None


def test_another_folder_ends_the_benchmark_with_a_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "models.py").write_text("class Decoder: pass")
    monkeypatch.setattr(sys, "argv", ["benchmark.py", "--peer", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        benchmark.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{tmp_path} is a checkout of neither a-PyTorch-Tutorial")
    assert told.count("\n") == 1


def test_a_package_that_lacks_is_named(tutorial):
    (tutorial / "models.py").write_text("import not_there_at_all\n" + TUTORIAL)
    with pytest.raises(ValueError, match="tutorial needs the package not_there_at_all, which is not installed"):
        checkouts.opened(tutorial)
