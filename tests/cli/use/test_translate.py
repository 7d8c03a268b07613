"""`captioner translate`: sentences typed, from a file or from stdin; text, JSON, and pictures of the attention."""

import io
import json
from pathlib import Path

import pytest

import captioner
from captioner.cli.main import main
from captioner.evaluation.translations import exchanged
from tests import translator, two_heads
from tests.paths import FIXTURES
from tests.translator import SENTENCES


@pytest.fixture(scope="module")
def seeing(tmp_path_factory):
    return str(translator.save(tmp_path_factory.mktemp("translator") / "seeing", sees=True))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return str(translator.save(tmp_path_factory.mktemp("translator") / "bundle"))


BRIEF = ("--max-words", "8")
NAMES = [f"test_{number:06}.png" for number in range(2)]
PHOTOS = [str(FIXTURES / "images" / name) for name in NAMES]


def test_sentences_come_typed_or_by_lines(bundle, tmp_path, monkeypatch, capsys):
    search = captioner.Decoding(beam=5, max_words=8, length_exponent=1.0)
    wanted = [each.text for each in captioner.load(bundle).translate(SENTENCES[:2], search)]
    lines = "\n".join(SENTENCES[:2]) + "\n"
    (tmp_path / "en.txt").write_text(lines)
    for given in (SENTENCES[:2], ["--file", str(tmp_path / "en.txt")], ["-"]):
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        assert main(["translate", "--model", bundle, *BRIEF, *given]) == 0
        assert capsys.readouterr().out.splitlines() == wanted


def test_json_tells_words_and_attention(bundle, capsys):
    assert main(["translate", "--model", bundle, *BRIEF, "a dog 漢", "--json", "--n-best", "2"]) == 0
    out, err = capsys.readouterr()
    line = json.loads(out)
    assert line["source_words"] == ["a", "dog", "漢", "⏎"]
    assert [len(row) for row in line["attention"]] == [4] * len(line["words"])
    assert len(line["n_best"]) == 2
    assert err == "captioner translate: the model does not know 漢; it read over it\n"


