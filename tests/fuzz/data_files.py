"""Data files as no honest program writes them: each is read, or refused with one sentence."""

import copy
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from captioner.data.feed.objects import read_named
from captioner.data.read.check import Split, report
from captioner.data.read.questions import holds_questions, read_questions, read_vqa_results
from captioner.data.read.records import read_photos, write_coco_captions
from captioner.recipes import read_recipe
from captioner.scoring.results import read_caption_results
from captioner.text.answer_list import AnswerList
from captioner.text.vocabulary import SPECIAL, Vocabulary
from captioner.training.run.kinds import chosen
from tests.fuzz.report import Report
from tests.paths import ROOT

LONGEST = 10  # seconds for one file
PHOTOS = {"0.png": ("a red circle, small", 'a "big" star'), "süd/é.png": ("it's a cat 😀", "two\tdogs"), "2.png": ()}
ASKED = [("0.png", "what is it?", "a dog"), ("süd/é.png", "how many, then?", "2"), ("2.png", "is it left?", "yes")]
CAPTIONS = [(name, caption) for name, captions in PHOTOS.items() for caption in captions]
COCO = {
    "images": [{"id": number, "file_name": name} for number, name in enumerate(PHOTOS)],
    "annotations": [
        {"id": number, "image_id": number % 2, "caption": caption, "category_id": 1, "bbox": [0, 0, 2, 2]}
        for number, (_, caption) in enumerate(CAPTIONS)
    ],
    "categories": [{"id": 1, "name": "cat"}],
}
KARPATHY = {
    "images": [
        {"filename": name, "filepath": "a", "cocoid": n, "split": "train", "sentences": [{"raw": c} for c in captions]}
        for n, (name, captions) in enumerate(PHOTOS.items())
    ]
}
QUESTIONS = {
    "data_type": "mscoco",
    "data_subtype": "val2014",
    "questions": [{"question_id": n, "image_id": n, "question": text} for n, (_, text, _) in enumerate(ASKED)],
}
ANNOTATIONS = {
    "annotations": [
        {"question_id": n, "image_id": n, "question_type": "what", "answer_type": "other", "answers": [{"answer": a}]}
        for n, (_, _, a) in enumerate(ASKED)
    ]
}
LIST = [{"image": i, "question": q, "answers": [{"answer": a}], "id": n} for n, (i, q, a) in enumerate(ASKED)]

VALUES: list[Any] = [
    *(None, True, -1, 0, 2, 1e308, float("nan"), float("inf"), 10**30, 2**63, 0.5, "", "x", "a" * 5000),
    *("\ud800", "\x1b[31m\x07", "\0", "../../etc/passwd", "a\nb", "<pad>", "http://a/b.png", "a\\b.png", "\u200b"),
    *([], {}, [[]], [None], {"a": 1}, ["a", "b"], [[[[[]]]]], {"answer": []}),
]
PIECES = [
    *(
        "\0",
        "\x1b[31m",
        "\ufeff",
        "\u2028",
        "\x85",
        "\r",
        "\t",
        "\n",
        '"',
        "'",
        ",",
        ";",
        "|",
        "#",
        "##0\t",
        "\\",
        "{",
        "[",
    ),
    *(
        "a" * 200_000,
        "9" * 5000,
        "NaN",
        "٣",
        "²",
        "image99999999999999999999 ?",
        "\ud800",
        "&a [*a]",
        "? ",
        "!!python/x ",
    ),
    *("sep=;\n", "image,caption\n", "image_name| comment_number| comment\n", "[" * 3000, "- " * 3000, "question"),
]


class Format(NamedTuple):
    """A file that is right, and what reads it."""

    name: str
    content: Any
    """Text, or what JSON holds."""
    read: Callable[[Path], object]


def run(count: int, seed: int) -> Report:
    """Reads so many mutated files; the i-th depends on the seed and on i alone.

    What ends in anything but records or a sentence, or takes too long, is a failure.
    """
    found = Report(inputs=count)
    before, formats = logging.root.manager.disable, _formats()
    logging.disable()
    try:
        with TemporaryDirectory() as folder:
            for number in range(count):
                each = formats[number % len(formats)]
                path = Path(folder) / each.name
                path.write_bytes(mutated(each.content, Random(f"{seed} {number}")))
                begun, fault = time.monotonic(), outcome(each.read, path)
                seconds = time.monotonic() - begun
                found.slowest = max(found.slowest, (seconds, f"{number} {each.name}"))
                if seconds > LONGEST:
                    fault = f"took {seconds:.0f} seconds"
                if fault in ("read", "refused"):
                    found.outcomes[f"{each.name} {fault}"] += 1
                else:
                    found.failures.append(f"{number} of seed {seed}, {each.name}: {fault}")
    finally:
        logging.disable(before)
    return found


def outcome(read: Callable[[Path], object], path: Path) -> str:
    """Whether a file was `read` or `refused`; else what happened instead."""
    try:
        read(path)
    except (ValueError, OSError) as error:
        sentence = str(error)
        fair = type(error) is not UnicodeEncodeError and sentence and "\n" not in sentence.replace(str(path), "")
        return "refused" if fair and len(sentence) < 2000 else f"no sentence: {type(error).__name__} {sentence[:200]!r}"
    except Exception as error:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else ""
        return f"{type(error).__name__}: {str(error)[:200]} at {where}"
    return "read"


