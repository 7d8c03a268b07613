"""From what the network said to what is sent."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from captioner.figures.pages import hint, marks
from captioner.images import ImageSpec
from captioner.inference import Answers, Caption
from captioner.serving.work.schemas.asked import Attention
from captioner.serving.work.schemas.said import AnswerReply, AskReply, CaptionReply, Made, SaidAnswer, SaidCaption


def looked(
    words: Sequence[str],
    p: np.ndarray,
    spec: ImageSpec,
    size: tuple[int, int],
    kind: Attention,
    seen: Sequence[str] = (),
) -> dict[str, Any]:
    """The fields of `Looked`.

    Args:
        words: t words.
        p: weights (t,n).
        spec: what part of the photo the network saw.
        size: width and height of the photo.
        kind: what was asked for.
        seen: for each word, what the encoder's classifier saw that made it; none by default.
    """
    if kind == "weights":
        return {"words": list(words), "attention": p.tolist()}
    if kind == "pictures":
        shown = [mark._asdict() for mark in marks(words, p, spec, size=size, seen=seen)]
        return {"words": list(words), "pictures": shown, "hint": hint(p)}
    return {"words": list(words)}


def caption_reply(captions: Sequence[Caption], spec: ImageSpec, size: tuple[int, int], kind: Attention) -> CaptionReply:
    """Captions as they are sent."""
    said = [
        SaidCaption(
            caption=each.text,
            score=each.score,
            log_probability=each.log_probability,
            evidence=[Made(**made.to_dict()) for made in each.evidence] or None,
            doubt=each.doubt,
            right=each.right,
            **looked(each.words, each.attention, spec, size, kind, each.seen),
        )
        for each in captions
    ]
    best = said[0]
    told = {name: getattr(best, name) for name in ("caption", "score", "log_probability", "doubt", "right")}
    return CaptionReply(**told, n_best=said)


def ask_reply(answers: Sequence[Answers], spec: ImageSpec, size: tuple[int, int], kind: Attention) -> AskReply:
    """Answers as they are sent."""
    replies = []
    for each in answers:
        words, p = each.steps
        replies.append(
            AnswerReply(
                question=each.question,
                answer=each.text,
                probability=each.probability,
                doubt=each.doubt,
                right=each.right,
                unknown=list(each.unknown),
                top=[SaidAnswer(answer=text, probability=probability) for text, probability in each.best],
                **looked(words, p, spec, size, kind),
            )
        )
    return AskReply(answers=replies)
