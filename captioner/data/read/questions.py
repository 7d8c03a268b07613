"""Questions about photos or clips and what people answered: one record, one reader of all formats, VQA's results."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from captioner.data.read.lines import checked, lines
from captioner.data.read.places import Places
from captioner.data.read.question_formats import DAQUAR_END, daquar, numbered_names, table, vqa
from captioner.data.read.records import images_beside
from captioner.data.read.tables import ENDINGS, columns
from captioner.files import read_json
from captioner.photos import Clip

Id = int | str
FORMATS = (".json", ".txt", *ENDINGS)


@dataclass(frozen=True)
class Question:
    """One question about one photo or clip.

    Args:
        id: names the question within its data set.
        image_id: names the photo: its number, or its file's name as a table spells it.
        path: where the photo lies; nobody has looked yet whether it does.
        text: the question, without outer spaces.
        answers: what the annotators answered, one each; empty where the file only asks.
        question_type: the data set's group of its wording ("how many"), or empty.
        answer_type: the data set's group of its answer ("number"), or empty.
        frames: of a clip that is given by its frames, where they lie, in the order of time; `path` is the first.
    """

    id: Id
    image_id: Id
    path: Path
    text: str
    answers: tuple[str, ...]
    question_type: str = ""
    answer_type: str = ""
    frames: tuple[Path, ...] = ()

    @property
    def source(self) -> Path | Clip:
        """What a model is shown."""
        return Clip(self.frames) if self.frames else self.path


def read_questions(
    questions: Path, annotations: Path | None = None, images: Path | None = None, *, image_names: Path | None = None
) -> list[Question]:
    """Reads questions in the format that the file's ending tells, in the order of the file.

    - `.json`: VQA v1 or v2, the answers from `annotations`; annotations of other questions are passed over.
    - `.txt`: DAQUAR. The words "in the image7" are taken off the end of a question, and "image7" elsewhere in it
      becomes "image"; its id is its place in the file, from 1, and its answer's type `list`, `number` or `other`.
    - `.jsonl`, `.csv`, `.tsv`: `image`, `question` and, where known, `answer`, a text or a JSON list with one of each
      annotator; also `id` (else the place in the file, from 1), `question_type` and `answer_type`. A `.json` that is a
      list of such entries, as VizWiz's, is read likewise.

    How a photo's file is named: a table says it. The other formats number their photos, and number 42 is called as
    `image_names` says; where that is not given, COCO_val2014_000000000042.jpg for the data type "mscoco" and the
    data subtype val2014 (test-dev2015 shares the photos of test2015), abstract_v002_val2015_000000000042.png for
    "abstract_v002", and image42.jpg for every other.

    Args:
        questions: the file with the questions.
        annotations: the file with VQA's answers; without it the questions have none.
        images: the folder of the photos; `images_beside(questions)` by default.
        image_names: a JSON file with `images`, a list of `id` and `file_name` as in COCO, or a text with one name a
            line ("image7", "image7.jpg"). Of DAQUAR's text only the questions about these photos are read: its splits
            are lists of photos.

    Raises:
        FileNotFoundError: one of the files does not exist.
        ValueError: a file is malformed or has another ending; the message says where and how.
    """
    ending = questions.suffix.lower()
    if ending not in FORMATS:
        raise ValueError(f"{questions}: questions are read from .json (VQA), .txt (DAQUAR), .jsonl, .csv and .tsv")
    if annotations is not None and ending != ".json":
        raise ValueError(f"{annotations}: only VQA's .json has its answers in a second file; leave the annotations out")
    if image_names is not None and ending in ENDINGS:
        raise ValueError(f"{image_names}: {questions} names its photos itself; leave the image names out")
    names = numbered_names(image_names) if image_names is not None else None
    if ending == ".json":
        rows = vqa(questions, annotations, names)
    elif ending == ".txt":
        rows = daquar(questions, names)
    else:
        rows = table(questions)
    places = Places(images if images is not None else images_beside(questions), questions)
    found: dict[Id, Question] = {}
    for row in rows:
        if row.id in found:
            raise ValueError(f"{questions}: the question id {row.id!r} stands twice; ids must differ")
        frames = tuple(places.path(frame) for frame in row.frames)
        found[row.id] = Question(row.id, row.image_id, places.path(row.image), *row[3:-1], frames)
    if not found:
        raise ValueError(f"{questions} holds no questions{' about the listed photos' if names is not None else ''}")
    return list(found.values())


def single_answers(questions: Sequence[Question]) -> list[Question]:
    """The questions that nobody answers with a list ("table, chair"): 5,076 of DAQUAR's 5,673 test questions.

    Published figures for DAQUAR, but those of its own authors, leave lists out (Yang et al. 2016, arXiv:1511.02274,
    section 4.1; Xiong et al. 2016, arXiv:1603.01417).

    Raises:
        ValueError: all are answered with lists.
    """
    single = [question for question in questions if not any("," in answer for answer in question.answers)]
    if not single:
        raise ValueError(f"all {len(questions)} questions are answered with lists, so none has a single answer")
    return single


def holds_questions(path: Path) -> bool:
    """Whether a file of one of the known formats is about questions, rather than captions.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON, or not UTF-8, where it should be.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        content = read_json(path)
        first = content[0] if isinstance(content, list) and content else content
        return isinstance(first, dict) and ("questions" if first is content else "question") in first
    if ending in (".csv", ".tsv"):
        return "question" in columns(path)
    line = next(lines(path), (1, ""))[1]
    if ending == ".txt":
        return DAQUAR_END.search(line.strip()) is not None
    return ending == ".jsonl" and re.search(r'"question"\s*:', line) is not None


def annotations_beside(questions: Path) -> Path | None:
    """The file with the answers that belongs to a VQA file of questions, if one with its name is beside it."""
    name = re.sub("(OpenEnded|MultipleChoice)_", "", questions.name).replace("questions", "annotations")
    path = questions.with_name(name)
    return path if questions.suffix == ".json" and path != questions and path.is_file() else None


def read_vqa_results(path: Path) -> dict[Id, str]:
    """Reads VQA's official result file into question id: answer.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is malformed or answers a question twice; the message says where.
    """
    results = read_json(path)
    if not isinstance(results, list):
        raise ValueError(f"{path} is no result file: that is a list of question_id and answer")
    answers: dict[Id, str] = {}
    for place, result in enumerate(results, 1):
        where = f"{path} result {place}"
        name = checked(result, "question_id", (int, str), where)
        if name in answers:
            raise ValueError(f"{where} answers question {name!r} a second time")
        answers[name] = checked(result, "answer", str, where)
    return answers


class AskedPhoto(NamedTuple):
    """A photo or clip and the places of its questions in the list that they come from."""

    source: Path | Clip
    questions: tuple[int, ...]


def by_photo(questions: Sequence[Question]) -> list[AskedPhoto]:
    """Puts the questions about one photo together; photos stand in the order of their first question."""
    found: dict[Path | Clip, list[int]] = {}
    for place, question in enumerate(questions):
        found.setdefault(question.source, []).append(place)
    return [AskedPhoto(source, tuple(places)) for source, places in found.items()]
