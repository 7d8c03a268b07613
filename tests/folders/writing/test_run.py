"""Every kind and policy, on names that are hard to write; what is there is kept, and a run is gone on with."""

import csv
import errno
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from captioner.folders.writing.packet import DESCRIPTION, MODEL, Packet
from captioner.folders.writing.places import ignores_case
from captioner.folders.writing.policy import Policy
from captioner.folders.writing.run import KINDS, Job, write_captions
from captioner.folders.writing.tables import COLUMNS
from captioner.photos import find_below
from tests.folders.writing.conftest import SEEN


def write(folder, says, *kinds, complaints=None, **job):
    policy = Policy(*job.pop("policy", ()))
    photos = find_below([str(folder)])
    complain = complaints.append if complaints is not None else pytest.fail
    return write_captions(photos, Job(kinds, "m", policy, **job), says, complain=complain)


def said(name: str, times: int = 1) -> str:
    return f"{times} of {ascii(Path(name).stem)[1:-1]}"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["txt", "caption"])
@pytest.mark.parametrize("out", [None, "elsewhere"])
def test_a_text_a_photo_whatever_its_name(tree, says, kind, out):
    before = contents(tree)
    counts = write(tree, says, kind, out=out and tree.parent / out)
    assert (counts.photos, counts.captioned, counts.done, counts.failed) == (len(SEEN), len(SEEN), 0, 0)
    below = tree.parent / out if out else tree
    written = {name: text for name, text in contents(below).items() if name not in before}
    assert written == {str(Path(name).with_suffix(f".{kind}")): f"{said(name)}\n".encode() for name in SEEN}
    assert {name: contents(tree)[name] for name in before} == before
    again = write(tree, says, kind, out=out and tree.parent / out)
    assert (again.captioned, again.done) == (0, len(SEEN))
    assert len(says.asked) == len(SEEN)


@pytest.mark.parametrize("xmp_name", [None, "photo.jpg.xmp", "photo.xmp"])
def test_a_sidecar_a_photo_whatever_its_name(tree, says, xmp_name):
    write(tree, says, "xmp", xmp_name=xmp_name)
    for name in SEEN:
        place = (tree / name).with_suffix(".xmp") if xmp_name == "photo.xmp" else tree / f"{name}.xmp"
        packet = Packet.read(place.read_bytes())
        assert (packet.text(DESCRIPTION), packet.text(MODEL)) == (said(name), "m")


def test_the_sidecar_that_is_there_is_taken_if_it_is_this_photos_alone(tmp_path, says):
    for name in ("one.jpg", "two.jpg", "two.cr2", "one.xmp", "two.xmp"):
        (tmp_path / name).write_bytes(b"" if name.endswith("xmp") else b"photo")
    write(tmp_path, says, "xmp")
    assert (tmp_path / "one.xmp").stat().st_size
    assert not (tmp_path / "two.xmp").stat().st_size
    assert (tmp_path / "two.jpg.xmp").exists()


