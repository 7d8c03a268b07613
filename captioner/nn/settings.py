"""The settings that fix a network's shape, as plain values: what a recipe states and config.json keeps."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args, get_origin, get_type_hints

from captioner.nn.core.attending import StartName
from captioner.nn.core.attention import AttentionName
from captioner.nn.core.cells import CellName
from captioner.nn.core.simplex import NormaliserName
from captioner.nn.heads.answers import AnswerJoin
from captioner.nn.heads.losses import AnswerLoss
from captioner.ranges import PART, SHARE, WIDTH, Range, check_ranges

LAYERS = Range(1, 100, whole=True)
LOUD = Range(0, 1000)
GLIMPSES = {"stacked": Range(0, 100, whole=True), "parallel": Range(1, 100, whole=True)}


@dataclass(frozen=True)
class EncoderSettings:
    """The CNN; see `GridEncoder`."""

    name: str = "resnet50"
    """A torchvision classification model, `efficientnet_lite2`, a network of timm (`timm/NAME`), `small` for a little
    CNN trained from scratch, `reader` for sentences instead of photos, or `none` for a language model."""
    weights: str = "default"
    """`none`, `default`, a torchvision weight name, or a path to .pth or .safetensors."""
    mode: Literal["grid", "global"] = "grid"
    """`grid` attends to places; `global` takes the one vector from before the classifier."""
    side: int | None = None
    """Places along each side of the grid; None keeps the backbone's own."""
    trainable_stages: int = 0
    """How many of the last stages are trained; 0 freezes the whole encoder."""
    stages_left_out: int = 0
    """How many of the last stages are not used: the grid of an earlier stage is finer, and its places know less."""

    def __post_init__(self) -> None:
        stages = Range(0, 100, whole=True)
        ranges = {"trainable_stages": stages, "stages_left_out": stages}
        check_ranges(vars(self), {"side": Range(1, 1000, whole=True, absent=True), **ranges}, of="encoder.")


@dataclass(frozen=True)
class CoreSettings:
    """The recurrent core; see `AttendingCore`."""

    cell: CellName = "lstm"
    """`rnn`, `lstm` or `gru`."""
    embedding: int = 512
    """Width of a word."""
    state: int = 512
    """Width of the hidden state."""
    layers: int = 1
    """Recurrent layers, one above the other."""
    attention: AttentionName = "additive"
    """`additive`, `dot`, or `none` (the photo enters the first hidden state only)."""
    grid: int = 512
    """Width to which the encoder's channels are projected, once per photo."""
    width: int = 512
    """Width of attention keys and queries."""
    asks_after: int = 0
    """How many layers read the word before the attention asks: 0 as Xu et al. 2015, 1 of 2 as Anderson et al. 2018, or
    all as Lu et al. 2017, where the glimpse goes to the heads alone."""
    normaliser: NormaliserName = "softmax"
    """How attention scores become weights: `softmax`, or `entmax` or `sparsemax`, which give most places none."""
    sentinel: bool = False
    """Whether a word may look away from the photo, at what the state itself knows; the share is 1 - Σ p."""
    gate: bool = True
    """Whether the glimpse passes the sigmoid gate β."""
    components: bool | float = False
    """Whether the grid holds principal components of the encoder's channels, found before the training and left as they
    are, and how loudly: true is 1.0. For few photos, which a projection that is trained would learn by heart."""
    positions: bool | float = False
    """Whether each place also tells where it lies, and how loudly: true is 1.0."""
    times: bool | float = False
    """Whether each place of a clip also tells when it lies, by its frame's turn, and how loudly: true is 1.0."""
    word_query: bool = False
    """Whether the word just read asks the attention too, not the state before it alone."""
    start: StartName = "grid"
    """The state before the first word: from the mean of the `grid`, or one that is `learned` for all photos; then all
    that is known was looked at."""

    def __post_init__(self) -> None:
        check_ranges(vars(self), dict.fromkeys(("embedding", "state", "grid", "width"), WIDTH), of="core.")
        check_ranges(vars(self), {"layers": LAYERS}, of="core.")
        check_ranges(vars(self), {"asks_after": Range(0, self.layers, whole=True)}, of="core.")
        names = ("components", "positions", "times")
        loud = {name: value for name in names if not isinstance(value := getattr(self, name), bool)}
        check_ranges(loud, dict.fromkeys(loud, LOUD), of="core.")
        if self.start not in get_args(StartName):
            raise ValueError(f"core.start is {self.start!r}, but there are {', '.join(get_args(StartName))}")
        if self.attention == "none" and (self.word_query or self.start == "learned"):
            raise ValueError(
                "core.attention none leaves nothing for core.word_query to ask, and without a core.start from the grid"
                " nothing of the photo: set word_query false and start grid, or choose additive or dot"
            )


