"""A recipe names classes of a short list only; what else it names is not imported, unless one says so."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

EVIL = "import pathlib\npathlib.Path('ran').touch()\nfrom pytorch_lightning.callbacks import Callback as Thing\n"
LAMBDA = "pytorch_lightning.callbacks.LambdaCallback"
NAMED = {
    "a program": "callbacks: [{class_path: subprocess.Popen, init_args: {args: touch ran, shell: true}}]",
    "a module of the folder": "callbacks: [{class_path: evil.Thing}]",
    "a function for a hook": f"callbacks: [{{class_path: {LAMBDA}, init_args: {{on_fit_start: evil.Thing}}}}]",
    "a short name": "callbacks: [{class_path: LambdaCallback, init_args: {on_fit_start: os.abort}}]",
    "within a known one": "callbacks: [{class_path: StochasticWeightAveraging, init_args: {avg_fn: evil.Thing}}]",
    "a logger": "logger: {class_path: evil.Thing}",
    "a profiler": "profiler: {class_path: evil.Thing}",
    "a plugin": "plugins: [{class_path: evil.Thing}]",
    "a strategy": "strategy: {class_path: evil.Thing}",
    "an accelerator": "accelerator: {class_path: evil.Thing}",
}


@pytest.fixture
def folder(own_folder, monkeypatch) -> Path:
    (own_folder / "evil.py").write_text(EVIL)
    monkeypatch.syspath_prepend(own_folder)
    return own_folder


@pytest.mark.parametrize("what", NAMED)
def test_what_would_run_code_is_refused_before_it_is_imported(what, verb, folder):
    (folder / "evil.yaml").write_text(f"trainer:\n  {NAMED[what]}\n")
    with pytest.raises(ValueError, match=r"^[^\n]*$") as refused:
        verb("fit", "--config", "evil.yaml", "--run", "evil")
    assert not (folder / "ran").exists()
    assert "evil" not in sys.modules
    assert not (folder / "evil").exists()
    assert "--trust-recipe" in str(refused.value) or "evil.Thing" in str(refused.value)


@pytest.mark.parametrize("option", ["--trainer.callbacks=evil.Thing", "--trainer.callbacks+=evil.Thing"])
def test_the_command_line_needs_the_flag_too(option, verb, folder):
    with pytest.raises(
        ValueError, match=r"names evil.Thing, which would be run as code: without --trust-recipe, which"
    ):
        verb("fit", option)
    assert not (folder / "ran").exists()


def test_a_part_of_the_config_in_another_file_is_refused_as_well(verb, folder):
    (folder / "part.yaml").write_text("callbacks: [{class_path: evil.Thing}]\n")
    with pytest.raises(ValueError, match=r"names evil.Thing, which would be run as code"):
        verb("fit", "--trainer", "part.yaml")
    assert not (folder / "ran").exists()


def test_a_recipe_cannot_trust_itself(verb, folder):
    (folder / "evil.yaml").write_text("trust_recipe: true\ntrainer:\n  callbacks: [{class_path: evil.Thing}]\n")
    with pytest.raises(ValueError, match=r"trust_recipe|trust-recipe"):
        verb("fit", "--config", "evil.yaml")
    assert not (folder / "ran").exists()


def test_lightnings_own_callbacks_and_loggers_may_be_named(verb, folder):
    (folder / "good.yaml").write_text(
        "trainer:\n  callbacks:\n"
        "  - {class_path: pytorch_lightning.callbacks.ModelSummary, init_args: {max_depth: 2}}\n"
        "  logger: {class_path: pytorch_lightning.loggers.CSVLogger, init_args: {save_dir: logs}}\n"
    )
    assert verb("fit", "--config", "good.yaml", "--run", "good", "--trainer.max_epochs=1") == 0
    assert (folder / "logs").is_dir()


@pytest.mark.slow
def test_who_trusts_a_recipe_says_so(scenes, folder):
    (folder / "own.yaml").write_text("trainer:\n  callbacks: [{class_path: evil.Thing}]\n")
    files = [f"--data.{split}={scenes / f'captions_{split}.json'}" for split in ("train", "val", "test")]
    command = ["fit", "--config", str(scenes / "small.yaml"), "--config", "own.yaml", "--trust-recipe", *files]
    done = subprocess.run(
        [sys.executable, "-m", "captioner.cli.main", *command, "--trainer.max_epochs=1"],
        env={"PYTHONPATH": f"{ROOT}:{folder}", "PATH": "", "OMP_NUM_THREADS": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "ran").exists()
