"""Training on scores: its gradient, its samples, its rewards, a toy that is solved, and runs that equal each other."""

import csv
import json
from collections import Counter
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from pytorch_lightning import Trainer

from captioner.data.feed.batches import padded
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.scoring.captions.scores import score_captions
from captioner.text.vocabulary import Vocabulary
from captioner.training.tasks.caption_part import CaptionPart, look
from captioner.training.tasks.photos import CaptionTask
from captioner.training.tasks.self_critical import SelfCritical, SelfCriticalPart
from tests.training.run.test_cli import files, in_a_process


def part(references, *, dtype=torch.float32, dropout=0.0, **settings):
    """A small network that has not learned anything, with as many photos of noise as there are references."""
    torch.manual_seed(0)
    vocabulary = Vocabulary.build([caption for captions in references for caption in captions], min_count=1)
    core = CoreSettings(cell="gru", embedding=8, state=12, grid=8, width=6)
    shape = NetworkSettings(EncoderSettings("small", "none"), core, dropout=dropout)
    network = Network(shape, vocabulary=len(vocabulary)).to(dtype)
    batch = {
        "pixels": torch.randn(len(references), 3, 32, 32, dtype=dtype),
        "index": torch.arange(len(references)),
    }
    return SelfCriticalPart(network, SelfCritical(**settings), 0.0, vocabulary, references), batch


def said_again(critic, batch, caption, temperature):
    """Σ log p of a caption of the first photo, word by word as a search asks for them, among what may be said."""
    network, vocabulary = critic.network, critic.vocabulary
    memory = look(network, batch)
    memory = memory.keep(torch.tensor([0]))
    state, total = network.core.begin(memory), torch.zeros((), dtype=torch.float64)
    allowed = [word for word in range(len(vocabulary)) if word not in vocabulary.never_said]
    for before, word in zip([vocabulary.start, *caption], caption, strict=False):
        spoken = network.speak(memory, torch.tensor([before]), state)
        total = total + (spoken.logits[0, allowed] / temperature).log_softmax(0)[allowed.index(word)]
        state = spoken.state
    return total


@pytest.mark.usefixtures("unchecked")  # the shapes' checks know float32 alone
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_the_gradient_is_that_of_its_definition(temperature):
    """-1/k Σ (r - mean of the others) ∇ log p, each caption said again by itself, in float64."""
    references = [["dog runs", "dog"], ["a cat"]]
    critic, batch = part(references, dtype=torch.float64, temperature=temperature, max_words=3, samples=4)
    batch = {name: value[:1] for name, value in batch.items()}
    parameters = [value for value in critic.network.parameters() if value.requires_grad]
    critic.network.train()
    loss = critic.loss(look(critic.network, batch), batch, seed=1, first=0)
    found = torch.autograd.grad(loss.total, parameters)
    (captions,) = critic.sample(batch, seed=1, first=0)
    rewards = critic.rewards(batch, [captions])[0].tolist()
    assert len(set(rewards)) > 1
    expected = torch.zeros((), dtype=torch.float64)
    for one, reward in zip(captions, rewards, strict=True):
        advantage = reward - (sum(rewards) - reward) / 3
        words = (*one.words, *[critic.vocabulary.end] * one.ended)
        expected = expected - advantage * said_again(critic, batch, words, temperature) / 4
    assert loss.total.item() == pytest.approx(expected.item(), abs=1e-12)
    for mine, by_definition in zip(found, torch.autograd.grad(expected, parameters), strict=True):
        torch.testing.assert_close(mine, by_definition, rtol=0, atol=1e-12)


def test_samples_have_the_probabilities_that_the_gradient_is_of():
    critic, batch = part([["dog runs"]], temperature=0.7, max_words=2, samples=4000)
    critic.network.train()  # samples are drawn without dropout all the same
    (captions,) = critic.sample(batch, seed=0, first=0)
    assert critic.network.training
    critic.network.eval()
    end, sayable = critic.vocabulary.end, [4, 5]
    possible = [(end,), *product(sayable, [end, *sayable])]
    with torch.no_grad():
        p = {caption: said_again(critic, batch, caption, 0.7).exp().item() for caption in possible}
    assert sum(p.values()) == pytest.approx(1)
    found = Counter((*one.words, *[end] * one.ended) for one in captions)
    assert set(found) <= set(p)
    chi_square = sum((found[caption] - 4000 * q) ** 2 / (4000 * q) for caption, q in p.items())
    assert chi_square < 22.5  # 6 degrees of freedom, p = 0.001


