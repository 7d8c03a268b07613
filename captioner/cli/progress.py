"""One progress bar for all verbs, on stderr, so that what is printed stays clean."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(title: str, *, speed: str = "") -> Iterator[Callable[[int, int], None]]:
    """Gives a function to be told (done, total); the bar is gone when the work is.

    Args:
        title: what is counted, or done.
        speed: what so many a second are shown of; nothing by default.
    """
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, ProgressColumn, Task
    from rich.text import Text

    class Speed(ProgressColumn):
        """So many a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0:.1f} {speed}/s")

    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), *([Speed()] if speed else []))
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title)
        yield lambda done, total: bar.update(task, completed=done, total=total)
