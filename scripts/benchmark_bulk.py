"""Captions photos in bulk on this machine, killed on the way: is every row there once, and how fast beside one process?

    python scripts/benchmark_bulk.py PHOTOS                      # a folder; 20,000 photos, killed three times

Photos beyond those of the folder are the same ones under other names. Speed is in photos for each second of a
processor, which does not change with what else the machine does: all that a command and its processes took, from
start to end. A bulk job takes some seconds of it to start Ray, whatever it does then; so it is also told without
them, by the difference of two jobs. Exit code 1 if a target is missed.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from captioner.photos import find_photos
from tests.cluster.bulk import Outcome, bulk, doubles, rows

RATIO = 0.9  # target: photos a second of a processor, beside `captioner caption`


def repeated(photos: list[Path], count: int, folder: Path) -> Path:
    """A folder with so many photos: links, under names that sort as they were made."""
    folder.mkdir(parents=True)
    for number in range(count):
        photo = photos[number % len(photos)]
        (folder / f"{number:07}{photo.suffix}").symlink_to(photo.absolute())
    return folder


def alone(folder: Path, count: int) -> tuple[dict[str, str], float, float]:
    """Captions of the first photos by `captioner caption` on one core, its seconds, and those of its processor."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    named = "".join(f"{path}\n" for path in sorted(folder.iterdir())[:count])
    command = [sys.executable, "-m", "captioner.cli.main", "caption", "-"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    said = subprocess.run(command, input=named, capture_output=True, text=True, check=True, env=environment).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    captions = dict(line.split("\t") for line in said.splitlines())
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {Path(path).name: text for path, text in captions.items()}, time.monotonic() - began, busy


def told(what: str, photos: int, outcome: Outcome) -> None:
    """One line about a job."""
    speed = f"{photos / outcome.seconds:.1f} photos/s, {photos / outcome.busy:.1f} a processor's second"
    print(
        f"{what}: {photos:,} photos in {outcome.seconds:.0f} s, {outcome.busy:.0f} s of processors ({speed})",
        flush=True,
    )


def main() -> int:
    """Prints what was done and what was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="PHOTOS")
    parser.add_argument("--photos", type=int, default=20_000, metavar="N", help="how many (20,000)")
    parser.add_argument("--kills", type=int, default=3, metavar="N", help="how often the job is killed (3)")
    parser.add_argument("--beside", type=int, default=1_000, metavar="N", help="photos for `captioner caption` (1,000)")
    parser.add_argument("--whole", type=int, metavar="N", help="photos of the job that is never killed (as many)")
    parser.add_argument("--patience", type=float, default=36_000, metavar="S", help="seconds for a job (10 hours)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON too")
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="bulk-"))
    try:
        folder = repeated(find_photos([str(given.folder)]), given.photos, work / "photos")
        few = repeated(find_photos([str(given.folder)]), given.beside, work / "few")
        many = given.whole or given.photos
        unbroken = repeated(find_photos([str(given.folder)]), many, work / "whole")
        captions, seconds, busy = alone(folder, given.beside)
        print(f"captioner caption, one core: {given.beside:,} photos in {seconds:.0f} s, {busy:.0f} s of a processor")

        start = bulk(few, work / "out_few", patience=given.patience)
        told("captioner bulk, start to end", given.beside, start)
        killed = list[Outcome]()
        for number in range(given.kills):
            at = given.photos * (number + 1) // (given.kills + 1)
            killed.append(bulk(folder, work / "out", kill_at=at, patience=given.patience))
            if killed[-1].code != -9:
                raise SystemExit(f"a job ended before it was to be killed: {killed[-1].told}")
            print(f"killed at {len(rows(work / 'out')):,} rows", flush=True)
        last = bulk(folder, work / "out", patience=given.patience)
        print(last.told.splitlines()[-1], flush=True)
        found = rows(work / "out")
        others = sum(row["caption"] != captions.get(row["id"], row["caption"]) for row in found)
        whole = bulk(unbroken, work / "out_whole", patience=given.patience)
        told("captioner bulk, never killed", many, whole)
    finally:
        shutil.rmtree(work)

    one, bulky = given.beside / busy, many / whole.busy
    steady = (many - given.beside) / (whole.busy - start.busy)
    figures = {"caption": one, "bulk": bulky, "bulk without its start": steady, "unit": "photos a processor's second"}
    figures |= {"photos": given.photos, "kills": sum(each.code == -9 for each in killed), "rows": len(found)}
    targets = {
        f"{figures['kills']} of {given.kills} kills while at work": figures["kills"] == given.kills,
        f"{len(found):,} rows of {given.photos:,} photos, {doubles(found)} twice": len(found) == given.photos
        and not doubles(found),
        f"{others} captions differ from those of `captioner caption` (of {len(captions):,})": not others,
        f"{bulky:.1f} photos a processor's second beside {one:.1f}: {bulky / one:.2f} (at least {RATIO});"
        f" without its start {steady / one:.2f}": bulky >= RATIO * one,
    }
    for text, reached in targets.items():
        print(f"{'reached' if reached else 'MISSED ':8}{text}")
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if all(targets.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
