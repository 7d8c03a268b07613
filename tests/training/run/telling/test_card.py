"""The model card tells what the run knows, and nothing of the machine that it ran on."""

from dataclasses import replace

import pytest

from captioner.models.bundle import load_bundle
from captioner.training.run.telling.card import model_card
from tests import two_heads

ABOUT = {
    "made": "2026-01-02T03:04:05+00:00",
    "epoch": 6,
    "step": 1316,
    "scores": {"val/bleu4_greedy": 0.20189829, "val/photos": 1000.0},
    "train": {
        "captions": {"file": "/home/somebody/secret/captions_train.json", "photos": 6000, "count": 30000},
        "questions": {"file": "questions.json", "photos": 700, "count": 6795},
    },
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return replace(load_bundle(two_heads.save(tmp_path_factory.mktemp("two") / "bundle")), about=ABOUT)


def test_the_card_tells_data_scores_limits_and_the_licence(bundle):
    card = model_card(replace(bundle, about=ABOUT | {"licence": "CC-BY-4.0"}), "flickr8k")
    assert card.startswith(
        "---\nlicense: cc-by-4.0\nlibrary_name: captioner\npipeline_tag: image-to-text\n"
        "tags:\n- image-to-text\n- visual-question-answering\n---\n\n# flickr8k\n"
    )
    for line in (
        "says captions of photos and answers questions about photos. It has 1 layer of LSTM, state 9, encoder small,",
        "additive attention, photos of 32 x 32 pixels, 10 words, ",
        'captioner ask --model BUNDLE photo.jpg "what is on the table?"',
        "| captions | captions_train.json | 6,000 | 30,000 |",
        "| questions | questions.json | 700 | 6,795 |",
        "| bleu4_greedy | 0.2019 |",
        "which chose epoch 7;",
        "with one of the 4 answers that it knows",
        "## Licence\n\nCC-BY-4.0\n",
        "; 2026-01-02T03:04:05+00:00.",
    ):
        assert line in card
    assert "secret" not in card
    header, rule = card.split("| Trained on")[1].splitlines()[:2]
    assert header.count("|") == rule.count("|") - 1 == 4


def test_a_licence_that_nobody_stated_is_not_made_up(bundle):
    card = model_card(bundle, "flickr8k")
    assert "license:" not in card
    assert "## Licence\n\nNone was stated.\n" in card