def test_pictures_and_pages_are_drawn(bundle, tmp_path, capsys):
    png, page = tmp_path / "m.png", tmp_path / "m.html"
    assert main(["translate", "--model", bundle, *BRIEF, SENTENCES[0], "--out", str(png)]) == 0
    assert main(["translate", "--model", bundle, *BRIEF, *SENTENCES[:2], "--out", str(page)]) == 0
    assert png.read_bytes().startswith(b"\x89PNG")
    assert page.read_text().count('<table class="matrix"') == 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([], "give sentences, or a file of them with --file, or - to read stdin by lines"),
        (["a", "--file", "b"], "give sentences, or a file of them"),
        (["-", "a"], "- reads all sentences from stdin: leave the others out"),
        (["--file", "nowhere.gz"], "nowhere.gz: no such file"),
        (["a", "--out", "m.gif"], "--out m.gif ends in none of .png, .html"),
        (["a", "b", "--out", "m.png"], "m.png shows one sentence: give one, or let --out end in .html"),
        (["a", "--beam", "0"], "beam is 0"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(bundle, tmp_path, monkeypatch, capsys, given, reason):
    monkeypatch.chdir(tmp_path)
    assert main(["translate", "--model", bundle, *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("captioner translate: ")
    assert reason in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_photos_stand_beside_sentences_typed_or_in_a_file(seeing, tmp_path, capsys):
    (tmp_path / "en.txt").write_text("\n".join(SENTENCES[:2]))
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    typed = [*SENTENCES[:2], *(f"--photo={photo}" for photo in PHOTOS)]
    filed = ["--file", "en.txt", "--photos", "names.txt"]
    filed = [str(tmp_path / word) if word.endswith(".txt") else word for word in filed]
    given = []
    for words in (typed, [*filed, "--images", str(FIXTURES / "images")]):
        assert main(["translate", "--model", seeing, *BRIEF, *words, "--json"]) == 0
        given.append([json.loads(line) for line in capsys.readouterr().out.splitlines()])
    assert given[0] == given[1]
    assert given[0][0]["source_words"] == ["a", "dog", "runs", "[photo]", "⏎"]
    assert (
        main(["translate", "--model", seeing, *BRIEF, "a dog", "--photo", PHOTOS[0], "--out", str(tmp_path / "m.png")])
        == 0
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["a", "b", "--photo", "x.jpg"], "give one --photo for each sentence that is typed"),
        (["-", "--photo", "x.jpg"], "give one --photo for each sentence that is typed"),
        (["--file", "en", "--photo", "x.jpg"], "for those of a --file, --photos FILE"),
        (["a", "--photos", "names"], "--photos names those of a --file"),
        (["--file", "en", "--photos", "names"], "en has 1 lines and names 2; line i must name the photo of sentence i"),
    ],
)
def test_photos_without_their_sentences_are_refused(seeing, tmp_path, monkeypatch, capsys, given, reason):
    monkeypatch.chdir(tmp_path)
    Path("en").write_text("a dog\n")
    Path("names").write_text("\n\n")
    assert main(["translate", "--model", seeing, *given]) == 2
    assert reason in capsys.readouterr().err


def test_a_translator_without_eyes_takes_no_photo_and_a_photo_that_is_not_there_is_told(bundle, seeing, capsys):
    assert main(["translate", "--model", bundle, "a dog", "--photo", PHOTOS[0]]) == 2
    assert "this translator sees no photos: leave them out" in capsys.readouterr().err
    assert main(["translate", "--model", seeing, "a dog", "--photo", "nowhere.jpg"]) == 1
    assert capsys.readouterr().err == "captioner translate: nowhere.jpg: no such photo\n"


def test_an_empty_sentence_is_told_and_the_rest_translated(bundle, capsys):
    assert main(["translate", "--model", bundle, *BRIEF, " ", "a dog"]) == 1
    out, err = capsys.readouterr()
    assert err == "captioner translate: a sentence is empty; give one with a word\n"
    assert len(out.splitlines()) == 1


def test_each_model_is_sent_to_its_own_verb(bundle, tmp_path, capsys):
    assert main(["caption", "--model", bundle, str(FIXTURES / "images/test_000000.png")]) == 2
    assert (
        "this bundle translates sentences, and says nothing of photos: `captioner translate` lets it"
        in capsys.readouterr().err
    )
    assert main(["translate", "--model", str(two_heads.save(tmp_path / "photos")), "a dog"]) == 2
    assert "this bundle looks at photos and translates nothing" in capsys.readouterr().err


def test_translations_are_evaluated(bundle, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("en.txt").write_text("\n".join(SENTENCES))
    Path("ne.txt").write_text("\n".join(SENTENCES))
    command = ["evaluate", "en.txt", "--references", "ne.txt", "--model", bundle, "--max-words", "8"]
    assert main(command) == 0
    scores = json.loads(Path("evaluation/scores.json").read_text())
    assert (scores["sentences"], scores["search"]["beam"]) == (8, 5)
    assert set(scores["scores"]) == {"bleu", "chrf"}
    assert "BLEU (sacrebleu)" in capsys.readouterr().out
    assert len(json.loads(Path("evaluation/results.json").read_text())) == 8


def test_translations_are_evaluated_with_their_photos_or_those_of_others(seeing, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, lines in {"en": SENTENCES[:2], "ne": SENTENCES[:2], "photos": NAMES}.items():
        Path(name).write_text("\n".join(lines))
    command = ["evaluate", "en", "--references", "ne", "--model", seeing, "--max-words", "8", "--beam", "2"]
    beside = ["--photos", "photos", "--images", str(FIXTURES / "images")]
    for more in ([], beside, [*beside, "--shuffle-photos", "1"]):
        assert main([*command, *more]) == 0
    scores = json.loads(Path("evaluation/scores.json").read_text())
    assert (scores["data"]["photos"], scores["photos_exchanged_with_seed"]) == ("photos", 1)
    assert main([*command, "--shuffle-photos", "1"]) == 2
    assert "photos can be exchanged among two sentences or more" in capsys.readouterr().err


def test_exchanged_photos_are_all_anothers_and_a_sentence_without_one_stays_without():
    photos = [Path(letter) for letter in "abc"]
    for seed in range(5):
        found = exchanged([*photos, None], seed)
        assert set(found) == {*photos, None}
        assert found[3] is None
        assert all(one != other for one, other in zip(found, photos, strict=False))
