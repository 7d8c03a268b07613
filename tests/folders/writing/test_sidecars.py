"""XMP sidecars: what other programs and people wrote stays; ours is told apart, and read by exiftool and exiv2."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from captioner.folders.writing.beside import Sidecars
from captioner.folders.writing.packet import ALT_TEXT, CAPTION, DESCRIPTION, MODEL, Packet
from captioner.folders.writing.policy import Done, Policy
from tests.folders.writing.layouts import PROGRAMS, described, without_texts

CAPTION_SAID = 'two dogs & a "cat" <run> 개'


def write(place: Path, caption: str = CAPTION_SAID, model: str = "flickr8k", done: Done = "skip") -> Packet:
    Sidecars().write(place, caption, model, Policy(done))
    return Packet.read(place.read_bytes())


def wants(place: Path, done: Done) -> bool:
    return Sidecars().wants(place, Policy(done))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "photo.jpg.xmp"


def test_a_new_sidecar_says_the_caption_twice_and_who_said_it(place):
    assert wants(place, "skip")
    packet = write(place)
    assert packet.text(DESCRIPTION) == packet.text(ALT_TEXT) == packet.text(CAPTION) == CAPTION_SAID
    assert packet.text(MODEL) == "flickr8k"
    assert not wants(place, "skip")


@pytest.mark.parametrize("program", PROGRAMS)
def test_all_else_in_a_sidecar_stays_byte_for_byte(place, program):
    old = without_texts(program)
    place.write_bytes(old)
    place.chmod(0o640)
    assert write(place).text(DESCRIPTION) == CAPTION_SAID
    first = place.read_bytes()
    added = next(size for size in range(len(old)) if first[: size + 1] != old[: size + 1])
    assert first.endswith(old[added:]), "more than one insertion"
    assert place.stat().st_mode & 0o777 == 0o640
    again = write(place, "another", "other", done="overwrite")
    assert (again.text(DESCRIPTION), again.text(CAPTION), again.text(MODEL)) == ("another", "another", "other")
    assert write(place, done="overwrite").data == first


@pytest.mark.parametrize("language", ["x-default", "ko-KR"])
@pytest.mark.parametrize("done", ["skip", "overwrite"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_person_wrote_is_kept(place, program, done, language):
    place.write_bytes(described(program, language=language))
    assert wants(place, done), "the alternative text is missing"
    packet = write(place, done=done)
    assert packet.text(DESCRIPTION) == "Grandma at home"
    assert packet.text(ALT_TEXT) == CAPTION_SAID


@pytest.mark.parametrize(("done", "text"), [("append", "Grandma, a dog"), ("prepend", "a dog, Grandma")])
def test_beside_what_a_person_wrote_once(place, done, text):
    place.write_bytes(described("digikam", "Grandma"))
    assert write(place, "a dog", done=done).text(DESCRIPTION) == text
    assert not wants(place, done)
    assert write(place, "a dog", done=done).text(DESCRIPTION) == text
    assert write(place, "a cat", done="overwrite").text(DESCRIPTION) == text, "a person's text is in it"


def test_ours_becomes_a_persons_once_it_is_changed(place):
    write(place, "a dog")
    place.write_bytes(place.read_bytes().replace(b'default">a dog<', b'default">a dog, Rex<', 1))
    packet = write(place, "a cat", done="overwrite")
    assert (packet.text(DESCRIPTION), packet.text(ALT_TEXT)) == ("a dog, Rex", "a cat")


def test_ours_that_a_person_took_out_stays_out(place):
    write(place, "a dog")
    place.write_bytes(place.read_bytes().replace(b'default">a dog<', b'default"><', 1))
    assert not wants(place, "skip")


def test_another_program_may_write_our_properties_as_attributes_and_under_other_prefixes(place):
    text = '<r:Description r:about="uuid:1" xmlns:c="{}" c:Caption=\'a "dog"\'  c:Model = "m"/>'
    block = text.format(CAPTION.split()[0])
    head = '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="u" x:y=">">'
    place.write_text(f"\ufeff{head}{block}</r:RDF>", encoding="utf-8")
    packet = write(place, "it's", "n", done="overwrite")
    assert [packet.text(name) for name in (CAPTION, MODEL, DESCRIPTION)] == ["it's", "n", "it's"]
    assert b'c:Model = "n"' in packet.data
    assert packet.data.count(b'about="uuid:1"') == 2


@pytest.mark.parametrize(
    "empty",
    [
        "<dc:description/>",
        "<dc:description><rdf:Alt/></dc:description>",
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default"/></rdf:Alt></dc:description>',
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default"> </rdf:li></rdf:Alt></dc:description>',
    ],
)
def test_an_empty_description_is_filled_in(place, empty):
    place.write_text(PROGRAMS["lightroom"].replace("{texts}", empty))
    assert write(place).text(DESCRIPTION) == CAPTION_SAID
    assert place.read_text().count("<dc:description") == 1


def test_no_properties_at_all(place):
    place.write_text('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>')
    assert write(place).text(DESCRIPTION) == CAPTION_SAID


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<a><b></a>", "is no XML that is safe to read"),
        (b"<html/>", "is XML but no XMP"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "is no XML that is safe to read"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "is no XML that is safe to read"),
        ("<a/>".encode("utf-16"), "is not UTF-8"),
    ],
)
def test_what_is_no_xmp_is_left_as_it_is(place, content, sentence):
    place.write_bytes(content)
    for use in (lambda: wants(place, "skip"), lambda: write(place)):
        with pytest.raises(ValueError, match=sentence) as caught:
            use()
        assert str(caught.value).startswith(str(place))
    assert place.read_bytes() == content


def test_a_sidecar_that_changes_meanwhile_is_not_overwritten(place, monkeypatch):
    place.write_bytes(without_texts("darktable"))
    changed, real = described("darktable"), Packet.with_texts

    def slow(packet, texts):
        place.write_bytes(changed)
        return real(packet, texts)

    monkeypatch.setattr(Packet, "with_texts", slow)
    with pytest.raises(ValueError, match="was changed by another program"):
        write(place)
    assert place.read_bytes() == changed
    assert [path.name for path in place.parent.iterdir()] == [place.name]


@pytest.fixture
def mixed(tmp_path):
    """A new sidecar, and one of each program."""
    if missing := [name for name in ("exiftool", "exiv2") if shutil.which(name) is None]:
        pytest.skip(f"needs {' and '.join(missing)}: apt-get install libimage-exiftool-perl exiv2")
    for program in PROGRAMS:
        (tmp_path / f"{program}.xmp").write_bytes(without_texts(program))
    places = [tmp_path / f"{name}.xmp" for name in ("new", *PROGRAMS)]
    for place in places:
        write(place)
    return places


def test_exiftool_reads_them(mixed):
    result = subprocess.run(["exiftool", "-json", "-G1", *mixed], capture_output=True, text=True, check=True)
    for read in json.loads(result.stdout):
        assert read["XMP-dc:Description"] == read["XMP-iptcCore:AltTextAccessibility"] == CAPTION_SAID
        assert read["XMP-captioner:Model"] == "flickr8k"
        assert "Warning" not in str(read)
    assert "서울" in result.stdout


def test_exiv2_reads_them_and_what_it_writes_is_still_ours(mixed):
    for place in mixed:
        command = ["exiv2", "-M", "set Xmp.xmp.Label Blue", place]
        subprocess.run(command, capture_output=True, check=True)  # writes all of it anew
        printed = subprocess.run(["exiv2", "-PXkv", place], capture_output=True, text=True, check=True)
        lines = {name: text.strip() for name, _, text in (line.partition(" ") for line in printed.stdout.splitlines())}
        assert lines["Xmp.dc.description"] == f'lang="x-default" {CAPTION_SAID}'
        assert lines["Xmp.iptc.AltTextAccessibility"] == f'lang="x-default" {CAPTION_SAID}'
        assert lines["Xmp.captioner.Model"] == "flickr8k"
        assert not wants(place, "skip")
        packet = write(place, "another", done="overwrite")
        assert packet.text(DESCRIPTION) == packet.text(ALT_TEXT) == "another"
        assert b"Blue" in packet.data