@dataclass(frozen=True)
class ReaderSettings:
    """What reads source sentences, where there are some; see `TwoWayReader`."""

    cell: CellName = "lstm"
    """`rnn`, `lstm` or `gru`."""
    state: int = 512
    """Width of the hidden state of each direction."""
    layers: int = 1
    """Recurrent layers of each direction, one above the other."""

    def __post_init__(self) -> None:
        check_ranges(vars(self), {"state": WIDTH, "layers": LAYERS}, of="reader.")


@dataclass(frozen=True)
class AnswerSettings:
    """The answer head; see `captioner.nn.heads.answers`."""

    kind: Literal["stacked", "parallel"] = "stacked"
    """`stacked`: each glimpse asks with what the one before saw; `parallel`: all at once, compared and counted."""
    glimpses: int = 2
    """Looks at the grid after the question was read."""
    width: int = 512
    """Width of the question as it is refined from glimpse to glimpse."""
    dropout: float = 0.5
    """Probability of dropping a value of the question, and before the classifier."""
    join: AnswerJoin = "sum"
    """Of a `parallel` head: how question and glimpses meet before the classifier, in a hidden layer of a `sum`, or in a
    `product` of two gated layers."""
    counters: int = 0
    """Of a `parallel` head: ways to count the places that match a glimpse, each of which learns how much a place
    counts; with 0, every place counts as one."""
    loss: AnswerLoss = "cross_entropy"
    """`cross_entropy`: one answer against all others; `binary`: each answer for itself. It fixes what logits mean."""

    def __post_init__(self) -> None:
        if self.kind not in ("stacked", "parallel"):
            raise ValueError(f"answers.kind is {self.kind!r}, but there are stacked and parallel")
        if self.join not in get_args(AnswerJoin):
            raise ValueError(f"answers.join is {self.join!r}, but there are {', '.join(get_args(AnswerJoin))}")
        if self.join == "product" and self.kind == "stacked":
            raise ValueError("answers.join is product, but a stacked head adds its glimpses: set sum, or parallel")
        ranges = {
            "glimpses": GLIMPSES[self.kind],
            "width": WIDTH,
            "dropout": PART,
            "counters": Range(0, 1000, whole=True),
        }
        check_ranges(vars(self), ranges, of="answers.")
        if self.counters and self.kind == "stacked":
            raise ValueError(f"answers.counters is {self.counters}, but a stacked head has none: set 0, or parallel")
        if self.loss not in get_args(AnswerLoss):
            raise ValueError(f"answers.loss is {self.loss!r}, but there are {', '.join(get_args(AnswerLoss))}")


@dataclass(frozen=True)
class EvidenceSettings:
    """What the encoder's classifier adds to the words; see `captioner.nn.heads.evidence`."""

    nouns: Literal["none", "imagenet"] = "none"
    """`imagenet`: the encoder is a classifier of ImageNet's 1,000 classes with its weights, and what it says joins the
    words, so that things that captions never had are named; `none`: it does not."""
    borrowing: float = 0.1
    """In training, the probability with which a captioned noun is treated as if it had never been captioned."""
    boldness: float = 2.0
    """How much likelier, in nats, nouns that were never captioned are said than training had them; photos to be
    captioned show more of such things than it pretended to."""
    kinds: int = 0
    """How many kinds of things the words name; set by the data."""

    def __post_init__(self) -> None:
        if self.nouns not in ("none", "imagenet"):
            raise ValueError(f"evidence.nouns is {self.nouns!r}, but there are none and imagenet")
        check_ranges(
            vars(self),
            {"borrowing": SHARE, "boldness": Range(0, 10), "kinds": Range(0, 10_000, whole=True)},
            of="evidence.",
        )


