"""Whether the graphs of an exported model fit each other, its words and its photos, by the shapes that they state."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from captioner.models.exported import Exported
from captioner.text.nouns import CLASSES

Shape = Sequence[int | str | None]

# The axes of what enters and leaves, in the letters of `captioner.nn`; b and k are open, all others are fixed, but for
# n of a translator. Its reader has axes of its own, r its state.
FORMS = {
    "pixels": "b3yy",
    "grid": "bnd",
    "keys": "bna",
    "states": "bns",
    "mask": "bn",
    "evidence": "bv",
    "classes": "be",
    "gates": "bk1",
    "words": "bk",
    **dict.fromkeys(("hidden", "cell", "next_hidden", "next_cell"), "lbkh"),
    "p": "bkn",
    "logits": "bkv",
    "question": "bkh",
    "probabilities": "bkc",
    "glimpses": "bkgn",
}
OF_CLIPS = {"pixels": "bf3yy"}
BEGUN = dict.fromkeys(("hidden", "cell"), "lbh")
"""The state that the encoder makes, before there are rows."""
BESIDE = {"grid": "bod", "keys": "boa"}
"""What is seen of a photo beside a sentence: o places, not open as those of words are."""
READ = {"words": "b2"} | dict.fromkeys(("hidden", "cell", "next_hidden", "next_cell"), "mb2r")
"""What a reader takes and makes."""


class Stated(Protocol):
    """A graph, as far as it says what it takes and makes."""

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """Of the inputs, by name."""

    @property
    def made(self) -> Mapping[str, Shape]:
        """Of the outputs, by name."""

    @property
    def types(self) -> Mapping[str, str]:
        """Of all of them, as onnxruntime calls them."""


def check_fit(
    exported: Exported,
    step: Stated,
    encoder: Stated | None,
    answers: Stated | None,
    reader: Stated | None = None,
    beside: tuple[Stated, Stated] | None = None,
) -> None:
    """Refuses graphs that were mixed or changed.

    Args:
        exported: the model.
        step: the graph of that name, as the others.
        encoder: None of a language model.
        answers: None without that head.
        reader: of a translator.
        beside: `photo` and `begin` of a translator that sees photos.

    Raises:
        ValueError: an input or output is missing, unknown, or of another size than its counterpart; the message names
            the graph and the size.
    """
    talks = {"captions", "text", "translation"} & set(exported.heads)
    state = {"hidden", "cell"} & step.shapes.keys() | {"hidden"}
    looked = (step.shapes.keys() & {"grid", "keys", "evidence", "mask"}) | state if encoder is not None else state
    said = {f"next_{name}" for name in state} | ({"logits"} if talks else set())
    told = {"gates"} if "evidence" in looked else set()
    _names(exported, "step", step, {"words", *looked}, said | told, {"p", "logits"})
    sizes = {"1": 1, "2": 2, "3": 3, "e": CLASSES, "v": len(exported.vocabulary)}
    forms = FORMS
    if exported.transform is not None:
        sizes |= {"y": exported.transform.size, "f": exported.transform.frames}
        forms = FORMS if exported.transform.frames == 1 else FORMS | OF_CLIPS
    if exported.answers is not None:
        sizes["c"] = len(exported.answers)
    _sizes(exported, "step", step, FORMS, sizes)
    if encoder is not None:
        takes = {"pixels"} if reader is None else {"states", "mask"}
        _names(exported, "encoder", encoder, takes, looked - {"mask"}, {"grid", "keys", "classes", *state})
        _sizes(exported, "encoder", encoder, forms | BEGUN, sizes)
    if reader is not None:
        kept = {"hidden", "cell"} & reader.shapes.keys() | {"hidden"}
        _names(exported, "reader", reader, {"words", *kept}, {f"next_{name}" for name in kept}, set())
        _sizes(exported, "reader", reader, READ, sizes)
        if sizes["s"] != 2 * sizes["r"]:
            raise ValueError(
                f"{exported.folder / 'reader.onnx'} makes states of {sizes['r']}, two of which are to be the"
                f" {sizes['s']} that encoder.onnx takes; were two exports mixed?"
            )
    if beside is not None:
        photo, begin = beside
        _names(exported, "photo", photo, {"pixels"}, looked & {"grid", "keys"}, set())
        _sizes(exported, "photo", photo, FORMS | BESIDE, sizes)
        _names(exported, "begin", begin, {"grid", "mask"}, state, set())
        _sizes(exported, "begin", begin, FORMS | BEGUN, sizes)
    if answers is not None:
        _names(exported, "answers", answers, {"question", "grid"}, {"probabilities", "glimpses"}, set())
        _sizes(exported, "answers", answers, FORMS, sizes)


def _names(exported: Exported, name: str, graph: Stated, takes: set[str], makes: set[str], may: set[str]) -> None:
    takes_it, makes_it = set(graph.shapes), set(graph.made)
    if takes_it != takes or not makes <= makes_it <= makes | may:
        raise ValueError(
            f"{exported.folder / name}.onnx takes {_listed(takes_it)} and makes {_listed(makes_it)}, but must take"
            f" {_listed(takes)} and make {_listed(makes)}; export it again"
        )


def _sizes(exported: Exported, name: str, graph: Stated, forms: Mapping[str, str], sizes: dict[str, int]) -> None:
    """Holds each axis to the size that it has elsewhere, or notes it."""
    open_axes = "bkn" if exported.reads else "bk"
    for tensor, shape in {**graph.shapes, **graph.made}.items():
        form, kind = forms[tensor], "tensor(int64)" if tensor == "words" else "tensor(float)"
        fits = len(shape) == len(form) and graph.types[tensor] == kind
        for axis, size in zip(form, shape, strict=False):
            whole = axis not in open_axes
            fits = fits and (sizes.setdefault(axis, _whole(size)) == size if whole else isinstance(size, str))
        if not fits:
            wanted = ", ".join(str(sizes.get(axis, axis)) for axis in form)
            raise ValueError(
                f"{exported.folder / name}.onnx has {tensor} of {graph.types[tensor]} {list(shape)!a:.80}, but the"
                f" other files need {kind} [{wanted}]; were two exports mixed?"
            )


def _whole(size: int | str | None) -> int:
    return size if isinstance(size, int) else -1


def _listed(names: set[str]) -> str:
    return f"{', '.join(sorted(names))!a:.200}"
