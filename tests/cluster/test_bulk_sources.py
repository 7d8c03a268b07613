"""`captioner bulk` on Ray, from every kind of source and for every kind of work: each photo once, as the model says."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captioner.cli.main import main
from captioner.cli.make.pack import count
from captioner.cluster import run
from captioner.data.feed.packs.packing import pack
from captioner.data.feed.packs.rows import of_questions
from captioner.data.read.questions import Question
from captioner.inference import load
from captioner.inference.photos import source_pixels
from tests import two_heads
from tests.cluster.bulk import doubles, rows
from tests.cluster.test_sources import tar
from tests.serving.conftest import photo

NAMES = [f"{number:02}" for number in range(7)]
Bulk = Callable[..., list[dict[str, Any]]]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Ray on this machine, begun once for all jobs."""
    pytest.importorskip("ray", reason="needs Ray Data: pip install 'captioner[cluster]'")
    with run._cluster(run.LOCAL) as ray, pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_cluster", lambda address: nullcontext(ray))
        yield


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    return two_heads.save(tmp_path_factory.mktemp("bulk") / "both")


@pytest.fixture
def photos(tmp_path) -> dict[str, bytes]:
    """Seven photos, of which the last is none, as bytes and as files."""
    found = {name: photo(f"hsl({40 * int(name)}, 90%, 50%)") for name in NAMES[:-1]} | {NAMES[-1]: b"no photo"}
    (tmp_path / "photos").mkdir()
    for name, content in found.items():
        (tmp_path / f"photos/{name}.png").write_bytes(content)
    return found


@pytest.fixture
def bulk(cluster, bundle, tmp_path) -> Bulk:
    """Does the work; the rows, by id, of which each is there once."""

    def call(source: Path | str, *arguments: str, broken: int = 1) -> list[dict[str, Any]]:
        out = tmp_path / "out"
        command = ["bulk", str(source), "--out", str(out), "--model", str(bundle)]
        assert main([*command, "--rows", "3", *arguments]) == (1 if broken else 0)
        found = sorted(rows(out), key=lambda row: row["id"])
        assert doubles(found) == 0
        assert sum(row["reason"] is not None for row in found) == broken
        return found

    return call


def test_parquet_with_bytes_gives_captions(bulk, bundle, photos, tmp_path):
    from pyarrow import parquet, table

    parquet.write_table(table({"id": NAMES, "photo": list(photos.values())}), tmp_path / "a.parquet")
    found = bulk(tmp_path / "a.parquet")
    said = load(bundle).caption([photos[name] for name in NAMES[:-1]])
    assert [(row["id"], row["caption"]) for row in found[:-1]] == [
        (name, each.text) for name, each in zip(NAMES[:-1], said, strict=True)
    ]
    assert found[-1]["reason"].startswith("the photo is not a photo that can be read")


def test_parquet_with_paths_gives_answers_to_the_questions_of_the_command(bulk, bundle, photos, tmp_path):
    from pyarrow import parquet, table

    parquet.write_table(table({"path": [f"photos/{name}.png" for name in NAMES]}), tmp_path / "a.parquet")
    found = bulk(tmp_path / "a.parquet", "--questions", "what is it?", "how many?")
    assert [row["id"] for row in found] == [f"photos/{name}.png" for name in NAMES]
    model = load(bundle)
    for row in found[:-1]:
        said = [model.ask(tmp_path / row["id"], question, top=1).text for question in ("what is it?", "how many?")]
        assert [each["answer"] for each in row["answers"]] == said


def test_tars_give_features(bulk, bundle, photos, tmp_path):
    for number in range(2):
        tar(tmp_path / f"tars/{number}.tar", {f"{name}.png": photos[name] for name in NAMES[number::2]})
    found = bulk(tmp_path / "tars", "--features")
    assert [row["id"] for row in found] == [f"{int(name) % 2}.tar/{name}" for name in NAMES[::2] + NAMES[1::2]]
    model = load(bundle)
    grid = model.engine.memory(source_pixels(photos["00"], model.bundle.image)[None])["grid"][0]
    assert found[0]["places"] == len(grid)
    np.testing.assert_allclose(np.reshape(found[0]["features"], grid.shape), grid, rtol=1e-3, atol=1e-3)


def test_chunks_of_questions_give_their_own_answers(bulk, photos, tmp_path):
    asked = [
        Question(name, name, tmp_path / f"photos/{name}.png", f"what is {name}?", ("2",), "what", "number")
        for name in NAMES
    ]
    assert len(pack(of_questions(asked), tmp_path / "pack", count).broken) == 1
    found = bulk(tmp_path / "pack", "--questions", broken=0)
    questions = [[each["question"] for each in row["answers"]] for row in found]
    assert questions == [[f"what is {name}?"] for name in NAMES[:-1]]
