from collections import Counter

from captioner.training.data.question_files import QuestionFile, QuestionFiles

TABLE = 'image,question,answer\na.png,what is there?,"table, chair"\na.png,how many?,2\n'


def files(folder, **settings) -> QuestionFiles:
    table = QuestionFile(folder / "asked.csv")
    table.file.write_text(TABLE)
    return QuestionFiles(train=table, val=table, **settings)


def test_a_list_teaches_each_of_its_items_where_that_is_wanted(tmp_path):
    whole, apart = files(tmp_path), files(tmp_path, lists=True, targets="share")
    assert [question.answers for question in whole.read("train")] == [("table, chair",), ("2",)]
    train = apart.read("train")
    assert [question.answers for question in train] == [("table", "chair"), ("2",)]
    answers = apart.answer_list(lambda: Counter(answer for question in train for answer in question.answers))
    assert answers.answers == ("2", "chair", "table")
    assert answers.targets(train[0].answers, apart.targets) == {1: 0.5, 2: 0.5}


def test_what_is_scored_keeps_its_lists(tmp_path):
    assert files(tmp_path, lists=True).read("val")[0].answers == ("table, chair",)
