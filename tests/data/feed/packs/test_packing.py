"""Packs: every row once, in a shuffled order, whatever ended the packing; broken photos are told of, not packed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from captioner.cli.make.pack import count, machine
from captioner.data.feed.packs import packing, rows
from captioner.data.feed.packs.facts import Place, is_pack, read_facts
from captioner.data.feed.packs.packing import pack
from captioner.data.read.questions import Question
from captioner.data.read.records import Photo
from captioner.images import ImageSpec, pixels
from captioner.photos import read_photo
from captioner.text.vocabulary import Vocabulary

pytest.importorskip("litdata", reason="needs litdata: pip install 'captioner[stream]'")
SPEC = ImageSpec(8)


class Halves:
    """A frozen encoder that halves pixels."""

    image, identity = SPEC, {"encoder": "halves", "transform": SPEC.to_dict()}

    def __call__(self, pixels):
        return torch.from_numpy(pixels) / 2


@pytest.fixture
def photos(tmp_path) -> list[Photo]:
    """Twelve, of which the last but one is no photo and the last does not exist."""
    found = []
    for number in range(12):
        path = tmp_path / "photos" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        if number < 10:
            Image.new("RGB", (8, 8), (20 * number, 0, 0)).save(path)
        elif number == 10:
            path.write_bytes(b"no photo")
        found.append(Photo(number, path, (f"photo number {number}", "a photo")))
    return found


def stored(folder: Path, facts) -> list[dict]:
    from captioner.data.feed.packs.streaming import PackedPhotos

    return list(PackedPhotos(folder, facts.photos, rows.Seen(SPEC)).said())


def test_every_good_photo_is_packed_once_and_broken_ones_are_told_of(tmp_path, photos):
    done = pack(rows.of_captions(photos), tmp_path / "pack", count)
    facts = read_facts(tmp_path / "pack")
    assert done.facts == facts
    assert (facts.holds, facts.photos, facts.broken, facts.texts, facts.features) == ("captions", 10, 2, 20, None)
    told = (tmp_path / "pack/broken.txt").read_text().splitlines()
    assert [Path(line.split("\t")[0]).name for line in sorted(told)] == ["10.png", "11.png"]
    said = stored(tmp_path / "pack", facts)
    assert [each["id"] for each in said] != list(range(10))
    assert sorted((each["id"], *each["captions"]) for each in said) == [
        (number, f"photo number {number}", "a photo") for number in range(10)
    ]
    texts = [caption for photo in photos[:10] for caption in photo.captions]
    assert Vocabulary.of_counts(facts.tokens["words"], "words", 2) == Vocabulary.build(texts, "words", 2)
    assert is_pack(tmp_path / "pack")


def test_a_killed_packing_goes_on_and_does_nothing_twice(tmp_path, photos, monkeypatch):
    write, begun = packing._write, list[int]()

    def killed(shard):
        if len(begun) == 2:
            raise KeyboardInterrupt
        begun.append(shard.number)
        return write(shard)

    monkeypatch.setattr(packing, "CHUNK", 4 * photos[0].path.stat().st_size)
    monkeypatch.setattr(packing, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        pack(rows.of_captions(photos), tmp_path / "pack", count)
    with pytest.raises(ValueError, match=r"holds no finished pack; make one with `captioner data pack`"):
        read_facts(tmp_path / "pack")

    def counted(shard):
        begun.append(shard.number)
        return write(shard)

    monkeypatch.setattr(packing, "_write", counted)
    with pytest.raises(ValueError, match="holds a pack of other rows or settings; remove it, or name another folder"):
        pack(rows.of_captions(photos), tmp_path / "pack", count, seed=1)
    facts = pack(rows.of_captions(photos), tmp_path / "pack", count).facts
    assert begun == list(range(len(begun)))
    assert len(begun) >= 3
    assert facts is not None
    assert sorted(each["id"] for each in stored(tmp_path / "pack", facts)) == list(range(10))
    assert pack(rows.of_captions(photos), tmp_path / "pack", count).facts == facts  # which is finished already
    assert len(begun) == len(set(begun))
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file").touch()
    with pytest.raises(ValueError, match="other exists already; remove it, or name another folder"):
        pack(rows.of_captions(photos), tmp_path / "other", count)


def test_several_machines_make_one_pack(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(packing, "CHUNK", 2 * photos[0].path.stat().st_size)
    assert pack(rows.of_captions(photos), tmp_path / "pack", count, part=(2, 2)).facts is None
    facts = pack(rows.of_captions(photos), tmp_path / "pack", count, part=(1, 2)).facts
    assert facts is not None
    assert sorted(each["id"] for each in stored(tmp_path / "pack", facts)) == list(range(10))
    assert machine("3/16") == (3, 16)
    for wrong in ("0/2", "3/2", "2", "a/b"):
        with pytest.raises(ValueError, match=f"--part is '{wrong}', but must read I/N"):
            machine(wrong)


def test_features_are_those_of_the_encoder_in_half_precision(tmp_path, photos):
    facts = pack(rows.of_captions(photos[:3]), tmp_path / "pack", count, view=Halves()).facts
    assert facts is not None
    assert facts.features == {**Halves.identity, "shape": [8, 8, 3]}
    from captioner.data.feed.packs.streaming import PackedPhotos

    source = PackedPhotos(tmp_path / "pack", 3, rows.Seen(SPEC, facts.features["shape"]))
    for place, said in enumerate(source.said()):
        expected = pixels(read_photo(Path(said["path"])), SPEC) / 2
        assert source[place].dtype == torch.float16
        np.testing.assert_array_equal(source[place].numpy(), expected.astype(np.float16))


def test_a_photo_is_seen_as_its_file_is_and_damage_is_found(photos):
    record = rows.of_captions(photos[2:3])[0]
    made = rows.row(record, photos[2].path.read_bytes(), "photo")
    expected = torch.from_numpy(pixels(read_photo(photos[2].path), SPEC))
    assert torch.equal(rows.Seen(SPEC)(made, "it"), expected)
    torch.manual_seed(0)
    views = [rows.Seen(SPEC, mirror=True)(made, "it") for _ in range(9)]
    assert {torch.equal(view, expected.flip(-1)) or torch.equal(view, expected) for view in views} == {True}
    assert rows.photo(rows.said(made)) == photos[2]
    with pytest.raises(ValueError, match=r"2.png is damaged: its checksum is another; pack the set again"):
        rows.said({**made, "photo": made["photo"][:-1] + b"?"})


def test_questions_come_back_as_they_were_with_counts_of_their_answers(tmp_path, photos):
    paths = [photo.path for photo in photos]
    asked = [
        Question(1, "0", paths[0], "what is it?", ("table, chair", "table, chair"), "what", "other"),
        Question("b", 0, paths[0], "is it red?", ("no", "No."), "is", "yes/no"),
        Question(3, "1", paths[1], "what is it?", ("chair",), "what", "other"),
    ]
    facts = pack(rows.of_questions(asked), tmp_path / "pack", count).facts
    assert facts is not None
    assert (facts.holds, facts.photos, facts.texts, facts.types) == ("questions", 2, 3, {"what": 2, "is": 1})
    assert facts.answers["whole"] == {"table, chair": 2, "no": 2, "chair": 1}
    assert facts.answers["items"] == {"table": 2, "chair": 3, "no": 2}
    back = [question for said in stored(tmp_path / "pack", facts) for question in rows.questions(said)]
    assert sorted(back, key=lambda one: str(one.id)) == sorted(asked, key=lambda one: str(one.id))


def test_when_no_photo_can_be_read_nothing_is_packed(tmp_path, photos):
    with pytest.raises(ValueError, match=r"none of the 2 photos can be read; the first: .*1[01]\.png"):
        pack(rows.of_captions(photos[10:]), tmp_path / "pack", count)


def test_an_address_survives_being_taken_for_a_path():
    assert str(Place(Path("s3://bucket/a/b"))) == "s3://bucket/a/b"
    assert Place("gs://bucket/a").remote
    assert not Place("s3/bucket").remote
    assert json.dumps(Place("packs/train").name) == '"packs/train"'
