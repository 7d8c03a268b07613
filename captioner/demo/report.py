"""The demo's page: scores beside chance, how the training went, and captions with their attention, failures too."""

import csv
import io
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from captioner.data.read.records import Photo
from captioner.demo.real import Shown, gallery
from captioner.demo.work import Result
from captioner.figures.pages import attention_html, page
from captioner.figures.plots.curves import curve_svg
from captioner.files import read_text, write_text
from captioner.photos import read_photo

FIRST, FAILURES = 12, 6
SIDE = 320  # pixels of a picture on the page
TITLE = "A captioner that learned to look"


def write_report(
    path: Path, result: Result, metrics: Path, commands: Sequence[str], real: Sequence[Shown] = ()
) -> None:
    """Writes the page, which needs no other file and nothing from the net.

    Args:
        path: where to write.
        result: what is shown.
        metrics: metrics.csv of the training.
        commands: what to type next.
        real: what the model in the box says of real photos.
    """
    said = result.evaluation.said
    wrong = [photo for photo in result.photos if said[photo.id].text not in photo.captions]
    further = [photo for photo in wrong if photo not in result.photos[:FIRST]][:FAILURES]
    blocks = [
        f"<style>{files('captioner.demo').joinpath('report.css').read_text(encoding='utf-8')}</style>",
        "<p>This model saw made-up pictures: first with the names of what is in them, then with captions, with "
        "questions and answers, and with the boxes of the shapes, which taught it where to look at their names; it "
        "began with no weights trained elsewhere. Below it speaks of "
        f"{len(result.photos)} pictures that it never saw, and answers {len(result.questions)} questions about them. "
        "Point at a word to see where it looked when it said it.</p>",
        _scores(result, 1 - len(wrong) / len(result.photos)),
        _curves(metrics),
        f"<h2>The first {min(FIRST, len(result.photos))} unseen pictures, not chosen</h2>",
        _gallery(result, result.photos[:FIRST]),
    ]
    if further:
        blocks += [
            f"<h2>Where it fails</h2>\n<p>{len(wrong)} of {len(result.photos)} captions are none of their picture's "
            "five. Some more of them, above what could have been said:</p>",
            _gallery(result, further),
        ]
    if real:
        blocks += ["<h2>Real photos, by the model in the box</h2>", gallery(real)]
    lines = "\n".join(map(escape, commands))
    blocks.append(f"<h2>Next</h2>\n<pre>{lines}</pre>")
    write_text(path, page(TITLE, *blocks))


def _scores(result: Result, right: float) -> str:
    scores, attention = result.evaluation.scores, result.attention.scores
    search = result.evaluation.settings
    rows = [
        ("BLEU-4", scores["bleu4"], "", "four words in a row that a reference has, too; beam search with "
         f"{search.beam} captions"),
        ("exactly right", right, "", "the caption is one of the picture's five, word for word"),
    ]  # fmt: skip
    if attention is not None:
        touches = f"how often the largest attention of a shape's word touches that shape ({attention.mentions} words)"
        inside = "how much of the attention lies inside the shape's box"
        shown = [("pointing", "touching", touches), ("mass", "mass", inside)]
        for name, measure, meaning in shown:
            if found := attention.measures.get(measure):
                chance = f"uniform {found.even.value:.3f}, centred {found.centred.value:.3f}"
                rows.append((name, found.attention.value, chance, meaning))
    answers = result.answers.scores
    assert answers is not None, "scenes come with answers"
    rows.append(("answers", answers.accuracy, "", f"share of {answers.count} questions answered right"))
    rows += [(f"… {kind}", value, "", "") for kind, value in answers.by_question_type.items()]
    body = "\n".join(
        f"<tr><th scope=row>{name}</th><td>{value:.3f}</td><td>{chance}</td><td>{meaning}</td></tr>"
        for name, value, chance, meaning in rows
    )
    head = "<tr><th scope=col>score</th><th scope=col>value</th><th scope=col>without looking</th><td></td></tr>"
    return f'<div class="wide"><table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _curves(metrics: Path) -> str:
    rows = list(csv.DictReader(io.StringIO(read_text(metrics))))
    shown = {"train/loss": "loss of a word, in nats", "train/answer_loss": "loss of an answer, in nats"}
    curves = []
    for name, title in shown.items():
        points = [(float(row["step"]) + 1, float(row[name])) for row in rows if row.get(name)]
        if points:
            curves.append(curve_svg(points, title=title, across="steps"))
    return f'<div class="curves">{"".join(curves)}</div>'


def _gallery(result: Result, photos: Sequence[Photo]) -> str:
    cards = []
    for photo in photos:
        said = result.evaluation.said[photo.id]
        best = said.captions[0]
        picture = read_photo(photo.path).resize((SIDE, SIDE))  # JPEG would smear the colours of so small a picture
        figure = attention_html(picture, best.words, best.attention, result.model.bundle.image)
        good = said.text in photo.captions
        verdict = "one of its five captions" if good else f"one of its five: {photo.captions[0]}"
        cards.append(
            f'<div class="card {"good" if good else "bad"}">{figure}<p class="truth">{escape(verdict)}</p>'
            f"{_conversation(result, photo)}</div>"
        )
    return '<div class="gallery">' + "\n".join(cards) + "</div>"


def _conversation(result: Result, photo: Photo) -> str:
    """What was asked about a picture, what was answered, and where that was wrong, what is right."""
    lines = []
    for question in result.questions:
        if question.path.name == photo.path.name:
            said, right = result.answers.answers[question.id], question.answers[0]
            verdict = "" if said == right else f" <em>it is {escape(right)}</em>"
            lines.append(f"<dt>{escape(question.text)}</dt><dd>{escape(said)}{verdict}</dd>")
    return f'<dl class="asked">{"".join(lines)}</dl>' if lines else ""
