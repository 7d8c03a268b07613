"""The same captions and answers from a GPU as from the processor, shown with a stand-in."""

import numpy as np
from PIL import Image

from captioner.decoding.settings import Decoding
from captioner.inference import Captioner
from captioner.models.bundle import load_bundle
from tests import two_heads
from tests.stand_in_gpu import StandInGpu, moved


def test_a_bundle_says_and_answers_the_same_on_a_gpu(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 40, 30, 3), np.uint8)
    photos = [Image.fromarray(each) for each in pixels]
    results = []
    for device in ("cpu", "cuda:0"):
        bundle = load_bundle(two_heads.save(tmp_path / "bundle"))
        with StandInGpu():
            if device != "cpu":
                moved(bundle.network)
            model = Captioner(bundle, device)
            said = model.caption(photos, Decoding(beam=3, max_words=5))
            explained = model.explain(photos[0], "a table")
            answered = model.ask(photos[1], "what is on the table?")
            results.append((said, explained, answered))
    (said, explained, answered), (others, other, again) = results
    assert [one.captions[0].text for one in said] == [one.captions[0].text for one in others]
    np.testing.assert_allclose(explained.attention, other.attention, atol=1e-5)
    assert answered.text == again.text
