"""Finding photos and matching sentences: two stages, the command line, and the contact sheet."""

import io
import json
import shutil

import numpy as np
import pytest

import captioner
from captioner.cli.main import main
from captioner.folders.finding.index import Index
from captioner.folders.finding.matching import match_among
from captioner.folders.finding.query import find
from captioner.inference.judging.judge import Judge
from captioner.inference.judging.weighing import above_any, guess, rarity, weighed
from captioner.photos import find_photos
from tests import two_heads
from tests.paths import FIXTURES

QUERY = "what is on the table"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def judge(bundle):
    return Judge(captioner.load(bundle))


@pytest.fixture(scope="module")
def photos():
    return find_photos([str(FIXTURES / "images")])


@pytest.fixture(scope="module")
def index(judge, photos, tmp_path_factory):
    with Index(tmp_path_factory.mktemp("index"), judge) as index:
        index.update(photos)
        yield index


def test_photos_are_ranked_by_how_probable_the_words_are(index, judge, photos):
    hits = find(index, QUERY, photos, top=3)
    told = {photo: judge.model.explain(photo, QUERY).log_probability for photo in photos}
    for hit in hits:
        assert hit.log_probability == pytest.approx(told[hit.photo], abs=0.02)  # kept in half precision
    words = np.concatenate(list(index.expected([kept for _, kept in index.places(photos)])))
    ids, rare = judge.numbered(QUERY), rarity(words)
    weights = rare[[*ids, judge.vocabulary.end]]
    fits = []
    for photo in photos:
        (looked,) = judge.look_each([photo])
        said = judge.read({"grid": looked.kept["grid"][None]}, [ids])[0, 0]
        fits.append((said * weights).sum() / weights.mean())
    fits = np.array(fits) - np.log(np.exp(fits).mean())
    best = np.argsort(-fits)[:3]
    assert [hit.photo for hit in hits] == [photos[place] for place in best]
    assert [hit.score for hit in hits] == pytest.approx(list(fits[best]), abs=1e-4)


def test_only_candidates_are_judged_exactly(index, judge, photos, monkeypatch):
    judged, read = [], judge.read

    def counted(kept, texts):
        judged.append(len(kept["grid"]))
        return read(kept, texts)

    monkeypatch.setattr(judge, "read", counted)
    found = find(index, QUERY, photos, top=2, candidates=3)
    words = np.concatenate(list(index.expected([kept for _, kept in index.places(photos)])))
    likely = np.argsort(-guess(words, [judge.numbered(QUERY)], rarity(words))[:, 0])[:3]
    assert {hit.photo for hit in found} <= {photos[place] for place in likely}
    find(index, QUERY, photos, top=4, candidates=3)
    find(index, QUERY, photos, top=2, candidates=0)
    assert judged == [3, 4, len(photos)]


def test_photos_that_were_not_judged_weigh_nothing():
    scores = np.log([[0.5, 0.1], [0.25, 0.3]])
    np.testing.assert_allclose(above_any(scores, 2), np.log([[0.5 / 0.375, 0.5], [0.25 / 0.375, 1.5]]))
    scores[1, 1] = -np.inf
    np.testing.assert_allclose(above_any(scores, 2)[:, 1], [np.log(2), -np.inf])


def test_rare_words_count_more():
    expected = np.array([[1.0, 0.5, 0.01, 0], [1.0, 0.3, 0.03, 0]])
    rare = rarity(expected)
    np.testing.assert_allclose(rare[:3], -np.log(np.array([1, 0.4, 0.02]) / 1.42), rtol=1e-3)
    assert rare[3] == pytest.approx(-np.log(1e-6))
    log_p = np.log(np.array([[[0.5, 0.2, 0.9], [0.1, 0.4, 1.0]]]))
    said = weighed(log_p, [[1, 2], [2]], rare, end=0)
    for slot, ids in enumerate([[1, 2, 0], [2, 0]]):
        weights = rare[ids] / rare[ids].mean()
        assert said[0, slot] == pytest.approx((log_p[0, slot, : len(ids)] * weights).sum(), rel=1e-5)
    told = guess(expected, [[2, 1, 2]], rare)
    squares = rare[[1, 2]] ** 2
    np.testing.assert_allclose(told[:, 0], np.log(expected[:, [1, 2]] + 1e-4) @ squares / squares.mean(), rtol=1e-5)


@pytest.mark.parametrize(("settings", "said"), [({"top": 0}, "top is 0"), ({"candidates": -1}, "candidates is -1")])
def test_numbers_out_of_range_are_refused(index, photos, settings, said):
    with pytest.raises(ValueError, match=said):
        find(index, QUERY, photos, **settings)


