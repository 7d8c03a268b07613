"""What stands beside the rows: one run at a time, always with the same settings."""

import pytest

from captioner.cluster.ledger import PENDING, Ledger
from captioner.cluster.places import Place

pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow: pip install 'captioner[cluster]'")
from pyarrow import parquet  # noqa: E402

SETTINGS = {"kind": "captions", "model": "abc"}


@pytest.fixture
def ledger(tmp_path):
    return Ledger(Place.of(str(tmp_path / "out")))


def test_a_run_goes_on_with_the_same_settings_only(ledger):
    for _ in range(2):
        with ledger.alone(SETTINGS):
            pass
    with (
        pytest.raises(ValueError, match="out was begun with another model; give the same"),
        ledger.alone(SETTINGS | {"model": "other"}),
    ):
        pass


def test_two_runs_do_not_write_to_one_place(ledger):
    sentence = "is being written by another run"
    with ledger.alone(SETTINGS), pytest.raises(ValueError, match=sentence), Ledger(ledger.out).alone(SETTINGS):
        pass


def test_rows_of_somebody_else_are_left_alone(ledger, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.parquet").write_bytes(b"")
    with pytest.raises(ValueError, match="out exists already"), ledger.alone(SETTINGS):
        pass
    assert not (tmp_path / "out.run").exists()


def test_rows_are_counted_once_they_are_written_for_good(ledger, tmp_path):
    assert (ledger.written(), ledger.broken()) == (0, 0)
    (tmp_path / "out.run/ids").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    parquet.write_table(pyarrow.table({"id": ["a", "b"]}), tmp_path / "out.run/ids/1.parquet")
    parquet.write_table(pyarrow.table({"id": ["c"]}), tmp_path / f"out.run/ids/2{PENDING}")
    rows = pyarrow.table({"id": ["a", "b"], "reason": pyarrow.array([None, "it is damaged"])})
    parquet.write_table(rows, tmp_path / "out/1-0.parquet")
    assert (ledger.written(), ledger.broken()) == (2, 1)
