"""The photo beside a sentence: further places under the same softmax, which may be missing."""

from dataclasses import replace

import pytest
import torch

from captioner.nn.core.beside import Beside, Photos
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, EvidenceSettings, NetworkSettings, ReaderSettings

SETTINGS = NetworkSettings(
    EncoderSettings("small", "none", side=2),
    CoreSettings(cell="gru", embedding=6, state=7, grid=8, width=5),
    reader=ReaderSettings("gru", 4),
    sentences=True,
    dropout=0.0,
)
SENTENCES = torch.tensor([[5, 6, 7, 2], [8, 2, 0, 0], [9, 4, 2, 0]])
WORDS, LENGTHS = torch.tensor([[1, 3, 4], [1, 5, 6], [1, 7, 8]]), torch.full((3,), 3)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Network(SETTINGS, vocabulary=12).eval().double()


def photos(network, rows, *, places=4):
    torch.manual_seed(1)
    features = torch.randn(2, places, network.encoder.channels, dtype=torch.double)
    return Photos(features, torch.tensor(rows))


def said(network, sentences, beside):
    count = len(sentences)
    return network.caption(network.look(sentences, photos=beside), WORDS[:count], LENGTHS[:count])


def of_row(made, row):
    """Logits and attention of one row's words."""
    mine = made.plan.rows == row
    return made.logits[mine], made.trace.p[mine]


def test_words_and_places_share_one_softmax_and_the_start(network):
    memory = network.look(SENTENCES, photos=photos(network, [0, 1, 0]))
    assert memory.grid.shape == (3, 4 + 4, 8)
    made = said(network, SENTENCES, photos(network, [0, 1, 0]))
    torch.testing.assert_close(made.trace.p.sum(dim=1), torch.ones(9, dtype=torch.double))
    share = made.trace.p[:, 4:].sum(dim=1)
    assert bool(((share > 0) & (share < 1)).all())
    alone = network.look(SENTENCES)
    assert not torch.allclose(network.core.begin(memory).hidden, network.core.begin(alone).hidden)


def test_the_order_of_the_places_changes_nothing(network):
    given = photos(network, [0, 1, 0])
    turned = given._replace(features=given.features[:, [2, 0, 3, 1]])
    one, other = said(network, SENTENCES, given), said(network, SENTENCES, turned)
    torch.testing.assert_close(one.logits, other.logits, rtol=0, atol=1e-12)
    torch.testing.assert_close(one.trace.p[:, 4:][:, [2, 0, 3, 1]], other.trace.p[:, 4:], rtol=0, atol=1e-12)


def test_a_sentence_whose_photo_is_missing_is_read_as_if_there_were_none(network):
    together = said(network, SENTENCES, photos(network, [0, -1, 1]))
    logits, p = of_row(together, 1)
    wanted, words = of_row(said(network, SENTENCES, None), 1)
    torch.testing.assert_close(logits, wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(p[:, :4], words, rtol=0, atol=1e-12)
    assert not p[:, 4:].any()


def test_a_photo_belongs_to_its_own_sentence(network):
    logits, p = of_row(said(network, SENTENCES, photos(network, [1, 0, 1])), 1)
    alone, near = of_row(said(network, SENTENCES[1:2, :2], photos(network, [0])), 0)
    # after the start word, which all rows read; those behind it differ
    torch.testing.assert_close(p[0, 4:], near[0, 2:], rtol=0, atol=1e-12)
    torch.testing.assert_close(logits[0], alone[0], rtol=0, atol=1e-12)


def test_in_training_photos_are_left_out_as_often_as_was_asked():
    torch.manual_seed(0)
    beside = Beside(5, 3, photo_dropout=0.25)
    given = Photos(torch.randn(1, 2, 5), torch.zeros(2000, dtype=torch.long))
    words, mask = torch.randn(2000, 1, 3), torch.ones(2000, 1, dtype=torch.bool)
    left_out = ~beside(words, mask, given)[1][:, 1:]
    assert torch.equal(left_out[:, 0], left_out[:, 1])
    assert left_out.float().mean().item() == pytest.approx(0.25, abs=0.04)
    assert beside.eval()(words, mask, given)[1].all()


def test_what_is_learned_reaches_the_projection_but_not_the_encoder(network):
    made = said(network, SENTENCES, photos(network, [0, -1, 1]))
    made.logits.sum().backward()
    assert network.beside.places.weight.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in network.encoder.parameters())


def test_settings_make_the_round_trip_and_old_ones_have_no_photos():
    assert (SETTINGS.sees, SETTINGS.reads) == (True, True)
    assert NetworkSettings.from_dict(SETTINGS.to_dict()) == SETTINGS
    old = NetworkSettings(EncoderSettings("reader", "none")).to_dict()
    del old["sentences"]
    known = NetworkSettings.from_dict(old)
    assert (known.sees, known.reads) == (False, True)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"encoder": EncoderSettings("none")},
            "photos beside sentences need an encoder that sees them, and it is none",
        ),
        ({"core": CoreSettings(components=True)}, "set them false; beside sentences, photos may have positions"),
        ({"evidence": EvidenceSettings("imagenet")}, "evidence is for captions of photos, and there are sentences"),
    ],
)
def test_settings_that_cannot_be(changed, reason):
    with pytest.raises(ValueError, match=reason):
        replace(SETTINGS, **changed)


def test_places_may_tell_where_they_lie():
    settings = replace(SETTINGS, core=replace(SETTINGS.core, positions=0.5))
    network = Network(settings, vocabulary=12)
    assert network.beside.places.positions == 0.5
    assert network.core.project.positions == 0


def test_every_weight_that_is_learned_takes_part_though_no_sentence_has_a_photo(network):
    network.zero_grad()
    said(network, SENTENCES, photos(network, [-1, -1, -1])).logits.sum().backward()
    assert {name for name, weight in network.named_parameters() if weight.grad is None} == {
        name for name, _ in network.named_parameters() if name.startswith("encoder.")
    }
