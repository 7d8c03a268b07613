"""The run: captions come in one by one, and each is written at once."""

import errno
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from captioner.folders.writing.journal import Journal
from captioner.folders.writing.places import Places, XmpName
from captioner.folders.writing.plan import BESIDE, Plan, Task, join_same, make_plan
from captioner.folders.writing.policy import Policy
from captioner.folders.writing.tables import FORMATS, Row, check_format
from captioner.inference import Captioned, Unreadable
from captioner.photos import Found, photo_facts

KINDS = (*BESIDE, *FORMATS)
ENDLESS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # which would befall every photo
WRITERS, AHEAD = 4, 16  # threads, and photos whose files they may still be writing

Answer = Captioned[Path] | Unreadable[Path]
Settle = Callable[[Task, Row, ValueError | OSError | None], None]
Captions = Callable[[Iterable[Path]], Iterator[Answer]]
"""Says captions of a stream of photos, in its order; `Captioner.caption_each` with its settings."""


@dataclass(frozen=True)
class Job:
    """What is to be written, and where.

    Attributes:
        kinds: of files, names in KINDS.
        model: its name, for sidecars and tables.
        policy: what becomes of texts that are there.
        out: folder for all files; None puts them beside the photos, and tables into the one folder that was named.
        xmp_name: see `Places`.
        same: whether photos with the same content are captioned once.
    """

    kinds: tuple[str, ...]
    model: str
    policy: Policy = field(default_factory=Policy)
    out: Path | None = None
    xmp_name: XmpName | None = None
    same: bool = False

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise ValueError(f"--write {kind!r} is none of {', '.join(KINDS)}")
            check_format(kind)

    @property
    def tables(self) -> tuple[str, ...]:
        """The kinds that are tables."""
        return tuple(kind for kind in self.kinds if kind in FORMATS)

    def journal(self, photos: Iterable[Found]) -> Journal | None:
        """What a run needs that cannot tell by the files beside the photos what is done.

        Raises:
            ValueError: several folders were named, and none for the tables.
        """
        if not self.tables and self.policy.done == "skip":
            return None
        roots = {found.root.resolve(): found.root for found in photos}
        if self.out is None and self.tables and len(roots) > 1:
            raise ValueError(f"{', '.join(self.tables)} of several folders needs --out, a folder for the table")
        home = self.out or next(iter(roots.values()), Path())
        settings = {"kinds": list(self.kinds), "model": self.model, "xmp_name": self.xmp_name}
        return Journal(home, self.tables, self.policy, settings)


@dataclass
class Counts:
    """How a run went: photos, of which so many were done before, captioned, or could not be."""

    photos: int = 0
    done: int = 0
    captioned: int = 0
    failed: int = 0


def write_captions(
    photos: Iterable[Found],
    job: Job,
    captions: Captions,
    *,
    complain: Callable[[str], None],
    begin: Callable[[Plan], None] = lambda plan: None,
    tell: Callable[[Counts], None] = lambda counts: None,
) -> Counts:
    """Writes the captions of all photos that lack one. It can be interrupted, or killed, at any moment.

    Args:
        photos: with the folders that were named.
        job: what is to be written.
        captions: says them.
        complain: gets a sentence about every photo that could not be captioned.
        begin: gets what is to be done before anything is.
        tell: gets the counts after each photo.

    Raises:
        ValueError: the job does not fit the photos.
        OSError: nothing more can be written, as on a full disk.
    """
    photos = list(photos)
    places = Places(job.out, job.xmp_name, [found.root for found in photos])
    with job.journal(photos) or nullcontext() as journal:
        plan = make_plan(photos, job.kinds, places, job.policy, journal)
        counts = Counts(plan.photos, plan.done, failed=len(plan.refused))
        begin(plan)
        for sentence in plan.refused:
            complain(sentence)
        tasks = join_same(plan.tasks) if job.same else plan.tasks

        def settle(task: Task, row: Row, failure: ValueError | OSError | None) -> None:
            if failure is None:
                counts.captioned += 1
                if journal is not None:
                    journal.add({"path": journal.name(task.path), **row})
            else:
                complain(str(failure))
                counts.failed += 1
            tell(counts)

        _write_all(zip(tasks, captions(task.path for task in tasks), strict=True), job, settle)
    return counts


def _write_all(answers: Iterable[tuple[Task, Answer]], job: Job, settle: Settle) -> None:
    """Writes what was said, several files at once, because each waits for the disk.

    However it is stopped, what was begun is written and settled.

    Raises:
        OSError: nothing more can be written.
    """
    begun: deque[tuple[Task, Future[Row]]] = deque()

    def end_first() -> None:
        task, future = begun.popleft()
        row, failure = Row(), None
        try:
            row = future.result()
        except (ValueError, OSError) as error:
            if _endless(error):
                raise
            failure = error
        settle(task, row, failure)

    with ThreadPoolExecutor(WRITERS) as pool:
        try:
            for task, said in answers:
                begun += ((each, pool.submit(_write, each, said, job)) for each in task.all())
                while len(begun) > AHEAD:
                    end_first()
        finally:
            while begun:
                end_first()


def _write(task: Task, said: Answer, job: Job) -> Row:
    """Writes the files of one photo; gives its row for the tables, but for its name."""
    if isinstance(said, Unreadable):
        raise ValueError(said.reason)
    for kind, place in task.files:
        BESIDE[kind].write(place, said.text, job.model, job.policy)
    return _row(task.path, said, job) if job.tables else {}


def _row(photo: Path, said: Captioned[Path], job: Job) -> Row:
    best = said.captions[0]
    return {
        "caption": job.policy.worded(best.text),
        "score": best.score,
        "doubt": best.doubt,
        "right": best.right,
        **photo_facts(photo)._asdict(),
        "model": job.model,
        "n_best": [
            {"caption": each.text, "score": each.score, "log_probability": each.log_probability}
            for each in said.captions
        ],
    }


def _endless(error: BaseException) -> bool:
    """Whether it would befall every other photo too."""
    cause = error if getattr(error, "errno", None) else error.__cause__
    return getattr(cause, "errno", None) in ENDLESS
