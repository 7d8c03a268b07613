"""Times the caption scores against the official COCO evaluation on the same captions, each in a process of its own.

    python scripts/benchmark_scores.py ../shared/data/flickr8k/Flickr8k.token.txt --photos 40000

Both sides go from raw strings to BLEU-1 to BLEU-4, ROUGE-L and CIDEr-D for five references and one hypothesis a photo.
The captions are those of the file, taken again and again with a random word of each exchanged. The official side needs
Java and pycocoevalcap (`pip install captioner[java]`). Reading the captions is in the memory but not in the time.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from captioner.data.read.records import read_photos

REFERENCES = 5
FEW = 1000
Hypotheses = Mapping[str, str]
References = Mapping[str, Sequence[str]]


def make_captions(path: Path, photos: int, seed: int = 0) -> tuple[Hypotheses, References]:
    """Makes a set of any size; a hypothesis comes from its references' photo, changed otherwise than they are."""
    generator = random.Random(seed)
    originals = [photo.captions for photo in read_photos(path) if len(photo.captions) >= REFERENCES]
    words = sorted({word for captions in originals for caption in captions for word in caption.split()})

    def changed(caption: str) -> str:
        pieces = caption.split(" ")
        pieces[generator.randrange(len(pieces))] = generator.choice(words)
        return " ".join(pieces)

    chosen = [originals[number % len(originals)] for number in range(photos)]
    hypotheses = {str(number): changed(generator.choice(captions)) for number, captions in enumerate(chosen)}
    references = {
        str(number): [changed(caption) for caption in captions[:REFERENCES]] for number, captions in enumerate(chosen)
    }
    return hypotheses, references


def ours(hypotheses: Hypotheses, references: References) -> dict[str, float]:
    """The scores by this package."""
    from captioner.scoring.captions.scores import score_captions

    values = score_captions(hypotheses, references).values
    return {name: value for name, value in values.items() if name != "cider"}


def official(hypotheses: Hypotheses, references: References) -> dict[str, float]:
    """The scores by pycocoevalcap."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    tokenizer = PTBTokenizer()
    said = tokenizer.tokenize({key: [{"caption": caption}] for key, caption in hypotheses.items()})
    wanted = tokenizer.tokenize({key: [{"caption": one} for one in captions] for key, captions in references.items()})
    bleu = Bleu(4).compute_score(wanted, said, verbose=0)[0]
    scores = {f"bleu{order}": float(value) for order, value in enumerate(bleu, 1)}
    scores["rouge_l"] = float(Rouge().compute_score(wanted, said)[0])
    scores["cider_d"] = float(Cider().compute_score(wanted, said)[0])
    return scores


def with_intervals(hypotheses: Hypotheses, references: References) -> None:
    """The scores by this package with intervals of 1,000 drawn sets."""
    from captioner.scoring.captions.scores import score_captions
    from captioner.scoring.resample import intervals

    intervals(score_captions(hypotheses, references).tallies)


SIDES: dict[str, Callable[[Hypotheses, References], dict[str, float]]] = {"ours": ours, "official": official}


def measure(side: str, captions: Path) -> None:
    """Prints scores, seconds and megabytes of one side as JSON."""
    hypotheses, references = json.loads(captions.read_text())
    begun = time.perf_counter()
    scores = SIDES[side](hypotheses, references)
    seconds = time.perf_counter() - begun
    own, java = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    some = list(references)[:FEW]
    begun = time.perf_counter()
    if side == "ours":
        with_intervals({key: hypotheses[key] for key in some}, {key: references[key] for key in some})
    few_seconds = time.perf_counter() - begun
    print(
        json.dumps(
            {"few_seconds": few_seconds, "scores": scores, "seconds": seconds, "megabytes": own, "java_megabytes": java}
        )
    )


def main() -> None:
    """Runs both sides one after the other and prints them side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captions", type=Path, help="captions in any format that captioner reads")
    parser.add_argument("--photos", type=int, default=40_000, help="size of the set (40000)")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        return measure(arguments.side, arguments.captions)
    found = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "captions.json"
        path.write_text(json.dumps(make_captions(arguments.captions, arguments.photos)))
        for side in SIDES:
            command = [sys.executable, __file__, str(path), "--side", side]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found[side] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{arguments.photos:,} photos, {REFERENCES} references each\n{'':16}{'ours':>12}{'official':>12}{'ratio':>10}"
    )
    for name in ("seconds", "megabytes", "java_megabytes"):
        first, second = (found[side][name] for side in SIDES)
        print(f"{name:16}{first:12.1f}{second:12.1f}{first / second:10.2f}")
    print(f"{FEW:,} photos with intervals of 1,000 resamples: {found['ours']['few_seconds']:.1f} seconds")
    for name, value in found["ours"]["scores"].items():
        print(f"{name:16}{value:12.6f}{found['official']['scores'][name]:12.6f}")


if __name__ == "__main__":
    main()