@dataclass(frozen=True)
class NetworkSettings:
    """Everything that fixes the shape of a network, but for its heads and the sizes of their vocabularies."""

    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    """The CNN."""
    core: CoreSettings = field(default_factory=CoreSettings)
    """The recurrent core."""
    answers: AnswerSettings = field(default_factory=AnswerSettings)
    """The answer head, where there is one."""
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    """What the encoder's classifier adds to the words of captions."""
    tied: bool = True
    """Whether the vocabulary product uses the embedding's weights."""
    dropout: float = 0.5
    """Probability of dropping a value of the grid, of a word, between layers, and before the vocabulary product."""
    channel_dropout: float = 0.0
    """Probability of dropping a channel of the encoder, at all places of a photo."""
    photo_dropout: float = 0.0
    """Probability of not seeing a photo at all in training, so that the words are learned by themselves too."""
    reader: ReaderSettings = field(default_factory=ReaderSettings)
    """What reads source sentences, where there are some."""
    sentences: bool = False
    """Whether the photos stand beside source sentences, whose words are attended to as well; see `Beside`."""

    def __post_init__(self) -> None:
        check_ranges(vars(self), {"dropout": PART, "channel_dropout": PART, "photo_dropout": SHARE}, of="network.")
        if self.sentences and not self.sees:
            raise ValueError(
                f"photos beside sentences need an encoder that sees them, and it is {self.encoder.name}: name another"
            )
        if self.reads and (self.core.components or (self.core.positions and not self.sees)):
            raise ValueError(
                "core.positions and core.components are of photos, and there are sentences: set them false"
                + "; beside sentences, photos may have positions" * self.sees
            )
        if self.reads and self.evidence.nouns != "none":
            raise ValueError("evidence is for captions of photos, and there are sentences: set evidence.nouns none")

    @property
    def sees(self) -> bool:
        """Whether there are photos; without, it reads sentences, or is a language model."""
        return self.encoder.name not in ("none", "reader")

    @property
    def reads(self) -> bool:
        """Whether there are source sentences, instead of photos or beside them."""
        return self.encoder.name == "reader" or self.sentences

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "NetworkSettings":
        """The settings that `to_dict` wrote.

        Raises:
            ValueError: a name is missing or unknown.
        """
        try:
            parts = {
                "encoder": EncoderSettings(**_typed(values["encoder"], EncoderSettings)),
                "core": CoreSettings(**_typed(values["core"], CoreSettings)),
                "reader": ReaderSettings(**_typed(values.get("reader", {}), ReaderSettings)),
                "answers": AnswerSettings(**_typed(values.get("answers", {}), AnswerSettings)),
                "evidence": EvidenceSettings(**_typed(values.get("evidence", {}), EvidenceSettings)),
            }
            return cls(**_typed(values | parts, cls))
        except (TypeError, KeyError) as error:
            raise ValueError(f"the network settings do not fit this version of captioner: {error}") from None


WIDEST, MOST = 2**16, 256
"""Bounds of the whole numbers of a file: of widths, and of what is made or looked at one by one."""
COUNTS = ("layers", "glimpses", "counters", "side", "trainable_stages", "stages_left_out")


def _typed(values: dict[str, Any], settings: type) -> dict[str, Any]:
    """The same values, of the types that the settings have, and no larger than any network needs.

    Raises:
        ValueError: one is not; the message names it.
    """
    for name, kind in get_type_hints(settings).items():
        value = values.get(name)
        if name in values and not _is_of(value, kind, MOST if name in COUNTS else WIDEST):
            raise ValueError(f"{name} is {value!r:.80}, which is no value of it that any network has")
    return values


def _is_of(value: Any, kind: Any, most: int) -> bool:
    if get_args(kind) and get_origin(kind) is not Literal:
        return any(_is_of(value, each, most) for each in get_args(kind))
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if kind is int:
        return type(value) is int and 0 <= value <= most
    if kind is float:
        return type(value) in (int, float) and math.isfinite(value) and abs(value) <= most
    return isinstance(value, kind)
