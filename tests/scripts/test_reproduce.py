"""The rows of the tables of Flickr8k and DAQUAR: which trainings and scores each is, by a stand-in of `captioner`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT


@pytest.fixture
def reproduce(tmp_path):
    """Runs the script, and gives its exit code, what it said, and the commands that it would have run."""
    stand_in = tmp_path / "bin/captioner"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\necho "$@" >> commands\n')
    stand_in.chmod(0o755)
    (tmp_path / "flickr30k_entities.zip").touch()
    (tmp_path / "train_images_list.txt").write_text("image1\nimage2\nimage7\n")

    def run(*rows: str, of: str = "flickr8k", **environment: str) -> tuple[int, str, list[str]]:
        # the real one's environment, whose `python` the scripts call too, need not be active where tests run
        path = os.pathsep.join([str(stand_in.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
        command = ["bash", str(ROOT / f"scripts/reproduce_{of}.sh"), ".", *rows]
        ended = subprocess.run(
            command, cwd=tmp_path, env=os.environ | {"PATH": path} | environment, capture_output=True, text=True
        )
        written = tmp_path / "commands"
        return ended.returncode, ended.stderr, written.read_text().splitlines() if written.exists() else []

    return run


def test_a_phase_goes_on_where_the_one_before_ended_in_each_seed(reproduce):
    code, _, (fit, evaluate) = reproduce("tuned", SEED="2")
    assert code == 0
    assert fit.startswith(
        "fit --config configs/flickr8k_tuned.yaml --run runs/flickr8k_tuned.seed2 --seed_everything 2"
    )
    assert "--model.start_from runs/flickr8k_boxes.seed2/bundle --data.boxes ./flickr30k_entities.zip" in fit
    assert evaluate.startswith("evaluate --model runs/flickr8k_tuned.seed2/bundle ./captions_test.json --beam 5")
    assert evaluate.endswith("--record runs/flickr8k_tuned.seed2/tuned.json")


def test_a_soup_is_of_three_runs_from_one_start_with_seeds_of_their_own(reproduce):
    code, _, (one, other, soup, evaluate) = reproduce("soup")
    assert code == 0
    for fit, seed in ((one, "1"), (other, "2")):
        assert f"--run runs/flickr8k_soup.{seed} " in fit
        assert "--model.start_from runs/flickr8k_tuned/bundle" in fit
        assert fit.endswith(f"--seed_everything {seed}")
    bundles = "runs/flickr8k_self_critical/bundle runs/flickr8k_soup.1/bundle runs/flickr8k_soup.2/bundle"
    assert soup == f"soup {bundles} --out runs/flickr8k_soup/bundle"
    assert "--model runs/flickr8k_soup/bundle " in evaluate


def test_an_ensemble_is_of_three_seeds_and_trains_nothing(reproduce):
    code, _, (evaluate,) = reproduce("ensemble", SEED="1")
    assert code == 0
    others = "runs/flickr8k_self_critical.seed1/bundle runs/flickr8k_self_critical.seed2/bundle"
    assert f"--model runs/flickr8k_self_critical/bundle ./captions_test.json --beam 5 --with {others} " in evaluate


def test_every_row_names_recipes_that_there_are(reproduce):
    rows = ["lstm", "gru", "rnn", "global", "resnet50", "untaught", "boxes", "tuned", "self_critical", "consensus"]
    code, _, commands = reproduce()
    assert code == 0
    assert len(commands) == 2 * len(rows) - 1
    for command in commands:
        words = command.split()
        assert words[0] == "evaluate" or Path(ROOT / words[2]).is_file()


def test_daquar_goes_on_from_the_same_network_that_learned_other_questions(reproduce):
    code, _, (first, second, evaluate, exchanged) = reproduce("questions", of="daquar", SEED="1", FLICKR8K="flickr8k")
    assert code == 0
    for fit, run in ((first, "runs/daquar_questions.seed1.made"), (second, "runs/daquar_questions.seed1")):
        assert fit.startswith(f"fit --config configs/daquar.yaml --run {run} --seed_everything 1 ")
    assert "--data.questions.train {file: flickr8k/questions_train.jsonl, image_names: null}" in first
    assert "--model.start_from runs/daquar_questions.seed1.made/bundle" in second
    assert "--data.questions.train.image_names ./train_images_list.txt" in second
    assert "--model runs/daquar_questions.seed1/bundle " in evaluate
    assert exchanged.endswith("--shuffle-photos 1")


@pytest.mark.parametrize(("of", "known"), [("flickr8k", "lstm gru rnn "), ("daquar", "daquar blind held_out ")])
def test_an_unknown_row_is_told_before_anything_is_trained(of, known, reproduce):
    code, said, commands = reproduce(known.split()[0], "gruu", of=of)
    assert (code, commands) == (2, [])
    assert said.startswith(f"unknown row gruu: choose of {known}")


def test_some_rows_are_made_where_none_is_named(reproduce):
    code, _, commands = reproduce(of="daquar")
    assert code == 0
    fits = [command for command in commands if command.startswith("fit ")]
    assert [fit.split()[4] for fit in fits] == ["runs/daquar_daquar", "runs/daquar_blind"]


def test_the_untaught_row_is_the_taught_one_without_boxes(reproduce):
    code, _, (fit, evaluate) = reproduce("untaught", SEED="2")
    assert code == 0
    assert fit.startswith(
        "fit --config configs/flickr8k_boxes.yaml --run runs/flickr8k_untaught.seed2 --seed_everything 2 "
    )
    assert fit.endswith("--data.boxes null --model.looking 0")
    assert "--attention --entities" in evaluate