@pytest.mark.parametrize(
    ("done", "text"),
    [
        ("skip", "mine\n"),
        ("overwrite", "<1 of one>\n"),
        ("append", "mine, <1 of one>\n"),
        ("prepend", "<1 of one>, mine\n"),
    ],
)
def test_what_becomes_of_a_text_that_is_there(tmp_path, says, done, text):
    for name in ("one", "two", "empty"):
        (tmp_path / f"{name}.jpg").write_bytes(name.encode())
    (tmp_path / "one.txt").write_text("mine\n")
    (tmp_path / "empty.txt").write_text(" \n")
    write(tmp_path, says, "txt", policy=(done, "<", ">"))
    assert (tmp_path / "one.txt").read_text() == text
    assert (tmp_path / "two.txt").read_text() == "<1 of two>\n"
    assert (tmp_path / "empty.txt").read_text() == "<1 of empty>\n"
    if done in ("append", "prepend"):
        write(tmp_path, says, "txt", policy=(done, "<", ">"))
        assert (tmp_path / "one.txt").read_text() == text, "not twice"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_sentences_are_joined_by_a_space():
    assert Policy("append").joined("By the sea.", "a dog") == "By the sea. a dog"


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_table_with_a_row_a_photo(tree, says, kind):
    if kind == "parquet":
        pytest.importorskip("pyarrow", reason="needs pyarrow: pip install 'captioner[tables]'")
    counts = write(tree, says, kind)
    table = tree / f"captions.{kind}"
    rows = read(table)
    assert counts.captioned == len(rows) == len(SEEN)
    known = {name if kind != "parquet" else name.encode("utf-8", "backslashreplace").decode() for name in SEEN}
    assert {row["path"] for row in rows} == known
    row = next(row for row in rows if row["path"] == "-n.jpg")
    assert (row["caption"], float(row["score"]), int(row["width"]), int(row["height"])) == (said("-n"), -0.5, 4, 3)
    assert (row["doubt"], float(row["right"])) == ("likely", 0.75)
    n_best = json.loads(row["n_best"]) if kind == "csv" else row["n_best"]
    assert n_best[1] == {"caption": said("-n"), "score": -0.5, "log_probability": -1.0}
    (tree / "new.jpg").write_bytes((tree / "-n.jpg").read_bytes())
    old, says.asked = table.read_bytes(), []
    again = write(tree, says, kind)
    assert says.asked == ["new.jpg"] if kind != "parquet" else again.captioned <= 2
    assert len(read(table)) == len(SEEN) + again.captioned
    if kind != "parquet":
        assert table.read_bytes().startswith(old)


def read(table: Path) -> list[dict]:
    if table.suffix == ".csv":
        with table.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return list(csv.DictReader(file))
    if table.suffix == ".jsonl":
        return [json.loads(line) for line in table.read_text().splitlines()]
    from pyarrow import parquet

    return parquet.read_table(table).to_pylist()


def test_a_table_is_changed_as_the_policy_says(tmp_path, says):
    Image.new("RGB", (4, 3)).save(tmp_path / "one.jpg")
    for done, caption in (
        ("skip", "1 of one"),
        ("skip", "1 of one"),
        ("overwrite", "3 of one"),
        ("append", "3 of one, 4 of one"),
        ("prepend", "5 of one, 3 of one, 4 of one"),
    ):
        write(tmp_path, says, "csv", policy=(done,))
        says.times += 1
        assert [row["caption"] for row in read(tmp_path / "captions.csv")] == [caption]


def test_an_interrupted_run_is_gone_on_with_whatever_the_policy(tree, says):
    for done in ("skip", "overwrite", "append"):
        out = tree.parent / done

        def interrupted(photos, asked=says):
            for number, each in enumerate(asked(photos)):
                if number == 4:
                    raise KeyboardInterrupt
                yield each

        with pytest.raises(KeyboardInterrupt):
            write(tree, interrupted, "csv", "txt", policy=(done,), out=out)
        assert len(read(out / "captions.csv")) == len(list(out.rglob("*.txt"))) == 4
        journal = out / ".captions.begun"
        journal.write_bytes(journal.read_bytes() + b'{"path": "half')
        says.asked.clear()
        counts = write(tree, says, "csv", "txt", policy=(done,), out=out)
        assert (counts.done, counts.captioned, len(says.asked)) == (4, len(SEEN) - 4, len(SEEN) - 4)
        assert len(read(out / "captions.csv")) == len(SEEN)
        assert not journal.exists()


def test_another_run_gives_the_tables_of_an_interrupted_one_what_it_did(tree, says):
    def interrupted(photos):
        yield next(says(photos))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tree, interrupted, "csv")
    (tree / "captions.csv").unlink()  # as if it had been killed
    write(tree, says, "jsonl")
    assert len(read(tree / "captions.csv")) == 1
    assert len(read(tree / "captions.jsonl")) == len(SEEN)


def test_photos_with_the_same_content_are_captioned_once(tmp_path, says):
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"1"), ("d", b"333")):
        (tmp_path / f"{name}.jpg").write_bytes(content)
    counts = write(tmp_path, says, "txt", same=True)
    assert sorted(says.asked) == ["a.jpg", "b.jpg", "d.jpg"]
    assert counts.captioned == 4
    assert (tmp_path / "c.txt").read_text() == (tmp_path / "a.txt").read_text() == "1 of a\n"


