"""The demo's first seconds: real photos of the package, by whatever model stands in the box."""

from dataclasses import replace

import numpy as np
from PIL import Image

import captioner
from captioner import box
from captioner.cli.make.demo import real_photos
from captioner.demo import real
from captioner.inference import Answer, Answers, Caption
from tests import two_heads


def test_every_photo_of_the_package_is_small_and_has_its_licence():
    told = (box.PHOTOS / "LICENSES.txt").read_text()
    photos = sorted(box.PHOTOS.glob("*.jpg"))
    assert [photo.name for photo in photos] == sorted(real.ASKED)
    for photo in photos:
        assert photo.name in told
        assert photo.stat().st_size <= 60_000
        with Image.open(photo) as picture:
            assert min(picture.size) >= 300


def test_real_photos_are_captioned_and_asked_before_anything_is_trained(tmp_path, monkeypatch, capsys):
    model = captioner.load(two_heads.save(tmp_path / "bundle"))
    monkeypatch.setattr(real, "load", lambda: model)
    monkeypatch.setattr(box, "installed", lambda: True)
    shown = real_photos(tmp_path / "demo/photos.html")
    out = capsys.readouterr().out
    assert shown[2].answers is not None
    assert f"coffee.jpg\t{shown[2].said.text}\n  what is on the table? {shown[2].answers.text}\n" in out
    assert f"Where it looked: {tmp_path / 'demo/photos.html'}." in out
    page = (tmp_path / "demo/photos.html").read_text()
    assert page.count("<figure") == len(real.ASKED)
    assert real.gallery(shown) in page


def test_how_sure_it_is_is_told_where_that_was_measured():
    caption = Caption("a cat", ("a", "cat"), -2.0, -1.0, np.zeros((2, 0)))
    assert real.how_sure(caption) == ""
    assert real.how_sure(replace(caption, right=0.45)).startswith("a guess: of what it names when it is that sure, 45%")
    answers = Answers("is it?", ("is", "it"), (), (Answer("yes", 0.6),), np.zeros((2, 0)), np.zeros((1, 0)))
    assert real.how_sure(answers) == ""
    assert real.how_sure(replace(answers, right=0.45)).startswith("a guess: of its answers when it is that sure, 45%")


def test_an_answer_stands_with_its_doubt(tmp_path, monkeypatch, capsys):
    model = captioner.load(two_heads.save(tmp_path / "bundle"))
    ask = model.ask
    monkeypatch.setattr(model, "ask", lambda photo, question: replace(ask(photo, question), right=0.2))
    monkeypatch.setattr(real, "load", lambda: model)
    monkeypatch.setattr(box, "installed", lambda: True)
    shown = real_photos(tmp_path / "photos.html")
    assert shown[2].answers is not None
    assert f"  what is on the table? {shown[2].answers.text}\t(a guess)\n" in capsys.readouterr().out
    assert (tmp_path / "photos.html").read_text().count("a guess: of its answers") == len(real.ASKED)


def test_without_a_model_in_the_box_it_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(box, "FOLDER", tmp_path)
    assert real_photos(tmp_path / "photos.html") == []
    assert capsys.readouterr().out == "this install has no model in its box, so real photos are left out\n"
