"""Training from a pack: every photo once an epoch, and a run that was ended within an epoch goes on exactly."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from captioner.cli.make.pack import count
from captioner.data.feed.packs import packing, rows
from captioner.data.feed.packs.facts import read_facts
from captioner.data.feed.packs.packing import pack
from captioner.data.read.questions import read_questions
from captioner.data.read.records import read_photos
from captioner.files import write_tensors
from captioner.models.encoding.frozen import FrozenEncoder
from captioner.nn.encoder.small import SmallCNN
from captioner.training.data.photos import CaptionData
from tests.training.killing import attack
from tests.training.ranks import Steps, steps, train

pytest.importorskip("litdata", reason="needs litdata: pip install 'captioner[stream]'")


@pytest.fixture(scope="session")
def packed(scenes) -> Path:
    """The train scenes, in chunks of three."""
    photos = read_photos(scenes / "captions_train.json")
    chunk, packing.CHUNK = packing.CHUNK, 3 * photos[0].path.stat().st_size
    pack(rows.of_captions(photos), scenes / "packed", count)
    packing.CHUNK = chunk
    return scenes / "packed"


@pytest.fixture
def frozen(scenes, own_folder) -> Path:
    """The small recipe with an encoder that has learned already."""
    write_tensors(own_folder / "small.safetensors", SmallCNN().state_dict())
    recipe = (scenes / "small.yaml").read_text().replace("trainable_stages: 3", "trainable_stages: 0")
    (own_folder / "frozen.yaml").write_text(recipe.replace("weights: none", "weights: small.safetensors"))
    return own_folder / "frozen.yaml"


def options(scenes: Path, pack: Path, run: str, *more: str) -> list[object]:
    given = [f"--data.train={pack}", f"--data.val={scenes / 'captions_val.json'}", f"--run={run}"]
    return ["fit", "--config", scenes / "small.yaml", *given, "--data.batch_size=2", *more]


def places(found: Steps, epoch: int) -> list[int]:
    return sorted(place for key, (seen, *_) in found.items() if key[0] == epoch for place in seen)


def test_a_loader_goes_on_exactly_and_its_next_pass_is_whole(packed):
    from captioner.data.feed.packs.streaming import StreamedBatches, StreamedItems

    def loader() -> StreamedBatches:
        items = StreamedItems(packed, lambda index, row: (index, rows.said(row)["id"]), seed=3)
        return StreamedBatches(items, batch_size=3, collate_fn=list)

    whole, cut, again = loader(), loader(), loader()
    first, second = list(whole), list(whole)
    assert len(first) == len(second) == 2  # eight photos; two are left out
    assert first != second
    seen = [item for batch in first for item in batch]
    assert len(set(seen)) == 6
    passed = iter(cut)
    again_first = [next(passed)]
    again.load_state_dict(cut.state_dict())
    rest = iter(again)
    assert [*again_first, next(rest)] == first  # as Lightning reads it: never beyond the last batch
    following = iter(again)
    assert [next(following), next(following)] == second


@pytest.mark.slow
@pytest.mark.forks
def test_a_run_from_a_pack_goes_on_within_an_epoch_as_if_nothing_had_happened(scenes, packed, own_folder):
    often = ("--checkpoint_every=1", "--data.captions_per_photo=2", "--data.mirror=true")
    assert train(options(scenes, packed, "whole", *often), own_folder / "whole.log").codes == [0]

    def kill(children: list[int]) -> None:
        log = own_folder / "cut.log.0"
        while not log.is_file() or len(log.read_text().splitlines()) < 6:
            time.sleep(0.001)
        os.kill(children[0], signal.SIGKILL)

    assert train(options(scenes, packed, "cut", *often), own_folder / "cut.log", watch=kill).codes == [-9]
    assert train(options(scenes, packed, "cut", *often, "--resume"), own_folder / "cut.log").codes == [0]
    whole, cut = (steps(own_folder / f"{name}.log", 1) for name in ("whole", "cut"))
    assert whole == cut
    assert [places(whole, epoch) for epoch in range(2)] == [list(range(8))] * 2


def test_the_words_of_a_pack_were_counted_while_it_was_packed(scenes, packed, tmp_path):
    """So a training reads no row before its first step, and its vocabulary is that of the file."""
    shutil.copytree(
        packed, tmp_path / "pack", ignore=lambda folder, names: [name for name in names if "chunk-" in name]
    )
    files = {"val": scenes / "captions_val.json", "min_count": 1}
    from_pack = CaptionData(tmp_path / "pack", **files).vocabulary
    assert from_pack == CaptionData(scenes / "captions_train.json", **files).vocabulary
    assert len(from_pack) > 20


@pytest.mark.slow
@pytest.mark.forks
@pytest.mark.parametrize("ranks", [1, 2])
def test_kills_at_random_change_nothing(own_folder, ranks):
    outcome = attack(own_folder, ranks=ranks, kills=3, photos=16, epochs=4, seed=ranks)
    assert outcome.bad == ""
    assert outcome.kills > 0
    assert outcome.steps == 16


@pytest.mark.slow
@pytest.mark.forks
def test_features_questions_and_scored_splits_may_be_packed_too(scenes, frozen, own_folder):
    view = FrozenEncoder(frozen)
    for split in ("train", "val"):
        captions = scenes / f"captions_{split}.json"
        asked = read_questions(
            scenes / f"questions_{split}.json", scenes / f"annotations_{split}.json", image_names=captions
        )
        pack(rows.of_captions(read_photos(captions)), own_folder / f"captions_{split}", count, view=view)
        pack(rows.of_questions(asked), own_folder / f"questions_{split}", count, view=view)
    files = [f"--data.{split}={own_folder / f'captions_{split}'}" for split in ("train", "val")]
    files += [f"--data.questions.{split}.file={own_folder / f'questions_{split}'}" for split in ("train", "val")]
    ended = train(
        ["fit", "--config", frozen, *files, "--data.questions.batch_size=4", "--run=packed"], own_folder / "log"
    )
    assert ended.codes == [0], ended.said
    assert not (own_folder / "features").exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--data.crops=true"], "holds features of photos as they are, which cannot be cropped"),
        (["--data.mirror=true"], "holds features of photos as they are, which cannot be mirrored"),
        (["--data.image.size=64"], "holds features of another transform than the recipe's: pack the set again"),
        (["--model.network.encoder.trainable_stages=3"], "holds features of another encoder than the recipe's"),
        (["--data.batch_size=9"], "holds 8 photos, and 1 processes with 0 workers and batches of 9 need 9"),
    ],
)
@pytest.mark.slow
def test_a_pack_that_does_not_fit_is_refused_in_one_sentence(scenes, frozen, own_folder, verb, more, sentence):
    records = rows.of_captions(read_photos(scenes / "captions_train.json"))
    pack(records, own_folder / "p", count, view=FrozenEncoder(frozen))
    own = ("--model.network.encoder.trainable_stages=0", "--model.network.encoder.weights=small.safetensors")
    with pytest.raises(ValueError, match=sentence):
        verb("fit", "--run=r", *own, *more, train=own_folder / "p")


def test_a_random_encoder_is_refused(scenes):
    with pytest.raises(ValueError, match=r"small.yaml leaves the encoder's weights to chance \(none\)"):
        _ = FrozenEncoder(scenes / "small.yaml").image


def test_a_folder_that_is_no_pack_and_a_pack_of_something_else_are_refused(scenes, packed, verb, own_folder):
    with pytest.raises(ValueError, match=r"holds no finished pack; make one with `captioner data pack`"):
        verb("fit", train=own_folder)
    with pytest.raises(ValueError, match="is a pack of captions, and one of questions is needed here"):
        verb("fit", f"--data.questions.train.file={packed}", f"--data.questions.val.file={packed}")
    assert read_facts(packed).photos == 8
