import pytest
from PIL import Image

from captioner.cli.files import file_and_split
from captioner.cli.main import main


@pytest.fixture
def folder(tmp_path):
    """Train and val captions of two photos each, as CSV."""
    for number, name in enumerate("abcd"):
        Image.new("RGB", (4, 4), (number * 50, 0, 0)).save(tmp_path / f"{name}.png")
    (tmp_path / "train.csv").write_text("image,caption\na.png,a dog\nb.png,a dog runs\n")
    (tmp_path / "val.csv").write_text("image,caption\nc.png,a cat\nd.png,a dog\n")
    return tmp_path


def check(*arguments: object) -> int:
    return main(["data", "check", *map(str, arguments)])


def test_a_clean_data_set_gives_a_table_and_code_0(folder, capsys):
    assert check("--train", folder / "train.csv", "--val", folder / "val.csv", "--min-count", 1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["train", "val"]
    assert [line.split() for line in lines[1:3]] == [["photos", "2", "2"], ["captions", "2", "2"]]
    assert "known to the vocabulary    100.00%    75.00%" in lines
    assert lines[-1] == "nothing to mend"


def test_problems_are_printed_and_give_code_1(folder, capsys):
    (folder / "b.png").unlink()
    assert check("--train", folder / "train.csv", "--min-count", 1) == 1
    out = capsys.readouterr().out
    assert "b.png" in out
    assert out.endswith("1 problems\n")


def test_many_problems_are_counted(folder, capsys):
    (folder / "many.csv").write_text("image,caption\n" + "".join(f"none{i}.png,a dog\n" for i in range(25)))
    assert check("--train", folder / "many.csv", "--min-count", 1) == 1
    out = capsys.readouterr().out
    assert out.count("problem: ") == 20
    assert "… and 5 problems more" in out


def test_a_list_of_names_and_a_folder_of_photos(folder, tmp_path_factory, capsys):
    elsewhere = tmp_path_factory.mktemp("captions")
    (elsewhere / "captions.txt").write_text("image,caption\na.png,a dog\nb.png,one, two\nc.png,a cat\n")
    (elsewhere / "list.txt").write_text("a.png\nb.png\n")
    part = f"{elsewhere / 'captions.txt'}@{elsewhere / 'list.txt'}"
    assert check("--train", part, "--images", folder, "--min-count", 1) == 0
    assert "longest in train: a dog (a.png)" in capsys.readouterr().out


def test_the_folder_of_made_up_scenes(tmp_path, capsys):
    assert main(["scenes", str(tmp_path / "s"), "--train", "4", "--val", "2", "--test", "0"]) == 0
    (tmp_path / "s/captions_test.json").unlink()
    (tmp_path / "s/questions_test.json").unlink()
    assert check(tmp_path / "s", "--min-count", 1) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines[0] == ["train", "val"]
    assert lines[2][0] == "captions"
    questions = lines[lines.index(["train", "val"], 1) :]
    assert questions[2][0] == "questions"
    assert next(line[-2] for line in questions if line[:2] == ["answers", "that"]) == "100.00%"


def test_questions_with_their_answers(folder, capsys):
    (folder / "train.csv").write_text("image,question,answer\na.png,what is it?,dog\nb.png,what is it?,cat\n")
    (folder / "val.csv").write_text('image,question,answer\nc.png,what is it?,"[""dog"", ""cow""]"\nd.png,who?,dog\n')
    assert check("--train", folder / "train.csv", "--val", folder / "val.csv", "--min-count", 1) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["questions", "2", "2"] in lines
    assert ["different", "answers", "2", "2"] in lines
    assert ["answers", "that", "train", "has", "100.00%", "66.67%"] in lines


def test_numbered_photos_of_questions_are_named_by_a_file(tmp_path, capsys):
    assert main(["scenes", str(tmp_path / "s"), "--train", "4", "--val", "0", "--test", "0"]) == 0
    questions = tmp_path / "s/questions_train.json"
    assert check("--train", f"{questions}@{questions.with_name('captions_train.json')}", "--min-count", 1) == 0
    assert capsys.readouterr().out.endswith("nothing to mend\n")
    assert check("--train", questions, "--min-count", 1) == 1  # image0.jpg is not there


def test_a_file_named_with_an_at_is_taken_as_it_is(tmp_path):
    (tmp_path / "mine@home.csv").touch()
    assert file_and_split(str(tmp_path / "mine@home.csv")) == (tmp_path / "mine@home.csv", None)
    assert file_and_split("coco.json@train+restval")[1] == "train+restval"


def test_unusable_arguments_are_one_sentence_and_code_2(folder, capsys):
    cases = {
        "nothing to check; give a folder, or --train FILE": [],
        "give either the folder": [folder, "--train", folder / "train.csv"],
        "has no captions_train.json or questions_train.json; for other names use --train FILE": [folder],
    }
    for message, arguments in cases.items():
        assert check(*arguments) == 2
        assert message in capsys.readouterr().err