def mutated(content: Any, chance: Random) -> bytes:
    """A file that was right, changed in a few places: values of its JSON, pieces of its text, or its bytes."""
    text = content
    if not isinstance(content, str):
        value = copy.deepcopy(content)
        if chance.random() < 0.7:
            for _ in range(chance.choice([1, 1, 2, 4])):
                _change(value, chance)
        text = json.dumps(value, indent=chance.choice([None, 1]))
        if chance.random() < 0.6:
            return text.encode()
    for _ in range(chance.choice([1, 1, 2, 5])):
        place, piece = chance.randrange(len(text) + 1), chance.choice(PIECES)
        text = text[:place] + piece + text[place + chance.choice([0, 0, 1, 30]) :]
    data = text.encode("utf-8", "surrogatepass")
    turn: dict[str, Callable[[], bytes]] = {
        "nothing": lambda: data,
        "utf-16": lambda: text.encode("utf-16", "surrogatepass"),
        "crlf": lambda: data.replace(b"\n", b"\r\n"),
        "cr": lambda: data.replace(b"\n", b"\r"),
        "latin": lambda: data + b"\xff\xe9",
        "cut": lambda: data[: chance.randrange(len(data) + 1)],
        "flip": lambda: _flipped(data, chance),
        "blank": lambda: b"\n \n",
        "empty": lambda: b"",
    }
    return turn[chance.choice(["nothing"] * 12 + list(turn))]()


def _change(value: Any, chance: Random) -> None:
    """Sets, takes out, doubles or renames one thing anywhere in a JSON value."""
    holders = [each for each in _holders(value) if each]
    if not holders:
        return
    holder = chance.choice(holders)
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    match chance.choice(["set", "set", "set", "out", "double", "rename"]):
        case "out":
            del holder[key]
        case "double" if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        case "rename" if isinstance(holder, dict):
            holder[chance.choice(["", "x", "__class__", "question", "caption"])] = holder.pop(key)
        case _:
            holder[key] = copy.deepcopy(chance.choice(VALUES))


def _holders(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [] if inner is None else [value, *(found for each in inner for found in _holders(each))]


def _flipped(data: bytes, chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(min(len(changed), 9)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _formats() -> list[Format]:
    table = "\n".join(f"{name};{caption}" for name, caption in CAPTIONS)
    asked = "\n".join("\t".join(line) for line in ASKED)
    names = {"images": [{"id": number, "file_name": name} for number, name in enumerate(PHOTOS)]}
    tokens = (*SPECIAL, "a", "dog")
    return [
        Format("coco.json", COCO, _captions),
        Format("karpathy.json", KARPATHY, _captions),
        Format("captions.json", [{"image": name, "caption": caption} for name, caption in CAPTIONS], _captions),
        Format("captions.jsonl", "\n".join(json.dumps({"image": i, "caption": c}) for i, c in CAPTIONS), _captions),
        Format("captions.csv", f"image;caption\n{table}", _captions),
        Format("results.csv", f"image_name| comment_number| comment\n{table.replace(';', '| 0| ')}", _captions),
        Format("kaggle.txt", f"image,caption\n{table.replace(';', ',')}", _captions),
        Format("tokens.txt", table.replace(";", "#0\t"), _captions),
        Format("list.txt", "\n".join(PHOTOS), lambda path: read_photos(_beside(path, COCO), split=path)),
        Format("vqa.json", QUESTIONS, _questions),
        Format("annotations.json", ANNOTATIONS, lambda path: _questions(_beside(path, QUESTIONS), path)),
        Format("names.json", names, lambda path: _questions(_beside(path, QUESTIONS), names=path)),
        Format("names.txt", "image0\nimage1.jpg", lambda path: _questions(_beside(path, QUESTIONS), names=path)),
        Format("questions.json", LIST, _questions),
        Format("questions.jsonl", "\n".join(map(json.dumps, LIST)), _questions),
        Format("questions.tsv", f"image\tquestion\tanswer\n{asked}", _questions),
        Format("daquar.txt", "what is in the image7 ?\ntable, chair\nhow many in image8 ?\n2", _questions),
        Format(
            "said.json",
            [{"image_id": 0, "caption": "a dog"}, {"image_id": "b", "caption": "two"}],
            read_caption_results,
        ),
        Format("answered.json", [{"question_id": 0, "answer": "a dog"}], read_vqa_results),
        Format("instances.json", COCO, read_named),
        Format("vocab.json", {"tokenizer": "words", "min_count": 1, "tokens": tokens}, Vocabulary.load),
        Format("answers.json", {"answers": ["yes", "no"]}, AnswerList.load),
        Format("answers.txt", "yes\nno", AnswerList.load),
        Format("recipe.yaml", (ROOT / "configs/characters.yaml").read_text(encoding="utf-8"), _recipe),
    ]


def _beside(path: Path, content: object) -> Path:
    right = path.with_name("right.json")
    right.write_text(json.dumps(content), encoding="utf-8")
    return right


def _captions(path: Path) -> None:
    holds_questions(path)
    photos = read_photos(path)
    _sum_up(Split.of_photos(photos))
    write_coco_captions(photos, path.with_name("again"))


def _questions(path: Path, annotations: Path | None = None, *, names: Path | None = None) -> None:
    holds_questions(path)
    _sum_up(Split.of_questions(read_questions(path, annotations, image_names=names)))


def _sum_up(split: Split) -> None:
    report(split, Vocabulary.build((each.text for each in split.texts), "words", 1), [])


def _recipe(path: Path) -> None:
    chosen(["fit", "--config", str(path)])
    read_recipe(path)
