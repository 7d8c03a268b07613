"""A folder to be looked at: names that are no paths, captions of whoever wrote them, and no way out."""

import pytest

from captioner.folders.writing.beside import Sidecars
from captioner.folders.writing.packet import ALT_TEXT, CAPTION, DESCRIPTION, Packet
from captioner.folders.writing.policy import Policy
from captioner.folders.writing.shelf import LONGEST, Shelf
from tests.folders.writing.conftest import SEEN


def names(shelf: Shelf) -> dict[str, str]:
    return {shelf.label(name): name for name in shelf.look()}


def test_every_photo_has_a_name_and_says_what_it_is_called(tree):
    shelf = Shelf(tree)
    assert set(names(shelf)) == set(SEEN)
    assert all(name.isalnum() for name in names(shelf).values())


def test_links_that_lead_out_and_unknown_names_reach_nothing(tree):
    (tree.parent / "secret.jpg").write_bytes((tree / "-n.jpg").read_bytes())
    (tree / "out.jpg").symlink_to(tree.parent / "secret.jpg")
    (tree / "in.jpg").symlink_to(tree / "-n.jpg")
    shelf = Shelf(tree)
    found = names(shelf)
    assert "in.jpg" in found
    assert "out.jpg" not in found
    (tree / "-n.jpg").unlink()
    (tree / "-n.jpg").symlink_to(tree.parent / "secret.jpg")  # after it was found
    for name in (found["-n.jpg"], "../secret.jpg", "", "-n.jpg"):
        with pytest.raises(KeyError):
            shelf.path(name)


def test_captions_are_of_the_sidecar_then_of_the_text_file(tree):
    shelf = Shelf(tree, edit=True)
    name = names(shelf)["-n.jpg"]
    assert shelf.told(name) == ("", "")
    (tree / "-n.txt").write_text("a text\n")
    assert shelf.told(name) == ("a text", "")
    Sidecars().write(tree / "-n.jpg.xmp", "a dog", "m", Policy())
    assert shelf.told(name) == ("a dog", "model")
    shelf.tell(name, " Rex\nin the garden ")
    assert shelf.told(name) == ("Rex\nin the garden", "person")
    packet = Packet.read((tree / "-n.jpg.xmp").read_bytes())
    assert packet.text(ALT_TEXT) == packet.text(DESCRIPTION) == "Rex\nin the garden"
    assert packet.text(CAPTION) == "a dog"
    Sidecars().write(tree / "-n.jpg.xmp", "a cat", "m", Policy("overwrite"))
    assert shelf.told(name).text == "Rex\nin the garden"
    shelf.tell(name, "")
    assert shelf.told(name) == ("a text", "")


def test_an_alternative_text_of_a_persons_own_stays(tree):
    shelf = Shelf(tree, edit=True)
    name = names(shelf)["-n.jpg"]
    shelf.tell(name, "one")
    place = tree / "-n.jpg.xmp"
    place.write_bytes(Packet.read(place.read_bytes()).with_texts({ALT_TEXT: "for readers of screens"}))
    shelf.tell(name, "two")
    packet = Packet.read(place.read_bytes())
    assert (packet.text(DESCRIPTION), packet.text(ALT_TEXT)) == ("two", "for readers of screens")


def test_what_is_not_written(tree):
    name = names(Shelf(tree))["-n.jpg"]
    with pytest.raises(ValueError, match="start the server with --edit"):
        Shelf(tree).tell(name, "text")
    shelf = Shelf(tree, edit=True)
    shelf.look()
    for text in ("a" * (LONGEST + 1), "\x1b[31m"):
        with pytest.raises(ValueError, match="a caption has at most 10,000 letters, and no control codes"):
            shelf.tell(name, text)
    (tree / "-n.jpg.xmp").symlink_to(tree.parent / "elsewhere")
    with pytest.raises(ValueError, match="is a link, and is not written"):
        shelf.tell(name, "text")
    assert not (tree.parent / "elsewhere").exists()
    with pytest.raises(FileNotFoundError, match="no such folder of photos"):
        Shelf(tree / "none")
