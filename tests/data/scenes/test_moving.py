"""Made-up clips: one thing goes where the captions say, by its boxes; the others stand still; a network learns it."""

import json
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from captioner.cli.main import main
from captioner.data.read.records import read_photos
from captioner.data.scenes.moving import MOVES, make_moving
from captioner.data.scenes.scene import COLOURS
from captioner.data.scenes.writing import make_scenes
from tests.paths import ROOT


@pytest.mark.parametrize("seed", range(20))
def test_one_thing_moves_as_it_is_told_and_the_others_stand(seed):
    clip = make_moving(Random(seed), 64, 4)
    (across, down), (name, *others) = MOVES[clip.move], clip.boxes
    for before, after in pairwise(clip.boxes[name]):
        assert np.sign(round(after.x - before.x, 6)) == across
        assert np.sign(round(after.y - before.y, 6)) == down
    assert all(len(set(clip.boxes[other])) == 1 for other in others)
    assert len(clip.captions) == 5
    assert all(name in caption and clip.move in caption for caption in clip.captions)
    for frame in range(4):
        boxes = [each[frame] for each in clip.boxes.values()]
        assert all(one.apart(other, 0) for place, one in enumerate(boxes) for other in boxes[:place])


def test_they_are_written_as_clips_with_boxes_over_time(tmp_path):
    make_scenes(tmp_path / "moving", train=2, val=1, test=0, size=48, frames=3)
    first, _ = read_photos(tmp_path / "moving" / "captions_train.jsonl")
    entry = json.loads((tmp_path / "moving" / "captions_train.jsonl").read_text().splitlines()[0])
    assert (len(first.frames), len(first.captions)) == (3, 5)
    name, boxes = next(iter(entry["boxes"].items()))
    for path, (x, y, width, height) in zip(first.frames, boxes, strict=True):
        middle = np.asarray(Image.open(path), int)[round(y + height / 2), round(x + width / 2)]
        assert np.abs(middle - COLOURS[name.split()[0]]).max() < 20, "the thing is where its box says"
    with pytest.raises(ValueError, match="1 to 64 frames, not 65"):
        make_scenes(tmp_path / "more", frames=65)


@pytest.mark.slow
def test_a_network_learns_where_things_move(tmp_path, monkeypatch):
    """On 48 pixels, ten short epochs: far more directions of unseen clips are right than the 25 % of chance."""
    monkeypatch.chdir(tmp_path)
    make_scenes(Path("scenes"), train=1500, val=20, test=20, size=48)
    make_scenes(Path("moving"), train=1000, val=20, test=100, size=48, frames=4)
    assert main(["pretrain", "scenes/instances_train.json", "--size", "48", "--epochs", "12"]) == 0
    settings = ["--data.image.size", "48", "--trainer.max_epochs", "10", "--trainer.check_val_every_n_epoch", "10"]
    assert main(["fit", "--config", str(ROOT / "configs" / "moving.yaml"), *settings]) == 0
    assert main(["evaluate", "moving/captions_test.jsonl", "--model", "runs/moving/bundle"]) == 0
    moves = [json.loads(line)["move"] for line in Path("moving/captions_test.jsonl").read_text().splitlines()]
    said = [entry["caption"] for entry in json.loads(Path("evaluation/results.json").read_text())]
    right = sum(text.endswith(move) for text, move in zip(said, moves, strict=True))
    assert right >= 40
