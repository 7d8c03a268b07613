"""The script that makes the model in the box, on made-up scenes."""

import os
import subprocess
import sys
from pathlib import Path

import nltk
import pytest

import captioner
from captioner.data.scenes.writing import make_scenes
from tests.paths import ROOT


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_it_makes_a_model_that_captions_answers_and_tells_its_doubt(tmp_path, parser):
    make_scenes(tmp_path / "data", train=40, val=100, test=4, progress=lambda *_: None)
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "captioner").write_text(f'#!/bin/sh\nexec {sys.executable} -m captioner.cli.main "$@"\n')
    (commands / "captioner").chmod(0o755)
    places = {"WORK": str(tmp_path / "work"), "BOX": str(tmp_path / "model"), "PYTHONPATH": str(ROOT)}
    places |= {"PATH": os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])}
    both = ["average=0.9", "data.min_count=1", "data.batch_size=8", f"data.features={tmp_path / 'features'}"]
    both += ["model.network.dropout=0.0", "model.network.answers.width=8"]
    first = ["data.image.size=33", "trainer.max_epochs=50", "trainer.check_val_every_n_epoch=50"]
    first += [f"model.{option}" for option in ("learning_rate=0.01", "network.evidence.nouns=none")]
    small = ["encoder.name=small", "encoder.weights=none", "core.state=64", "core.embedding=16", "core.grid=8"]
    first += [f"model.network.{option}" for option in (*small, "core.width=8")]
    places["FIRST"] = " ".join(f"--{option}" for option in (*both, *first))
    later = [*both, "trainer.max_epochs=1", "model.keeping=0.0"]  # the small CNN has no classifier
    places |= dict.fromkeys(("SECOND", "THIRD"), " ".join(f"--{option}" for option in later))
    places |= {"QUESTIONS": "1", "NLTK_DATA": os.pathsep.join(nltk.data.path)}
    places["BOXES"] = str(tmp_path / "data/instances_train.json")
    command = [str(ROOT / "scripts/make_box.sh"), str(tmp_path / "data")]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.rstrip().splitlines()[-1].startswith("answers: ")
    model = captioner.load(tmp_path / "model")
    photo = next((tmp_path / "data/images").iterdir())
    assert model.caption(photo)[0].captions[0].doubt in ("sure", "likely", "a guess")
    assert model.ask(photo, "what is there?").doubt in ("sure", "likely", "a guess")
    card = (tmp_path / "model/README.md").read_text()
    assert "| test | BLEU-4 | " in card
    assert "| test | answers right | " in card
    assert "Apache License 2.0" in card
    assert model.bundle.answers is not None
    assert f"one of the {len(model.bundle.answers)} answers that it knows" in card
    assert (tmp_path / "work/doubt_captions.png").is_file()
