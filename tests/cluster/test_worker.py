"""What a worker writes is what the model says photo by photo; what cannot be read has a reason."""

import numpy as np
import pytest

from captioner.cluster.job import Job
from captioner.cluster.sources.rows import Row, tables
from captioner.cluster.worker import UNASKED, Worker
from captioner.inference import load
from tests import two_heads
from tests.serving.conftest import photo

pytest.importorskip("pyarrow", reason="needs pyarrow: pip install 'captioner[cluster]'")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return two_heads.save(tmp_path_factory.mktemp("bulk") / "both")


@pytest.fixture
def given(tmp_path):
    (tmp_path / "a.png").write_bytes(photo("blue"))
    rows = [
        Row("bytes", photo()),
        Row("broken", b"no photo"),
        Row("path", path=str(tmp_path / "a.png").encode(), questions=["what is red?"]),
        Row("gone", path=b"/none.png"),
        Row("unread", reason="the tar ends here"),
    ]
    (table,) = tables(rows)
    return table


def test_captions_are_the_models_own(bundle, given, tmp_path):
    rows = Worker(Job(model=str(bundle)))(given).to_pylist()
    model = load(bundle)
    assert [row["id"] for row in rows] == ["bytes", "broken", "path", "gone", "unread"]
    said = [model.caption(source)[0].captions[0] for source in (photo(), tmp_path / "a.png")]
    assert [rows[0]["caption"], rows[2]["caption"]] == [each.text for each in said]
    assert [rows[0]["score"], rows[2]["score"]] == pytest.approx([each.score for each in said], rel=1e-5)
    assert rows[0]["n_best"][0]["caption"] == said[0].text
    assert (rows[0]["reason"], rows[0]["model"]) == (None, "both")
    assert rows[1]["reason"].startswith("the photo is not a photo that can be read")
    assert [rows[place]["reason"] for place in (3, 4)] == ["/none.png: no such photo", "the tar ends here"]
    assert rows[4]["caption"] is None


def test_questions_are_those_of_the_command_or_of_the_source(bundle, given):
    asked = Worker(Job("answers", str(bundle), questions=("what is it?", "how many?")))(given).to_pylist()
    assert [each["question"] for each in asked[0]["answers"]] == ["what is it?", "how many?"]
    said = load(bundle).ask(photo(), "how many?", top=1)
    assert asked[0]["answers"][1]["answer"] == said.text
    assert asked[0]["answers"][1]["probability"] == pytest.approx(said.probability, rel=1e-5)
    own = Worker(Job("answers", str(bundle)))(given).to_pylist()
    assert own[0]["reason"] == UNASKED
    assert [each["question"] for each in own[2]["answers"]] == ["what is red?"]


def test_features_are_the_grid_in_half_precision(bundle, given):
    table = Worker(Job("features", str(bundle)))(given)
    assert str(table.schema.field("features").type.value_type) == "halffloat"
    row = table.to_pylist()[0]
    model = load(bundle)
    from captioner.inference.photos import source_pixels

    grid = model.engine.memory(source_pixels(photo(), model.bundle.image)[None])["grid"][0]
    np.testing.assert_allclose(np.reshape(row["features"], (row["places"], -1)), grid, rtol=1e-3, atol=1e-3)
    assert table.to_pylist()[1]["features"] is None


def test_jobs_that_cannot_be_are_told(bundle, tmp_path):
    with pytest.raises(ValueError, match="kind is 'songs', and must be one of captions, answers, features"):
        Job("songs")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="batch is 0"):
        Job(batch=0)
    alone = two_heads.save(tmp_path / "captions", answers=False)
    with pytest.raises(ValueError, match="cannot answer questions"):
        Job("answers", str(alone)).open()


def test_a_job_knows_itself_again_by_all_that_its_rows_depend_on(bundle, tmp_path):
    job = Job(model=str(bundle))
    assert job.identity("x") == Job(model=str(bundle), batch=3).identity("x")
    others = [Job("features", str(bundle)), Job("answers", str(bundle), questions=("a?",)), Job("answers", str(bundle))]
    identities = [each.identity("x") for each in (job, *others)] + [job.identity("y")]
    assert all(one != other for place, one in enumerate(identities) for other in identities[:place])
    assert Job(model=str(two_heads.save(tmp_path / "b", answers=False))).identity("x") != job.identity("x")
