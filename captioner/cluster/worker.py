"""What one worker does with the rows it is given: photos in, what the model says of them out. Nothing here is Ray's."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.cluster.job import Job
from captioner.inference import Answered, Captioned, Unreadable
from captioner.inference.features import Encoded, features_each

if TYPE_CHECKING:
    import pyarrow

UNASKED = "nothing is asked about this photo: the source has no question with it, and --questions gives none"
Cells = dict[str, Any]
Given = tuple[bytes | Path, Sequence[str]]
Said = Captioned[bytes | Path] | Answered[bytes | Path] | Encoded[bytes | Path] | Unreadable[bytes | Path]


def schema(job: Job) -> "pyarrow.Schema":
    """The columns of the rows that are written.

    `id` is the source's; `reason` says in one sentence why a photo was not read, and all between is empty then.
    Captions have the columns of `captioner caption --write parquet`, but for what only files have, and answers the
    fields of `captioner ask --json`; features are those of n places, one place after the other.
    """
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    caption = pa.struct([("caption", text), ("score", number), ("log_probability", number)])
    answer = pa.struct([("question", text), ("answer", text), ("probability", number), ("right", number)])
    said = {"caption": text, "score": number, "doubt": text, "right": number, "n_best": pa.list_(caption)}
    columns = {
        "captions": said,
        "answers": {"answers": pa.list_(answer)},
        "features": {"places": pa.int32(), "features": pa.list_(pa.float16())},
    }
    return pa.schema({"id": text, **columns[job.kind], "model": text, "reason": text})


class Worker:
    """Holds the model; is called with tables of a source's rows.

    Args:
        job: what is to be done.
        device: where, as torch names it.
        threads: how many read photos ahead.
    """

    def __init__(self, job: Job, device: str = "cpu", threads: int = 2) -> None:
        self.job, self.threads, self.name = job, threads, job.name
        self.model, self.schema = job.open(device), schema(job)

    def __call__(self, given: "pyarrow.Table") -> "pyarrow.Table":
        """A row for each row, in their order."""
        import pyarrow

        rows = [self._with_questions(row) for row in given.to_pylist()]
        said = self._said([(_source(row), row["questions"]) for row in rows if row["reason"] is None])
        written = [self._row(row["id"], row["reason"] or next(said)) for row in rows]
        return pyarrow.Table.from_pylist(written, schema=self.schema)

    def _with_questions(self, row: Cells) -> Cells:
        questions = self.job.questions or row["questions"] or ()
        unasked = self.job.kind == "answers" and not questions
        return row | {"questions": questions, "reason": row["reason"] or (UNASKED if unasked else None)}

    def _said(self, given: Sequence[Given]) -> Iterator[Said]:
        """What the model says of each photo."""
        batch, threads, photos = self.job.batch, self.threads, (photo for photo, _ in given)
        if self.job.kind == "captions":
            return self.model.caption_each(photos, self.job.decoding, batch=batch, threads=threads)
        if self.job.kind == "answers":
            return self.model.ask_each(given, top=1, batch=batch, threads=threads)
        return features_each(self.model, photos, batch=batch, threads=threads)

    def _row(self, name: str, said: Said | str) -> Cells:
        row = {"id": name, "model": self.name}
        if isinstance(said, str | Unreadable):
            return row | {"reason": said if isinstance(said, str) else said.reason}
        if isinstance(said, Captioned):
            return row | _captioned(said)
        if isinstance(said, Answered):
            return row | _answered(said)
        return row | {"places": len(said.grid), "features": said.grid.reshape(-1)}


def _source(row: Cells) -> bytes | Path:
    return Path(os.fsdecode(row["path"])) if row["photo"] is None else row["photo"]


def _captioned(said: Captioned[Any]) -> Cells:
    best = said.captions[0]
    n_best = [{"caption": c.text, "score": c.score, "log_probability": c.log_probability} for c in said.captions]
    return {"caption": best.text, "score": best.score, "doubt": best.doubt, "right": best.right, "n_best": n_best}


def _answered(said: Answered[Any]) -> Cells:
    return {
        "answers": [
            {"question": each.question, "answer": each.text, "probability": each.probability, "right": each.right}
            for each in said.answers
        ]
    }
