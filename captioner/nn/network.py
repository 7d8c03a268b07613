"""The network: encoder or reader, word embedding, attending core and heads, built from plain settings."""

from collections.abc import Callable
from dataclasses import asdict

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.attending import AttendingCore, Trace
from captioner.nn.core.attention import AttentionName, Memory
from captioner.nn.core.beside import Beside, Photos
from captioner.nn.core.cells import Cut, State
from captioner.nn.core.dropout import Dropout
from captioner.nn.core.plan import Plan
from captioner.nn.core.reader import TwoWayReader
from captioner.nn.encoder.classifier import classifier
from captioner.nn.encoder.cutting import Parts
from captioner.nn.encoder.grid import GridEncoder
from captioner.nn.heads.answers import AnswerHead, ParallelHead, StackedHead
from captioner.nn.heads.captions import CaptionHead
from captioner.nn.heads.characters import CharacterHead
from captioner.nn.heads.evidence import Evidence, Hints
from captioner.nn.results import Answered, Read, Said, Spoken
from captioner.nn.settings import NetworkSettings
from captioner.text.nouns import CLASSES

Encoder = Callable[[Tensor], Tensor]


class Network(nn.Module):
    """Encoder, embedding, core and heads; knows ids and tensors, no strings and no paths.

    Args:
        settings: shapes and names; with the encoder `reader` it is a translator, whose grid is what a reader made of
            the words of a sentence, and with `sentences` also what an encoder saw of the photo beside it; with the
            encoder `none` it is a language model, with the text head alone.
        vocabulary: number v of words, special ones included.
        answers: number c of answers; 0 for a network without an answer head.
        captions: whether there is a caption head.
        pad: id of the padding; as a word that is read, it is never trained.
        encoder_parts: the encoder's network, cut already; None has it built as the settings name it.

    Raises:
        ValueError: captions or answers are asked of a language model, or as the parts say.
    """

    encoder: GridEncoder
    """Those that see no photos have none."""
    reader: TwoWayReader
    """Only a translator has one."""
    beside: Beside
    """Only a translator that sees photos has it."""

    def __init__(
        self,
        settings: NetworkSettings,
        *,
        vocabulary: int,
        answers: int = 0,
        captions: bool = True,
        pad: int = 0,
        encoder_parts: Parts | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        core = settings.core
        channels = 0
        if settings.sees:
            self.encoder = GridEncoder(**asdict(settings.encoder), parts=encoder_parts)
            channels = self.encoder.channels
        shape = {name: value for name, value in asdict(core).items() if name != "embedding"}
        seeing = {name: getattr(settings, name) for name in ("channel_dropout", "photo_dropout")}
        if settings.reads:
            if settings.sentences:
                self.beside = Beside(channels, core.grid, positions=shape.pop("positions"), **seeing)
            self.reader = TwoWayReader(core.embedding, **asdict(settings.reader), dropout=settings.dropout)
            channels, seeing = self.reader.channels, {}
        self.words = nn.Embedding(vocabulary, core.embedding, padding_idx=pad)
        self.dropout = Dropout(settings.dropout)
        self.core = AttendingCore(core.embedding, channels, **shape, **seeing, dropout=settings.dropout)
        self.text = self.captions = None
        self.answers: AnswerHead | None = None
        if not channels:
            if captions or answers:
                raise ValueError("encoder none sees no photos, so it learns neither captions nor answers; name another")
            self.text = CharacterHead(vocabulary, core.state, dropout=settings.dropout)
        elif captions:
            self.captions = CaptionHead(
                vocabulary,
                core.embedding,
                core.state,
                glimpse=core.grid if self.core.attention is not None else 0,
                dropout=settings.dropout,
                tied=self.words if settings.tied else None,
            )
        self.evidence = self._evidence(vocabulary, own=encoder_parts is None) if self.captions is not None else None
        if self._tied:  # small, so that the logits are; otherwise torch's own, for words must be heard beside glimpses
            nn.init.normal_(self.words.weight, std=core.embedding**-0.5)
        if answers:
            self.answers = self._answer_head(answers)

    def _evidence(self, vocabulary: int, *, own: bool) -> Evidence | None:
        settings, core = self.settings.evidence, self.settings.core
        if settings.nouns == "none":
            return None
        encoder = self.settings.encoder
        return Evidence(
            self.encoder.channels,
            classes=CLASSES,
            kinds=settings.kinds,
            vocabulary=vocabulary,
            state=core.state + (core.grid if self.core.attention is not None else 0),
            borrowing=settings.borrowing,
            boldness=settings.boldness,
            classifier=classifier(encoder.name, encoder.weights, CLASSES)
            if own and encoder.weights != "none"
            else None,
        )

    @property
    def _tied(self) -> bool:
        return self.captions is not None and self.settings.tied

    def _answer_head(self, answers: int) -> AnswerHead:
        core, head = self.settings.core, self.settings.answers
        sizes = answers, core.state, core.grid
        if head.kind == "parallel":
            shape = {name: getattr(head, name) for name in ("glimpses", "width", "counters", "join", "dropout")}
            return ParallelHead(*sizes, **shape)
        kind: AttentionName = "additive" if core.attention == "none" else core.attention
        return StackedHead(*sizes, glimpses=head.glimpses, width=head.width, attention=kind, dropout=head.dropout)

    def own_state(self) -> dict[str, Tensor]:
        """All weights by name, each once: a tied vocabulary product is not repeated."""
        state = self.state_dict()
        if self._tied:
            del state["captions.words.weight"]
        return state

    def load_own_state(self, state: dict[str, Tensor]) -> None:
        """Takes over what `own_state` gave; also into a network made on the meta device.

        Raises:
            RuntimeError: names or shapes differ; torch's message lists them.
        """
        tied = {"captions.words.weight": state["words.weight"]} if self._tied else {}
        self.load_state_dict(state | tied, assign=True)
        if self._tied and self.captions is not None:
            self.captions.words.weight = self.words.weight

    def look(
        self,
        seen: Float[Tensor, "b *f 3 y x"] | Int[Tensor, "b n"],
        encoder: Encoder | None = None,
        photos: Photos | None = None,
    ) -> Memory:
        """All that is needed of photos or clips, from their pixels, or of source sentences, from their words.

        Args:
            seen: pixels of photos (b,3,y,x), or of clips (b,f,3,y,x); or the ids of sentences, each with a word at
                least, and shorter ones padded.
            encoder: from pixels (b,3,y,x) to the grid (b,n,d) as the network's own, which it may be faster than.
            photos: beside the sentences, if there are any.
        """
        if self.settings.reads:
            mask = seen.ne(self.words.padding_idx or 0)
            grid = self.core.project(self.reader(self.dropout(self.words(seen)), mask))
            if photos is not None:
                grid, mask = self.beside(grid, mask, photos)
            return self.core.recall(self.dropout(grid), mask)
        frames = seen.shape[1] if seen.ndim == 5 else 1
        return self._gather((encoder or self.encoder)(seen.flatten(0, -4)), frames)

    def remember(self, maps: Float[Tensor, "bf ..."], frames: int = 1) -> Memory:
        """All that is needed of photos or clips, from what the frozen part of the encoder says of each frame.

        Args:
            maps: from `encoder.begin` or the feature store; half precision becomes the network's own.
            frames: f of each clip, which lie together in the order of time; a photo is a clip of one.
        """
        return self._gather(self.encoder.finish(maps.to(self.words.weight.dtype)), frames)

    def _gather(self, features: Float[Tensor, "bf n d"], frames: int) -> Memory:
        features = features.reshape(-1, frames * features.shape[1], features.shape[2])  # all places of a clip
        memory = self.core.remember(features, frames)
        return memory if self.evidence is None else memory._replace(hints=self.evidence(features))

    def caption(
        self, memory: Memory, words: Int[Tensor, "r t"], lengths: Int[Tensor, " r"], *, gates: bool = False
    ) -> Said:
        """Teacher forcing: the logits of the word after each given word.

        Args:
            memory: of b photos; rows are photo-major, r = b·k captions.
            words: the words before, beginning with the start word, padded behind `lengths`.
            lengths: given words of each row.
            gates: whether the trace has every gate of every layer.
        """
        assert self.captions is not None, "this network has no caption head"
        plan = Plan(lengths, len(memory.grid))
        before, trace = self._read(memory, words, plan, gates)
        photos = plan.rows // (len(words) // len(memory.grid))
        logits, opened = self.say(trace.hidden, trace.z, before, memory.hints, photos)
        return Said(logits, trace, plan, opened)

    def speak(self, memory: Memory, words: Int[Tensor, " r"], state: State, cut: Cut | None = None) -> Spoken:
        """What may follow these words, the last of r = b·k captions.

        Args:
            memory: of b photos; rows are photo-major.
            words: the words.
            state: after the words before.
            cut: of the core, where it is made once for many words.
        """
        embedded = self.embed(words, memory)
        step = self.core.step(self.core.say(embedded, cut), state, memory, cut)
        photos = torch.arange(len(words), device=words.device) // (len(words) // len(memory.grid))
        logits, opened = self.say(step.hidden, step.z, embedded, memory.hints, photos)
        return Spoken(logits, step.state, step.p, opened)

    def embed(self, words: Int[Tensor, "*w"], memory: Memory) -> Float[Tensor, "*w e"]:
        """Words that are read; a noun that was never captioned is read as the one that it borrows from."""
        return self.words(words if memory.hints is None else memory.hints.rows[words])

    def say(
        self,
        hidden: Float[Tensor, "w h"],
        z: Float[Tensor, "w d"],
        word: Float[Tensor, "w e"],
        hints: Hints | None,
        photos: Int[Tensor, " w"],
    ) -> tuple[Float[Tensor, "w v"], Float[Tensor, "w x"]]:
        """Word logits, and how far each word is open to evidence, from what the core made of the word before.

        Args:
            hidden: the new state.
            z: the glimpse.
            word: the embedded word before.
            hints: what the classifier says of the photos, if the network has evidence.
            photos: the photo of each word.
        """
        assert self.captions is not None, "this network has no caption head"
        logits = self.captions(hidden, z, word)
        if self.evidence is None or hints is None:
            return logits, hidden[:, :0]
        gates = self.evidence.open(hidden, z)
        return self.evidence.logits(logits, gates, hints.scores.index_select(0, photos), hints.rows), gates

    def answer(
        self, memory: Memory, words: Int[Tensor, "r t"], lengths: Int[Tensor, " r"], *, gates: bool = False
    ) -> Answered:
        """Reads questions word by word, as captions are read, and answers each.

        Args:
            memory: of b photos; rows are photo-major, r = b·k questions.
            words: the start word, then the question's, padded behind `lengths`.
            lengths: words of each row, the start word included; 0 where a photo has fewer than k questions.
            gates: whether the trace has every gate of every layer.
        """
        assert self.answers is not None, "this network has no answer head"
        plan = Plan(lengths, len(memory.grid))
        _, trace = self._read(memory, words, plan, gates)
        asked = (lengths > 0).nonzero().squeeze(1)
        rows = None if len(asked) == len(words) else asked
        verdict = self.answers(trace.state.hidden[-1][asked], memory.of_rows(rows, len(words) // len(memory.grid)))
        return Answered(verdict.logits, verdict.p, trace, plan)

    def read(self, words: Int[Tensor, "r t"], state: State | None = None, *, gates: bool = False) -> Read:
        """Reads texts, or the next window of each: what may follow each token.

        Args:
            words: tokens of r texts, equally many of each.
            state: after the windows before; None where the texts begin, which is a state of zeros.
            gates: whether to give every gate of every layer; slower, since torch's kernel does not show them.
        """
        assert self.text is not None, "this network is no language model"
        rows, times = words.shape
        plan = Plan(torch.full((rows,), times, device=words.device), 1)
        begun = self.core.layers.zeros(rows, self.words.weight) if state is None else state
        trace = self.core(self.dropout(self.words(words.t().flatten())), plan, begun, None, gates=gates)

        def by_row(packed: Tensor) -> Tensor:
            return packed.view(times, rows, -1).transpose(0, 1)

        shown = [{name: by_row(gate) for name, gate in layer.items()} for layer in trace.gates]
        return Read(by_row(self.text(trace.hidden)), by_row(trace.hidden), trace.state, shown)

    def _read(
        self, memory: Memory, words: Int[Tensor, "r t"], plan: Plan, gates: bool
    ) -> tuple[Float[Tensor, "w e"], Trace]:
        """The embedded words in the order of the plan, and what the core made of them."""
        embedded = self.dropout(self.embed(words[plan.rows, plan.times], memory))
        state = self.core.begin(memory, len(words) // len(memory.grid))
        return embedded, self.core(embedded, plan, state, memory._replace(hints=None), gates=gates)
