"""The network: encoder, word embedding, attending core and heads, built from plain settings."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.attention import AttentionName, Memory
from captioner.nn.captions import CaptionHead
from captioner.nn.core import AttendingCore, Trace
from captioner.nn.encoder import GridEncoder
from captioner.nn.plan import Plan
from captioner.nn.recurrent import CellName, State


@dataclass(frozen=True)
class EncoderSettings:
    """The CNN; see `GridEncoder`."""

    name: str = "resnet50"
    """A torchvision classification model, or `small` for a little CNN trained from scratch."""
    weights: str = "default"
    """`none`, `default`, a torchvision weight name, or a path to .pth or .safetensors."""
    mode: Literal["grid", "global"] = "grid"
    """`grid` attends to places; `global` takes the one vector from before the classifier."""
    side: int | None = None
    """Places along each side of the grid; None keeps the backbone's own."""
    trainable_stages: int = 0
    """How many of the last stages are trained; 0 freezes the whole encoder."""


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
    gate: bool = True
    """Whether the glimpse passes the sigmoid gate β."""
    positions: bool = False
    """Whether each place also tells where it lies."""

    def __post_init__(self) -> None:
        for name in ("embedding", "state", "grid", "width"):
            if getattr(self, name) < 1:
                raise ValueError(f"core.{name} is {getattr(self, name)}, but a width must be at least 1")


@dataclass(frozen=True)
class NetworkSettings:
    """Everything that fixes the shape of a network, but for the sizes of its vocabularies."""

    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    """The CNN."""
    core: CoreSettings = field(default_factory=CoreSettings)
    """The recurrent core."""
    tied: bool = True
    """Whether the vocabulary product uses the embedding's weights."""
    dropout: float = 0.5
    """Probability of dropping a value of the grid, of a word, between layers, and before the vocabulary product."""

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
            rest = {name: value for name, value in values.items() if name not in ("encoder", "core")}
            return cls(encoder=EncoderSettings(**values["encoder"]), core=CoreSettings(**values["core"]), **rest)
        except (TypeError, KeyError) as error:
            raise ValueError(f"the network settings do not fit this version of captioner: {error}") from None


class Said(NamedTuple):
    """The network's opinion of given captions: one entry for each word that exists, in the order of the plan."""

    logits: Float[Tensor, "w v"]
    trace: Trace
    plan: Plan


class Network(nn.Module):
    """Encoder, embedding, core and heads; knows ids and tensors, no strings and no paths.

    Args:
        settings: shapes and names.
        vocabulary: number v of words, special ones included.
        pad: id of the padding; as a word that is read, it is never trained.
    """

    def __init__(self, settings: NetworkSettings, *, vocabulary: int, pad: int = 0) -> None:
        super().__init__()
        self.settings = settings
        core = settings.core
        self.encoder = GridEncoder(**asdict(settings.encoder))
        self.words = nn.Embedding(vocabulary, core.embedding, padding_idx=pad)
        nn.init.normal_(self.words.weight, std=core.embedding**-0.5)
        self.dropout = nn.Dropout(settings.dropout)
        shape = {name: value for name, value in asdict(core).items() if name != "embedding"}
        self.core = AttendingCore(core.embedding, self.encoder.channels, dropout=settings.dropout, **shape)
        self.captions = CaptionHead(
            vocabulary,
            core.embedding,
            core.state,
            glimpse=core.grid if self.core.attention is not None else 0,
            dropout=settings.dropout,
            tied=self.words if settings.tied else None,
        )

    def own_state(self) -> dict[str, Tensor]:
        """All weights by name, each once: a tied vocabulary product is not repeated."""
        state = self.state_dict()
        if self.settings.tied:
            del state["captions.words.weight"]
        return state

    def load_own_state(self, state: dict[str, Tensor]) -> None:
        """Takes over what `own_state` gave; also into a network made on the meta device.

        Raises:
            RuntimeError: names or shapes differ; torch's message lists them.
        """
        tied = {"captions.words.weight": state["words.weight"]} if self.settings.tied else {}
        self.load_state_dict(state | tied, assign=True)
        if self.settings.tied:
            self.captions.words.weight = self.words.weight

    def look(self, pixels: Float[Tensor, "b 3 y x"]) -> Memory:
        """All that is needed of photos, from their pixels."""
        return self.remember(self.encoder.begin(pixels))

    def remember(self, maps: Float[Tensor, "b ..."]) -> Memory:
        """All that is needed of photos, from what the frozen part of the encoder says.

        Args:
            maps: from `encoder.begin` or the feature store; half precision becomes the network's own.
        """
        return self.core.remember(self.encoder.finish(maps.to(self.words.weight.dtype)))

    def caption(self, memory: Memory, words: Int[Tensor, "r t"], lengths: Int[Tensor, " r"]) -> Said:
        """Teacher forcing: the logits of the word after each given word.

        Args:
            memory: of b photos; rows are photo-major, r = b·k captions.
            words: the words before, beginning with the start word, padded behind `lengths`.
            lengths: given words of each row.
        """
        plan = Plan(lengths, len(memory.grid))
        before = self.dropout(self.words(words[plan.rows, plan.times]))
        state = self.core.begin(memory, len(words) // len(memory.grid))
        trace = self.core(before, plan, state, memory)
        return Said(self.captions(trace.hidden, trace.z, before), trace, plan)

    def speaker(self, memory: Memory) -> "Speaker":
        """What a search asks word by word."""
        return Speaker(self, memory)


class Spoken(NamedTuple):
    """One step of a search; see `captioner.decoding`."""

    logits: Float[Tensor, "r v"]
    state: State
    p: Float[Tensor, "r n"]


class Speaker:
    """The captioner as a `captioner.decoding` stepper: rows are beams, photo-major, and share their photo's memory."""

    def __init__(self, network: Network, memory: Memory) -> None:
        self.network, self.memory = network, memory

    @property
    def photos(self) -> int:
        """Number of photos, b."""
        return len(self.memory.grid)

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self.memory.grid.device

    def begin(self) -> State:
        """One row a photo."""
        return self.network.core.begin(self.memory)

    def step(self, words: Int[Tensor, " r"], state: State) -> Spoken:
        """Says what may follow these words."""
        embedded = self.network.words(words)
        step = self.network.core.step(self.network.core.say(embedded), state, self.memory)
        return Spoken(self.network.captions(step.hidden, step.z, embedded), step.state, step.p)

    def select(self, state: State, rows: Int[Tensor, " r"]) -> State:
        """The state of these rows."""
        return state.select(rows)

    def keep(self, photos: Int[Tensor, " b"]) -> "Speaker":
        """A speaker for these photos only."""
        return Speaker(self.network, self.memory.keep(photos))
