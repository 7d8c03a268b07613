"""Evidence: what the classifier says of a photo, by hand, and how it moves the words."""

import math

import pytest
import torch
from torch import nn

from captioner.nn.heads.evidence import ABSENT, FLOOR, Evidence
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, EvidenceSettings, NetworkSettings
from captioner.nn.speaker import Speaker
from captioner.text.nouns import Nouns, classes_of
from captioner.text.vocabulary import Vocabulary

NOUNS = Nouns.of(Vocabulary.build(["a dog runs", "two dogs bark at a man", "a red car near a plate"], min_count=1))
IDS = NOUNS.vocabulary.ids
CORE = CoreSettings(embedding=8, state=9, grid=10, width=6)


def network(**evidence) -> Network:
    torch.manual_seed(0)
    settings = NetworkSettings(
        EncoderSettings("small", "none"),
        CORE,
        dropout=0.0,
        evidence=EvidenceSettings("imagenet", kinds=len(NOUNS.kinds), **evidence),
    )
    made = Network(settings, vocabulary=len(NOUNS.vocabulary))
    assert made.evidence is not None
    made.evidence.fill(NOUNS)
    return made.eval()


def head(of: Network) -> Evidence:
    assert of.evidence is not None
    return of.evidence


def photos() -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_evidence_of_a_word_is_the_sum_of_its_classes():
    made = Evidence(2, classes=3, kinds=2, vocabulary=6, state=4, classifier=nn.Linear(2, 3))
    nouns = Nouns(NOUNS.vocabulary, ((0, 2), (1,)), (0, 0, 1, 2, 1, 0), (0, 1, 2, 3, 2, 5), (0, 1, 3, 2, 2, 5))
    made.fill(nouns)
    features = torch.randn(1, 4, 2)
    hints = made.eval()(features)
    p = made.classifier(features.mean(1)).softmax(1)[0].tolist()
    first, second = math.log1p((p[0] + p[2]) / FLOOR), math.log1p(p[1] / FLOOR)
    torch.testing.assert_close(hints.scores[0], torch.tensor([0, 0, first, second, first, 0]))
    torch.testing.assert_close(hints.classes[0].tolist(), p)
    said, gates = torch.arange(6.0)[None], torch.tensor([[0.5]])
    shy = made.shyness.item()
    wanted = [0, 1, 2 + first / 2, 3 + second / 2, 2 - shy + first / 2, 5]
    torch.testing.assert_close(made.logits(said, gates, hints.scores, hints.rows)[0], torch.tensor(wanted))


def test_teacher_forcing_equals_saying_word_by_word():
    net = network()
    nn.init.normal_(head(net).gate.weight)
    memory = net.look(photos())
    words = torch.tensor([[1, IDS["a"], IDS["cat"]], [1, IDS["dog"], IDS["runs"]]] * 2)
    said = net.caption(memory, words, torch.tensor([3, 2, 3, 3]))
    speaker = Speaker(net, memory)
    state = speaker.select(speaker.begin(), torch.tensor([0, 0, 1, 1]))
    for time in range(2):
        spoken = speaker.step(words[:, time], state)
        state, here = spoken.state, said.plan.times == time
        order = said.plan.rows[here]
        torch.testing.assert_close(said.logits[here], spoken.logits[order])
        torch.testing.assert_close(said.gates[here], spoken.gates[order])


def test_a_noun_never_captioned_differs_from_its_source_by_evidence_alone():
    net = network(boldness=1.5)
    nn.init.constant_(head(net).classifier.bias[classes_of("cat")[0]], 20.0)
    memory = net.look(photos())
    spoken = net.speak(memory, torch.tensor([IDS["a"]] * 2), net.core.begin(memory))
    scores = memory.hints.scores
    apart = spoken.logits[:, IDS["cat"]] - spoken.logits[:, IDS["dog"]]
    moved = spoken.gates[:, 0] * (scores[:, IDS["cat"]] - scores[:, IDS["dog"]]) - head(net).shyness + 1.5
    torch.testing.assert_close(apart, moved)
    alike = [net.embed(torch.tensor([IDS[word]]), memory) for word in ("cat", "dog")]
    assert torch.equal(*alike)


def test_what_captions_never_had_is_not_said_where_it_is_not_plainly_there():
    net = network()
    nn.init.constant_(head(net).classifier.bias[classes_of("dog")[0]], 20.0)
    memory = net.look(photos())
    spoken = net.speak(memory, torch.tensor([IDS["a"]] * 2), net.core.begin(memory))
    assert (memory.hints.scores[:, IDS["cat"]] == ABSENT).all()
    assert (spoken.logits[:, IDS["cat"]] < -50).all()
    assert (memory.hints.scores[:, IDS["plate"]] >= 0).all()


def test_photos_kept_keep_their_evidence():
    memory = network().look(photos())
    kept = memory.keep(torch.tensor([1]))
    assert torch.equal(kept.hints.scores, memory.hints.scores[1:])
    assert torch.equal(kept.hints.classes, memory.hints.classes[1:])


def test_in_training_captioned_nouns_borrow_by_chance_and_only_gate_and_shyness_are_learned():
    net = network(borrowing=0.5).train()
    rows = torch.stack([net.look(photos()).hints.rows for _ in range(40)])
    dog, runs = rows[:, IDS["dog"]], rows[:, IDS["runs"]]
    assert set(dog.tolist()) == {IDS["dog"], NOUNS.others[IDS["dog"]]}
    assert set(runs.tolist()) == {IDS["runs"]}
    words = torch.full((2, 3), IDS["dog"])
    net.caption(net.look(photos()), words, torch.tensor([3, 3])).logits[:, IDS["cat"]].sum().backward()
    grads = {name for name, value in head(net).named_parameters() if value.grad is not None}
    assert grads == {"gate.weight", "gate.bias", "shyness"}
    assert net.words.weight.grad is not None
    assert net.words.weight.grad[IDS["cat"]].abs().sum() == 0


def test_without_it_nothing_is_there():
    torch.manual_seed(0)
    plain = Network(NetworkSettings(EncoderSettings("small", "none"), CORE), vocabulary=9)
    assert plain.evidence is None
    assert not [name for name in plain.own_state() if "evidence" in name]
    assert plain.eval().look(photos()).hints is None


def test_tables_of_a_stranger_are_checked():
    tables = head(network())
    tables.check()
    tables.own[5] = len(tables.own)
    with pytest.raises(ValueError, match="name words or kinds that are not there"):
        tables.check()
