"""Questions made from captions, written as VQA's pair of files or as one table."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from captioner.data.questions.balance import Asked
from captioner.data.questions.photo import Scene
from captioner.files import write_text

A_PHOTO = 1000  # a question's id is its photo's number, then three digits
ENDINGS = (".json", ".jsonl")


def check_out(out: Path, scenes: Sequence[Scene] | None = None) -> None:
    """Refuses a name that these questions cannot be written to.

    Raises:
        ValueError: it has another ending; or VQA's files need numbers of photos or a name with "questions" in it.
    """
    if out.suffix not in ENDINGS:
        raise ValueError(f"{out}: questions are written as .json (VQA's pair of files) or .jsonl (one table)")
    if out.suffix == ".json" and "questions" not in out.name:
        raise ValueError(f"{out}: VQA's pair is called questions….json and annotations….json; name it so, or .jsonl")
    if out.suffix == ".json" and any(isinstance(scene.id, str) for scene in scenes or ()):
        raise ValueError(
            f"{out}: VQA's files number their photos, and these captions name them; write a .jsonl instead"
        )


def write_questions(out: Path, scenes: Sequence[Scene], asked: Sequence[Asked]) -> list[Path]:
    """Writes all questions; returns the files.

    Raises:
        ValueError: see `check_out`.
    """
    check_out(out, scenes)
    rows = list(_rows(scenes, asked))
    if out.suffix == ".jsonl":
        write_text(out, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        return [out]
    shared = {"info": {"description": "made from captions"}, "license": {}, "data_type": "captions", "data_subtype": ""}
    questions, annotations = [], []
    for row, one in zip(rows, asked, strict=True):
        key = {"image_id": scenes[one.photo].id, "question_id": row["id"]}
        questions.append({**key, "question": row["question"]})
        voices = [{"answer": a, "answer_confidence": "yes", "answer_id": i} for i, a in enumerate(row["answer"], 1)]
        types = {name: row[name] for name in ("question_type", "answer_type", "caption")}
        annotations.append({**key, **types, "multiple_choice_answer": one.made.answer, "answers": voices})
    beside = out.with_name(out.name.replace("questions", "annotations"))
    write_text(beside, json.dumps({**shared, "annotations": annotations}, ensure_ascii=False))
    write_text(out, json.dumps({**shared, "task_type": "Open-Ended", "questions": questions}, ensure_ascii=False))
    return [out, beside]


def _rows(scenes: Sequence[Scene], asked: Sequence[Asked]) -> Iterator[dict[str, Any]]:
    before: dict[int, int] = {}
    numbers = [scene.id for scene in scenes if isinstance(scene.id, int)]
    for place, one in enumerate(asked, 1):
        scene, made = scenes[one.photo], one.made
        number = before[one.photo] = before.get(one.photo, 0) + 1
        yield {
            "id": numbers[one.photo] * A_PHOTO + number if len(numbers) == len(scenes) else place,
            "image": scene.name,
            "question": made.text,
            "answer": [voice for voice in made.voices if voice is not None],
            "question_type": made.kind,
            "answer_type": _answer_type(made.kind),
            "caption": scene.captions[made.source].caption,
        }


def _answer_type(kind: str) -> str:
    return "yes/no" if kind.startswith("yes/no") else "number" if kind == "number" else "other"
