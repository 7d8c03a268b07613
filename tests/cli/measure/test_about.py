from captioner.cli.main import main
from captioner.models.doubt import Doubt, save_doubts
from tests import two_heads


def test_the_card_is_shown_without_its_header_and_the_facts_below_it(tmp_path, capsys):
    bundle = two_heads.save(tmp_path / "bundle")
    assert main(["about", "--model", str(bundle)]) == 0
    plain = capsys.readouterr().out
    assert plain.startswith(f"{bundle}: 0.")
    assert "trained for: captions, answers\n" in plain
    assert "answers that it can give: 4\n" in plain
    (bundle / "README.md").write_text("---\nlicense: mit\n---\n\n# a model\n\n\x1b[31mIts terms.\n")
    save_doubts(bundle, {"captions": Doubt((-2.0, -1.0), (0.5, 0.9), 1000, "val.json")})
    assert main(["about", "--model", str(bundle)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("# a model\n\n")
    assert "Its terms." in told
    assert "\x1b" not in told
    assert "captions: 50% to 90% right, by how sure it is (1,000 of val.json)\n" in told
