"""A network that names what its encoder knows: trained, gone on from, and refused where it cannot be."""

import json

import pytest
import torch

from captioner.models.bundle import load_bundle
from captioner.nn.encoder.lite import LiteNet
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, EvidenceSettings, NetworkSettings
from captioner.training.run.cli import run
from captioner.training.tasks.keeping import Keeping
from tests.paths import FIXTURES

BRIEF = ("--trainer.max_epochs=1", "--trainer.limit_train_batches=1", "--trainer.enable_progress_bar=false")
SIZES = [f"--model.network.core.{size}=8" for size in ("embedding", "state", "grid", "width")]
PIXELS = ["--data.image.size=33", "--data.image.mean=[0.498,0.498,0.498]", "--data.image.std=[0.502,0.502,0.502]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Captions of the fixtures' pictures that name things, and random weights with a classifier."""
    made = tmp_path_factory.mktemp("evidence")
    for split in ("train", "val"):
        content = json.loads((FIXTURES / f"captions_{split}.json").read_text())
        for place, each in enumerate(content["annotations"]):
            each["caption"] = ("a dog runs behind a car", "two dogs near a plate")[place % 2]
        (made / f"{split}.json").write_text(json.dumps(content))
    torch.manual_seed(0)
    torch.save(LiteNet().state_dict(), made / "lite.pth")
    return made


def fit(folder, name: str, *more: str) -> int:
    data = [f"--data.{split}={folder / split}.json" for split in ("train", "val")]
    data += [f"--data.images={FIXTURES / 'images'}", "--data.min_count=1", f"--data.features={folder / 'features'}"]
    return run(["fit", *data, *PIXELS, *SIZES, *BRIEF, f"--run={folder / name}", *more])


def encoder(folder) -> list[str]:
    return ["--model.network.encoder.name=efficientnet_lite2", f"--model.network.encoder.weights={folder / 'lite.pth'}"]


@pytest.mark.slow
def test_a_run_with_evidence_learns_to_name_and_another_goes_on_from_it(folder):
    named = "--model.network.evidence.nouns=imagenet"
    assert fit(folder, "named", *encoder(folder), named) == 0
    bundle = folder / "named" / "bundle"
    made = load_bundle(bundle)
    tokens, evidence = made.vocabulary.tokens, made.network.evidence
    assert evidence is not None
    cat, dog = tokens.index("cat"), tokens.index("dog")
    assert tokens[int(evidence.own[cat])] == "dog"
    assert evidence.slots[cat] > 0
    assert evidence.below[:, evidence.slots[dog] - 1].sum() == 118
    saved = torch.load(folder / "lite.pth", weights_only=True)
    assert torch.equal(evidence.classifier.weight, saved["classifier.weight"])
    rewarded = ["--model.self_critical.samples=2", "--model.network.evidence.borrowing=0"]
    assert fit(folder, "rewarded", f"--model.start_from={bundle}", *encoder(folder), *rewarded) == 0
    again = load_bundle(folder / "rewarded" / "bundle")
    assert again.vocabulary == made.vocabulary
    assert again.network.evidence is not None
    assert again.network.evidence.own.tolist() == evidence.own.tolist()


@pytest.mark.slow
def test_evidence_cannot_be_added_or_be_without_a_classifier(folder, tmp_path):
    named = "--model.network.evidence.nouns=imagenet"
    small = ["--model.network.encoder.name=small", "--model.network.encoder.weights=none"]
    with pytest.raises(ValueError, match="evidence is what the encoder's classifier has learned: give the encoder's"):
        fit(folder, "none", *small, named)
    assert fit(folder, "plain", *encoder(folder)) == 0
    with pytest.raises(ValueError, match="evidence cannot be added to a bundle that was trained without; leave it out"):
        fit(folder, "late", f"--model.start_from={folder / 'plain' / 'bundle'}", *encoder(folder), named)


@pytest.mark.slow
def test_stages_are_trained_while_what_the_classifier_says_is_kept(folder):
    named = "--model.network.evidence.nouns=imagenet"
    assert fit(folder, "frozen", *encoder(folder), named) == 0
    tuned = [f"--model.start_from={folder / 'frozen' / 'bundle'}", "--model.network.encoder.trainable_stages=2"]
    assert fit(folder, "kept", *encoder(folder), *tuned, "--model.keeping=1") == 0
    assert "train/kept" in (folder / "kept" / "metrics.csv").read_text()


def test_keeping_is_the_divergence_from_what_the_classifier_said_at_the_start():
    settings = NetworkSettings(
        EncoderSettings("small", "none", trainable_stages=1),
        CoreSettings(embedding=8, state=9, grid=10, width=6),
        evidence=EvidenceSettings("imagenet", kinds=1),
    )
    network = Network(settings, vocabulary=7)
    keeping, maps = Keeping(network), network.encoder.begin(torch.randn(2, 3, 64, 64))
    assert keeping.loss(network.remember(maps), maps).item() == pytest.approx(0, abs=1e-6)
    assert network.evidence is not None
    before = network.evidence.classify(network.encoder.finish(maps))
    with torch.no_grad():
        for parameter in network.encoder.tail.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    after = network.evidence.classify(network.encoder.finish(maps))
    loss = keeping.loss(network.remember(maps), maps)
    assert loss.item() == pytest.approx((before * (before / after).log()).sum(dim=1).mean().item(), rel=1e-4)
    optimizer = torch.optim.Adam(network.encoder.tail.parameters(), lr=0.01)
    for _ in range(20):
        optimizer.zero_grad()
        loss = keeping.loss(network.remember(maps), maps)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5 * (before * (before / after).log()).sum(dim=1).mean().item()


def test_there_must_be_something_to_keep():
    network = Network(NetworkSettings(EncoderSettings("small", "none", trainable_stages=1)), vocabulary=7)
    with pytest.raises(ValueError, match=r"keeping .* needs evidence and encoder.trainable_stages; leave it out"):
        Keeping(network)