@pytest.mark.parametrize(("query", "said"), [("?!", "has no word"), ("zebras", "the model knows no word of 'zebras'")])
def test_a_query_without_a_word_is_refused(index, photos, query, said):
    with pytest.raises(ValueError, match=said):
        find(index, query, photos)


@pytest.fixture
def run(bundle, tmp_path, monkeypatch, capsys):
    shutil.copytree(FIXTURES / "images", tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(verb, *words):
        code = main([verb, *words, "--model", str(bundle)])
        out, error = capsys.readouterr()
        return code, out.splitlines(), error

    return run


def test_the_command_prints_photos_and_keeps_its_index_in_the_cache(run, tmp_path, judge):
    (tmp_path / "photos" / "broken.png").write_bytes(b"no photo")
    code, lines, error = run("find", "photos", f"{QUERY} zebra", "--top", "3")
    assert code == 1
    assert "broken.png" in error
    assert "the model does not know zebra" in error
    assert [line.split("\t")[1].split("/")[0] for line in lines] == ["photos"] * 3
    scores = [float(line.split("\t")[0]) for line in lines]
    assert scores == sorted(scores, reverse=True)
    assert (tmp_path / "cache/captioner/find" / judge.identity[:16] / "photos.sqlite").is_file()


def test_the_command_reads_a_list_of_photos_from_stdin(run, tmp_path, monkeypatch):
    one, other, *_ = sorted((tmp_path / "photos").iterdir())
    monkeypatch.setattr("sys.stdin", io.StringIO(f"photos/{other.name}\r\n\nphotos/{one.name}\n"))
    code, lines, error = run("find", "-", f"photos/{one.name}", QUERY, "--index=i")
    assert (code, error) == (0, "")
    assert sorted(line.split("\t")[1] for line in lines) == [f"photos/{one.name}", f"photos/{other.name}"]


def test_the_command_writes_json_and_a_sheet(run, tmp_path):
    code, lines, error = run("find", "photos", QUERY, "--json", "--top=2", "--index=i", "--sheet", "hits <&>.html")
    assert code == 0
    assert "hits <&>.html" in error
    first, second = map(json.loads, lines)
    assert first["score"] >= second["score"]
    assert first.keys() == {"photo", "score", "log_probability"}
    page = (tmp_path / "hits <&>.html").read_text()
    assert page.count("<section>") == 2
    assert page.count("data-cover=") == 2 * 5
    assert page.index(first["photo"].split("/")[1]) < page.index(second["photo"].split("/")[1])


def test_a_sheet_that_is_no_page_is_refused_before_any_work(run, tmp_path):
    code, _, error = run("find", "photos", QUERY, "--sheet", "sheet.png", "--index=i")
    assert code == 2
    assert "sheet.png is a page; let its name end in .html" in error
    assert not (tmp_path / "i").exists()


def test_sentences_are_matched_with_a_photo(run, judge, photos):
    texts = ["how many chairs", QUERY, "chairs are on the table"]
    code, lines, _ = run("match", str(photos[0]), *texts, "--json")
    found = [json.loads(line) for line in lines]
    assert code == 0
    assert sorted(each["text"] for each in found) == sorted(texts)
    assert [each["score"] for each in found] == sorted((each["score"] for each in found), reverse=True)
    for each in found:
        told = judge.model.explain(photos[0], each["text"]).log_probability
        assert each["log_probability"] == pytest.approx(told, abs=1e-3)


def test_other_photos_tell_how_much_a_sentence_fits_anything(run, index, judge, photos):
    texts = ["how many chairs", QUERY]
    code, lines, _ = run("match", str(photos[0]), *texts, "--json", "--among", "photos", "--index=i")
    found = [json.loads(line) for line in lines]
    assert code == 0
    assert found == [fit._asdict() for fit in match_among(index, photos[0], texts, photos)]
    expected = np.concatenate(list(index.expected([kept for _, kept in index.places(photos)])))
    rare, sentences = rarity(expected), [judge.numbered(text) for text in texts]
    log_p = np.concatenate([judge.read(judge.memory(photo), sentences) for photo in [photos[0], *photos]])
    scores = above_any(weighed(log_p, sentences, rare, end=judge.vocabulary.end), len(photos) + 1)[0]
    told = {each["text"]: each["score"] for each in found}
    assert [told[text] for text in texts] == pytest.approx(list(scores), abs=0.02)  # kept in half precision
    assert found[0]["score"] >= found[1]["score"]
