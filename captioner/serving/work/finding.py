"""One thread that keeps the index of a shelf's photos, and looks for photos by words among those that it knows."""

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from captioner.disk.locks import busy
from captioner.folders.finding.index import Index
from captioner.folders.finding.query import Hit, find
from captioner.folders.writing.shelf import Shelf
from captioner.inference import Judge

AT_ONCE = 500  # photos of an update, between two of which questions are answered even where all are known
PAUSE = 0.5  # seconds between two looks whether another program has left the index
TAKEN = "another program is at work on the index of these photos; try again when it has finished"
BROKEN = "the index of these photos cannot be used; the log of the server says why"

logger = logging.getLogger("captioner.serving")


class Unready(Exception):
    """Nothing can be searched at this moment; the sentence says why."""


class Ended(Exception):
    """The service ends."""


class Known(NamedTuple):
    """How far the index is.

    Attributes:
        known: photos that can be found.
        total: photos of the shelf.
        done: whether all of them were looked at.
        trouble: what keeps it from going on, in one sentence.
    """

    known: int = 0
    total: int = 0
    done: bool = False
    trouble: str = ""


class Question(NamedTuple):
    """Words to look for, and where the photos are expected."""

    words: str
    top: int
    hits: "Future[Sequence[Hit]]"


class Finder:
    """Finds photos of a shelf.

    Questions are answered between two batches of an update, so that one thread alone has the index and its model. The
    index is held only while it is needed: other programs have their turn.

    Args:
        judge: who looks at photos.
        shelf: whose photos they are.
        folder: of the index.
    """

    def __init__(self, judge: Judge, shelf: Shelf, folder: Path) -> None:
        self.judge, self.shelf, self.folder = judge, shelf, folder
        self._far = Known()
        self._questions: SimpleQueue[Question] = SimpleQueue()
        self._wake, self._stale, self._ending = threading.Event(), False, False

    @property
    def known(self) -> Known:
        """How far the index is."""
        far = self._far
        return far._replace(total=len(self.shelf.known), done=far.done and not self._stale)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The life of the thread; what it has begun is cut short at the end, and gone on with at the next start."""
        thread = threading.Thread(target=self._live, name="finder")
        thread.start()
        try:
            yield
        finally:
            self._ending = True
            self._wake.set()
            thread.join()

    def refresh(self) -> None:
        """Has the photos that the shelf knows by now looked at, as far as that has not been done."""
        self._stale = True
        self._wake.set()

    def ask(self, words: str, top: int) -> "Future[Sequence[Hit]]":
        """Looks for photos, best first, among those that are known; the future may raise `Unready`."""
        hits: Future[Sequence[Hit]] = Future()
        self._questions.put(Question(words, top, hits))
        self._wake.set()
        return hits

    def _live(self) -> None:
        while not self._ending:
            self._wake.wait()
            self._wake.clear()
            try:
                with self._opened() as index:
                    self._answer(index)
                    while self._stale:
                        self._look(index)
            except Ended:
                pass
            except Exception:  # the thread lives on: the index may be mended, or removed, meanwhile
                logger.exception("the index of photos cannot be used")
                self._refuse(BROKEN)
        self._refuse("the server is ending; try again later")

    @contextmanager
    def _opened(self) -> Iterator[Index]:
        """The index, once no other program has it."""
        while busy(self.folder / "lock"):
            self._refuse(TAKEN)
            self._wake.wait(PAUSE)
            self._wake.clear()
            self._check()
        self._check()
        with Index(self.folder, self.judge) as index:
            self._far = self._far._replace(trouble="")
            yield index

    def _look(self, index: Index) -> None:
        """Brings the index up to date."""
        self._far, self._stale = self._far._replace(done=False), False
        photos = list(self.shelf.known.values())
        try:
            self._tell(index, photos)
            for begin in range(0, len(photos), AT_ONCE):
                some = photos[begin : begin + AT_ONCE]
                index.update(some, progress=lambda *_: self._tell(index, photos))
            index.update(photos, below=[self.shelf.folder])
        except Exception:
            self._stale = True  # for whoever asks next
            raise
        self._tell(index, photos, done=True)

    def _tell(self, index: Index, photos: Sequence[Path], *, done: bool = False) -> None:
        self._check()
        self._far = Known(len(index.places(photos)), len(photos), done)
        self._answer(index)

    def _check(self) -> None:
        if self._ending:
            raise Ended

    def _answer(self, index: Index) -> None:
        """Answers all who wait."""
        for question in self._waiting():
            try:
                hits = find(index, question.words, list(self.shelf.known.values()), top=question.top)
            except Exception:
                question.hits.set_exception(Unready(BROKEN))
                raise
            question.hits.set_result(hits)

    def _refuse(self, sentence: str) -> None:
        """Tells all who wait that there is nothing to search."""
        self._far = self._far._replace(trouble=sentence)
        for question in self._waiting():
            question.hits.set_exception(Unready(sentence))

    def _waiting(self) -> Iterator[Question]:
        """Those that still want an answer."""
        while True:
            try:
                question = self._questions.get_nowait()
            except Empty:
                return
            if question.hits.set_running_or_notify_cancel():
                yield question