def test_two_photos_never_share_a_text(tmp_path, says):
    for name in ("a.jpg", "a.png", "b.png"):
        (tmp_path / name).write_bytes(b"photo")
    complaints: list[str] = []
    counts = write(tmp_path, says, "txt", complaints=complaints)
    assert (counts.captioned, counts.failed) == (2, 1)
    assert complaints == [f"{tmp_path}/a.png: {tmp_path}/a.txt is the place for a.jpg; rename one of the two photos"]


def test_names_that_differ_in_case_share_a_text_where_the_disk_cannot_tell_them_apart(tmp_path, says, monkeypatch):
    for name in ("a.jpg", "A.png"):
        (tmp_path / name).write_bytes(b"photo")
    monkeypatch.setattr("captioner.folders.writing.places.ignores_case", lambda folder: True)
    complaints: list[str] = []
    assert write(tmp_path, says, "txt", complaints=complaints).captioned == 1
    assert "is the place for" in complaints[0]


def test_what_cannot_be_done_is_told_and_the_rest_is_done(tmp_path, says):
    for name in ("a", "b", "c", "d"):
        (tmp_path / f"{name}.jpg").write_bytes(b"photo")
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "b.txt").mkdir()
    (tmp_path / "c.txt").write_bytes(b"\xff")
    complaints: list[str] = []
    counts = write(tmp_path, says, "txt", complaints=complaints)
    assert (counts.captioned, counts.failed) == (1, 3)
    assert [line.removeprefix(f"{tmp_path}/")[:20] for line in complaints] == [
        "b.txt is a folder, w",
        "c.txt is not UTF-8 t",
        "a.jpg is empty",
    ]


def test_a_full_disk_ends_the_run(tmp_path, says, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jpg").write_bytes(b"photo")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, says, "txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", "b.jpg"]


def test_several_folders_have_their_own_names_below_out(tmp_path, says):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(b"photo")
    photos = find_below([str(tmp_path / "one"), str(tmp_path / "two")])
    write_captions(photos, Job(("txt",), "m", out=tmp_path / "out"), says, complain=pytest.fail)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.txt")} == {"out/one/a.txt", "out/two/a.txt"}
    with pytest.raises(ValueError, match="csv of several folders needs --out"):
        write_captions(photos, Job(("csv",), "m"), says, complain=pytest.fail)


def test_one_run_at_a_time_at_a_table(tree, says):
    def meanwhile(photos):
        with pytest.raises(ValueError, match="another run is at work"):
            write(tree, says, "csv")
        return says(photos)

    write(tree, meanwhile, "csv")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name,text\n", "has not the columns path, caption"),
        ("{columns}\na,b,c\n", "line 2 has 3 columns instead of 10"),
        ("{columns}\na,b,high,,,,,,,\n", "line 2: score is 'high', which is no number"),
        ("{columns}\na,b,1,,1,1,1,,m,[\n", "is not JSON"),
    ],
)
def test_somebody_elses_table_is_left_as_it_is(tree, says, content, sentence):
    (tree / "captions.csv").write_text(content.format(columns=",".join(COLUMNS)))
    before = contents(tree)
    with pytest.raises(ValueError, match=sentence):
        write(tree, says, "csv")
    assert contents(tree) == before


def test_kinds_are_checked():
    with pytest.raises(ValueError, match=f"'docx' is none of {', '.join(KINDS)}"):
        Job(("docx",), "m")
    with pytest.raises(ValueError, match="--prefix"):
        Policy(prefix="a\n")


def test_parquet_without_pyarrow_is_one_sentence(monkeypatch):
    monkeypatch.setattr("captioner.folders.writing.tables.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'captioner\[tables\]'"):
        Job(("parquet",), "m")


def test_whether_a_disk_tells_letters_apart_is_found_out_without_writing(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "INSIDE").mkdir()  # where this works, it does
    before = contents(tmp_path)
    assert not ignores_case(tmp_path)
    assert not ignores_case(tmp_path / "inside")
    assert contents(tmp_path) == before
    (tmp_path / "LINK").symlink_to("link")
    (tmp_path / "link").mkdir()
    assert ignores_case(tmp_path / "link") is True  # as if the two were one
