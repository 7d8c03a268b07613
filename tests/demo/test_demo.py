"""The demo from end to end, as small as it can be; run again, it goes on with what is there."""

import json
import re

import pytest

import captioner
from captioner import box
from captioner.cli.main import main
from captioner.cli.make.demo import next_commands
from captioner.demo.real import ASKED
from captioner.demo.work import Places, Result, score
from captioner.files import read_json

pytestmark = pytest.mark.slow
SMALL = ["--train", "48", "--val", "8", "--test", "14"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    assert main(["demo", str(folder), *SMALL, "--epochs", "1"]) == 0
    return Places(folder)


def test_it_leaves_scenes_a_bundle_scores_and_a_page(demo):
    scores = read_json(demo.evaluation / "scores.json")
    assert scores["photos"] == 14
    assert scores["search"]["beam"] == 3
    assert len(read_json(demo.evaluation / "results.json")) == 14
    answers = read_json(demo.answers / "scores.json")
    assert answers["questions"] == len(read_json(demo.answers / "results.json")) > 14
    assert (demo.bundle / "config.json").is_file()
    assert (demo.bundle / "answers.json").is_file()
    assert (demo.run / "metrics.csv").is_file()


def test_the_page_needs_nothing_else(demo):
    html = demo.report.read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)="(?!data:)|url\((?!data:)|@import|https?://""", html)
    real = len(ASKED) if box.installed() else 0
    assert html.count('<figure class="attention"') == real + 12 + 2  # nobody speaks after one epoch
    assert "Where it fails" in html
    assert "BLEU-4" in html
    answers = real if real and "answers" in captioner.load().bundle.heads else 0
    assert html.count('<dl class="asked">') == answers + 12 + 2
    assert "existence" in html
    assert html.count("<svg") == 2


def test_run_again_it_trains_no_further_and_says_the_same(demo, capsys):
    said = (demo.evaluation / "results.json").read_text(encoding="utf-8")
    weights = (demo.bundle / "model.safetensors").read_bytes()
    encoder = demo.encoder.stat().st_mtime_ns
    pictures = {path: path.stat().st_mtime_ns for path in demo.scenes.rglob("*.png")}
    assert main(["demo", str(demo.folder), *SMALL, "--epochs", "1"]) == 0
    assert (demo.evaluation / "results.json").read_text(encoding="utf-8") == said
    assert (demo.bundle / "model.safetensors").read_bytes() == weights
    assert demo.encoder.stat().st_mtime_ns == encoder
    assert {path: path.stat().st_mtime_ns for path in demo.scenes.rglob("*.png")} == pictures
    assert f"Look at {demo.report}" in capsys.readouterr().out


def test_other_scenes_in_the_folder_are_refused(demo, capsys):
    assert main(["demo", str(demo.folder), "--train", "49", "--epochs", "1"]) == 2
    assert "holds something else than these scenes" in capsys.readouterr().err


def test_evaluate_scores_the_attention_beside_chance(demo, tmp_path, capsys):
    arguments = [
        "evaluate",
        "--model",
        str(demo.bundle),
        str(demo.captions("test")),
        "--attention",
        "--out",
        str(tmp_path),
    ]
    instances = demo.scenes / "instances_test.json"
    content = read_json(instances)
    word = read_json(demo.evaluation / "results.json")[0]["caption"].split()[0]  # what it does say
    content["categories"] = [{"id": one["id"], "name": word} for one in content["categories"]]
    (tmp_path / "named.json").write_text(json.dumps(content))
    assert main([*arguments, "--instances", str(tmp_path / "named.json")]) == 0
    scores = read_json(tmp_path / "scores.json")
    said = scores["attention"]["said"]
    assert {"pointing", "touching", "mass", "mentions", "absent", "movement"} <= said.keys()
    assert 0 < said["touching"]["even"][0] < 1
    assert scores["attention"]["given"].keys() >= {"mentions", "absent", "movement"}
    assert len(scores["faithfulness"]["attention"]["deletion"]) == 9
    out = capsys.readouterr().out
    assert "centred" in out
    assert "random order" in out


def test_commands_to_type_next_name_what_is_there(demo):
    commands = next_commands(demo.bundle, demo.captions("test"), "photo.png")
    assert all(command.startswith("captioner ") for command in commands)
    assert f"attend --model {demo.bundle} photo.png" in commands[0]


def test_scores_tell_progress(demo):
    told: list[tuple[int, int]] = []
    result = score(demo, progress=lambda done, total: told.append((done, total)))
    assert isinstance(result, Result)
    assert told[-1] == (14, 14)
