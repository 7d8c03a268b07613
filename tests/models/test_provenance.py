"""Versions and commits beside numbers."""

import subprocess

from captioner.models.provenance import commit, provenance


def git(folder, *words):
    who = ["-c", "user.name=t", "-c", "user.email=t@t"]
    return subprocess.run(
        ["git", "-C", folder, *who, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_versions_are_those_that_run():
    import torch

    assert provenance()["torch"].split("+")[0] == torch.__version__.split("+")[0]


def test_a_changed_checkout_is_marked(tmp_path):
    assert commit(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert commit(tmp_path) is None
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "one")
    assert commit(tmp_path) == git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "a").write_text("2")
    assert commit(tmp_path) == git(tmp_path, "rev-parse", "HEAD") + "+"
