"""The script of a thousand connections, made small."""

import sys

import pytest

from tests.paths import ROOT
from tests.serving.conftest import photo

SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(SCRIPTS))

import attack_service  # noqa: E402


@pytest.mark.slow
def test_good_clients_do_not_notice_hostile_ones(bundle, tmp_path, monkeypatch, capsys):
    (tmp_path / "a.png").write_bytes(photo())
    monkeypatch.setattr(
        sys, "argv", ["", str(bundle), str(tmp_path / "a.png"), "--connections=100", "--seconds=5", "--rate=5"]
    )
    monkeypatch.setattr(attack_service, "SLOWER", 4)  # few answers, and a machine that does other things too
    code = attack_service.main()
    table = capsys.readouterr().out
    assert code == 0, table
    assert table.count("reached") == 4


def test_the_script_is_bounded(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["", "bundle", "photo", "--connections=100000"])
    with pytest.raises(SystemExit):
        attack_service.main()
    assert "2 to 5,000 connections" in capsys.readouterr().err
