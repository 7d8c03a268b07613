"""A bundle's README.md is served to everybody, so it must be the bundle's own."""

import os

import pytest

from captioner.serving.web.app import create_app
from captioner.serving.work.settings import Limits


def link(path, secret):
    path.symlink_to(secret)


def hard_link(path, secret):
    os.link(secret, path)


def nowhere(path, secret):
    path.symlink_to(secret.with_name("nothing"))


@pytest.mark.parametrize("make", [link, hard_link, nowhere])
def test_a_link_is_refused(model, tmp_path, make):
    secret, folder = tmp_path / "secret.txt", tmp_path / "bundle"
    secret.write_text("a password")
    folder.mkdir()
    make(folder / "README.md", secret)
    with pytest.raises(ValueError, match=r"README.md is a (hard )?link"):
        create_app(model, Limits(), folder=folder)


def test_what_is_no_file_or_too_long_is_refused(model, tmp_path):
    os.mkfifo(tmp_path / "README.md")
    with pytest.raises(ValueError, match=r"README.md is no regular file"):
        create_app(model, Limits(), folder=tmp_path)
    (tmp_path / "README.md").unlink()
    (tmp_path / "README.md").write_bytes(b"a" * (10**6 + 1))
    with pytest.raises(ValueError, match=r"README.md has 1,000,001 bytes"):
        create_app(model, Limits(), folder=tmp_path)


def test_the_link_that_the_hub_makes_is_read(model, tmp_path):
    repository = tmp_path / "models--somebody--model"
    folder, blob = repository / "snapshots" / "abc", repository / "blobs" / "1"
    for path in (folder, blob.parent):
        path.mkdir(parents=True)
    blob.write_text("A card.")
    (folder / "README.md").symlink_to(blob)
    create_app(model, Limits(), folder=folder)
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match="is a link"):
        create_app(model, Limits(), folder=folder)