def test_dropouts_are_for_the_gradient_only():
    critic, batch = part([["a dog runs", "a cat"], ["a cat"]], dropout=0.5, samples=3)
    critic.network.train()
    one, other = (critic.sample(batch, seed=3, first=0) for _ in range(2))
    assert [[each.words for each in photo] for photo in one] == [[each.words for each in photo] for photo in other]


def test_the_reward_of_a_batch_is_that_of_the_scorer():
    references = [["A dog's T-shirt, red.", "a dog"], ["a man (old) runs", "a man"], ["The dog runs!"]]
    critic, batch = part(references, end=False, samples=2, max_words=4)
    for rank in range(2):
        found = critic.sample(batch, seed=5, first=0)
        texts = {photo: critic.vocabulary.decode(found[photo][rank].words) for photo in range(3)}
        scores = score_captions(texts, dict(enumerate(references))).per_image
        earned = critic.rewards(batch, found)[:, rank].tolist()
        assert earned == pytest.approx([scores[photo]["cider_d"] for photo in range(3)], abs=1e-12)


def test_captions_of_people_are_learned_beside_if_that_is_asked_for(monkeypatch):
    """The sum of both losses, the second by its weight; what is logged is of both."""
    references = [["a dog runs", "a cat"], ["a cat sits", "a dog"]]
    critic, batch = part(references, truth=0.5, samples=3)
    vocabulary = critic.vocabulary
    rows = [[[1, *vocabulary.encode(caption), 2] for caption in captions] for captions in references]
    batch["words"], batch["lengths"] = padded(rows, pad=0)
    data = SimpleNamespace(vocabulary=vocabulary, seed=0, references=lambda _: dict(enumerate(references)))
    monkeypatch.setattr(CaptionTask, "data", data)
    task = CaptionTask(len(vocabulary), critic.network.settings, self_critical=critic.settings, coverage=0.0)
    task.trainer = Trainer(accelerator="cpu", max_steps=1, logger=False, barebones=True)
    memory = look(task.network, batch)
    both = task._loss("captions", batch, 0, memory)
    assert task.critic is not None
    drawn = task.critic.loss(memory, batch, seed=0, first=0)
    given = task.caption_part.loss(memory, batch, vocabulary, own=0)
    torch.testing.assert_close(both.total, drawn.total + 0.5 * given.total)
    assert {"reward", "loss"} <= both.logged.keys()


@pytest.mark.slow
def test_the_best_captions_of_a_toy_are_found():
    """Taught two captions of each photo alike; what earns most is known from trying every caption of up to 4 words.

    One earns far more than any other, so that the last digits of a processor cannot decide which of them is found.
    """
    taught = [["red dog runs", "a dog"], ["blue cat sits", "a cat"]]
    references = [[long, long, short] for long, short in taught]
    critic, batch = part(references, max_words=4, samples=24)
    vocabulary, network = critic.vocabulary, critic.network
    everything = [words for count in range(5) for words in product(vocabulary.tokens[4:], repeat=count)]
    earned = [critic.reward([photo] * len(everything), everything) for photo in range(2)]
    best = [" ".join(everything[each.argmax()]) for each in earned]

    rows = [[[1, *vocabulary.encode(caption), 2] for caption in captions] for captions in taught]
    batch["words"], batch["lengths"] = padded(rows, pad=0)
    parameters = [value for value in network.parameters() if value.requires_grad]

    def learn(loss, *, rate, steps):
        optimizer = torch.optim.Adam(parameters, lr=rate)
        for step in range(steps):
            optimizer.zero_grad()
            loss(look(network, batch), step).total.backward()
            optimizer.step()
        said = critic.sample(batch, seed=0, first=0)
        return critic.rewards(batch, said).mean().item(), [
            Counter(vocabulary.decode(one.words) for one in photo).most_common(1)[0][0] for photo in said
        ]

    words = CaptionPart(network, smoothing=0.0, coverage=0.0, looking=0.0, searches={})
    before, _ = learn(lambda memory, _: words.loss(memory, batch, vocabulary, own=0), rate=0.02, steps=150)
    after, said = learn(lambda memory, step: critic.loss(memory, batch, seed=step, first=0), rate=0.01, steps=60)
    highest = sum(each.max().item() for each in earned) / 2
    assert said == best
    assert highest - after < 0.6 * (highest - before)


