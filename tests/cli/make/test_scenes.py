from captioner.cli.main import main


def test_scenes_are_made_and_told(tmp_path, capsys):
    folder = tmp_path / "scenes"
    assert main(["scenes", str(folder), "--train", "2", "--val", "1", "--test", "0", "--size", "48"]) == 0
    assert capsys.readouterr().out == f"{folder}: 2 train, 1 val and 0 test scenes\n"
    assert len(list((folder / "images").iterdir())) == 3


def test_a_full_folder_is_one_sentence_and_code_2(tmp_path, capsys):
    (tmp_path / "mine.txt").touch()
    assert main(["scenes", str(tmp_path)]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("captioner scenes: ")
    assert "holds something else" in error
