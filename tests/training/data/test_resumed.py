"""A run from packs goes on from each of its checkpoints as if nothing had happened, wherever in an epoch that lies."""

import shutil
from pathlib import Path

import pytest

from captioner.cli.make.pack import count
from captioner.data.feed.packs import packing, rows
from captioner.data.feed.packs.packing import pack
from captioner.data.read.questions import read_questions
from captioner.data.read.records import read_photos
from captioner.training.run.checkpoints import WholeCheckpoints, last_checkpoint
from tests.training.ranks import steps, train

pytest.importorskip("litdata", reason="needs litdata: pip install 'captioner[stream]'")


@pytest.fixture(scope="session")
def packs(scenes) -> list[str]:
    """The train scenes and what is asked about them, in chunks of three, for steps of two and of four."""
    captions = scenes / "captions_train.json"
    questions = scenes / "questions_train.json", scenes / "annotations_train.json"
    asked = rows.of_questions(read_questions(*questions, image_names=captions))
    said = rows.of_captions(read_photos(captions))
    whole, packing.CHUNK = packing.CHUNK, 3 * said[0].path.stat().st_size
    for records, name in ((said, "said"), (asked, "asked")):
        pack(records, scenes / name, count)
    packing.CHUNK = whole
    files = [f"--data.train={scenes / 'said'}", f"--data.questions.train.file={scenes / 'asked'}"]
    files += [f"--data.val={scenes / 'captions_val.json'}", f"--data.questions.val.file={questions[0]}"]
    files += [f"--data.questions.val.annotations={questions[1]}", f"--data.questions.val.image_names={captions}"]
    return [*files, "--data.batch_size=2", "--data.questions.batch_size=4"]


@pytest.fixture
def kept(own_folder, monkeypatch) -> Path:
    """Where a copy of each last checkpoint of the run `whole` is kept, by its step."""
    folder, write = own_folder / "kept", WholeCheckpoints.save_checkpoint
    folder.mkdir()

    def keep(self, checkpoint, path, storage_options=None):
        write(self, checkpoint, path, storage_options)
        if Path(path) == last_checkpoint(Path("whole")).absolute():
            shutil.copy(path, folder / f"{checkpoint['global_step']:02}")

    monkeypatch.setattr(WholeCheckpoints, "save_checkpoint", keep)
    return folder


@pytest.mark.slow
@pytest.mark.forks
@pytest.mark.parametrize(("ranks", "workers"), [(1, 0), (2, 0), (1, 2)])
def test_a_run_goes_on_from_each_of_its_checkpoints(scenes, packs, own_folder, kept, ranks, workers):
    """The questions are passed twice in an epoch of captions, so the number of an epoch does not tell their pass."""
    command = ["fit", "--config", scenes / "small.yaml", *packs, f"--data.workers={workers}", "--checkpoint_every=3"]
    command += ["--trainer.max_epochs=3"]
    ended = train([*command, "--run=whole"], own_folder / "whole.log", ranks=ranks)
    assert ended.codes == [0] * ranks, ended.said
    whole = steps(own_folder / "whole.log", ranks)
    per_epoch = 4 // ranks
    assert len(whole) == 3 * 4
    *begun, last = (int(path.name) for path in sorted(kept.iterdir()))
    assert last == 3 * per_epoch
    assert {at % per_epoch == 0 for at in begun} == {True, False}
    for at in begun:
        again = own_folder / f"from{at}"
        last_checkpoint(again).parent.mkdir(parents=True)
        shutil.copy(kept / f"{at:02}", last_checkpoint(again))
        log = own_folder / f"from{at}.log"
        ended = train([*command, f"--run={again}", "--resume"], log, ranks=ranks)
        assert ended.codes == [0] * ranks, ended.said
        later = {key: seen for key, seen in whole.items() if key[0] * per_epoch + key[1] >= at}
        assert steps(log, ranks) == later, f"the run that went on after step {at} took other steps"