RECIPE = ("--model.self_critical.samples=3", "--model.coverage=0", "--model.network.dropout=0")


def metrics(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open() as file:
        return [
            {key: value for key, value in row.items() if key != "train/texts_per_s"} for row in csv.DictReader(file)
        ]


@pytest.mark.slow
def test_a_run_goes_on_from_a_bundle_and_an_interrupted_one_equals_it(verb, monkeypatch, tmp_path):
    assert verb("fit", "--run=words", "--trainer.max_epochs=1") == 0
    often = (*RECIPE, "--model.start_from=words/bundle", "--trainer.log_every_n_steps=1", "--data.batch_size=2")
    chance = ("--average=0.9", "--model.network.dropout=0.2")
    assert verb("fit", "--run=whole", *often, *chance) == 0
    step = CaptionTask.training_step

    def interrupted(self, batch, index):
        if self.current_epoch == 1 and index == 2:
            raise KeyboardInterrupt
        return step(self, batch, index)

    monkeypatch.setattr(CaptionTask, "training_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verb("fit", "--run=cut", *often, *chance)
    monkeypatch.setattr(CaptionTask, "training_step", step)
    assert verb("fit", "--run=cut", "--resume", *often, *chance) == 0
    whole, resumed = (torch.load(tmp_path / run / "checkpoints/last.ckpt")["state_dict"] for run in ("whole", "cut"))
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
    rows = metrics(tmp_path / "whole")
    assert rows == metrics(tmp_path / "cut")
    assert all(float(row["train/reward"]) >= 0 for row in rows)
    assert len({row["train/reward"] for row in rows}) > 1


@pytest.mark.slow
def test_two_processes_give_the_gradient_of_one(scenes, tmp_path):
    """After one step Adam's first moment is a tenth of the gradient."""
    options = ["--config", scenes / "small.yaml", *RECIPE, "--trainer.limit_train_batches=1", "--trainer.max_epochs=1"]
    options += ["--trainer.gradient_clip_val=0", "--data.min_count=1"]
    content = json.loads((scenes / "captions_train.json").read_text())
    order = torch.randperm(8, generator=torch.Generator().manual_seed(0)).tolist()  # that of the first epoch
    moments = []
    for name, many in {"one": ["--data.batch_size=4"], "two": ["--data.batch_size=2", "--trainer.devices=2"]}.items():
        images = list(content["images"])
        if name == "one":  # in the order in which two processes have them: first those of the one, then the other's
            for place, source in zip(range(4), (0, 2, 1, 3), strict=True):
                images[order[place]] = content["images"][order[source]]
        train = scenes / f"{name}_train.json"
        train.write_text(json.dumps(content | {"images": images}))
        named = [*options, *files(scenes)[1:], f"--data.train={train}", f"--run={name}", *many]
        named += ["--trainer.strategy=ddp"] * (name == "two")
        result = in_a_process("fit", *named, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        states = torch.load(tmp_path / name / "checkpoints/last.ckpt")["optimizer_states"][0]["state"]
        moments.append([state["exp_avg"] for state in states.values()])
    assert any((moment != 0).any() for moment in moments[0])
    for one, two in zip(*moments, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("samples=1", "self_critical.samples is 1; each is compared with the others, so draw 2"),
        ("temperature=0", "self_critical.temperature is 0.0; it must be a finite number above 0"),
        ("max_words=0", "self_critical.max_words is 0; it must be at least 1"),
        ("truth=-1", "self_critical.truth is -1.0; it must be a finite number from 0 on"),
        ("faults=-1", "self_critical.faults is -1.0; it must be a finite number from 0 on"),
    ],
)
def test_a_setting_out_of_its_range_is_one_sentence(setting, message, verb, caplog):
    with pytest.raises(ValueError, match=message):
        verb("fit", f"--model.self_critical.{setting}")
