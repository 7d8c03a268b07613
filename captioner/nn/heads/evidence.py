"""What the encoder's own classifier says of a photo joins the word logits, so that things never captioned are named.

    c    = softmax(W v̄)                    classes, from the mean of the grid
    e_w  = log(1 + Σ_{c below w} c / ε)    evidence of a noun w, gathered by WordNet
    g    = softplus(W_g [h; z] + b)        the gate, for each word that is said
    logit_w = logit_{r(w)} - s·[r(w) ≠ w] + g e_w

r(w) is the word itself, or for a noun that was never captioned the captioned one that is nearest (Hendricks et al.
2016, arXiv:1511.05284): both are equally likely but for the evidence, and the sentence goes on after them alike. In
training captioned nouns borrow too, by chance, so that gate and shyness s are learned on nouns that both know, as if
they had never been captioned.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from captioner.nn.core.products import Linear
from captioner.text.nouns import Nouns

FLOOR = 0.01
"""ε: the share of the classes below which there is no evidence to speak of."""
PLAIN = 2.4
"""Evidence from which on a thing is plainly there, a tenth of the classes; what captions never had needs so much."""
ABSENT = -100.0
"""The score of what is not, which no gate lets through."""


class Hints(NamedTuple):
    """What the classifier says of photos, once for all words."""

    scores: Float[Tensor, "b v"]
    """e of each word; 0 for those that evidence cannot name, `ABSENT` for things never captioned and not plainly there.
    """
    classes: Float[Tensor, "b c"]
    """The probability of each class."""
    rows: Int[Tensor, " v"]
    """The word whose row of the embedding each word uses."""

    def keep(self, photos: Int[Tensor, " b"]) -> "Hints":
        """Those of these photos only."""
        return Hints(self.scores.index_select(0, photos), self.classes.index_select(0, photos), self.rows)


class Evidence(nn.Module):
    """Classifier, nouns and gate.

    Args:
        channels: of the encoder's grid.
        classes: that the classifier knows.
        kinds: sets of classes that words stand for.
        vocabulary: number v of words.
        state: width of the gate's input, state and glimpse together.
        borrowing: in training, the probability with which a captioned noun uses another's row.
        boldness: what shyness is lowered by outside of training, in nats.
        classifier: the encoder's; None where weights will be loaded.
    """

    slots: Tensor
    own: Tensor
    others: Tensor
    below: Tensor

    def __init__(
        self,
        channels: int,
        *,
        classes: int,
        kinds: int,
        vocabulary: int,
        state: int,
        borrowing: float = 0.0,
        boldness: float = 0.0,
        classifier: nn.Linear | None = None,
    ) -> None:
        super().__init__()
        self.classifier = nn.Linear(channels, classes) if classifier is None else classifier
        for parameter in self.classifier.parameters():
            parameter.requires_grad_(False)
        self.borrowing, self.boldness = borrowing, boldness
        self.gate = Linear(state, 1)
        nn.init.zeros_(self.gate.weight)
        nn.init.constant_(self.gate.bias, -1.0)
        self.shyness = nn.Parameter(torch.ones(()))
        self.register_buffer("below", torch.zeros(classes, kinds))
        self.register_buffer("slots", torch.zeros(vocabulary, dtype=torch.long))
        self.register_buffer("own", torch.arange(vocabulary))
        self.register_buffer("others", torch.arange(vocabulary))

    def forward(self, features: Float[Tensor, "b n c"]) -> Hints:
        """What the classifier says, from the encoder's grid; words' scores have no gradient, the classes have one."""
        classes = self.classify(features)
        with torch.no_grad():
            evidence = torch.log1p(classes @ self.below / FLOOR)
            scores = torch.cat([torch.zeros_like(evidence[:, :1]), evidence], dim=1).index_select(1, self.slots)
            foreign = self.own != torch.arange(len(self.own), device=self.own.device)
            scores = torch.where(foreign & (scores < PLAIN), ABSENT, scores)
        return Hints(scores, classes, self._rows())

    def classify(self, features: Float[Tensor, "b n d"]) -> Float[Tensor, "b c"]:
        """The probability of each class, from the encoder's grid."""
        return self.classifier(features.mean(dim=1)).float().softmax(dim=1)

    def recall(self, scores: Float[Tensor, "b v"]) -> Hints:
        """What it said of photos of which the evidence of words was kept, but not the classes."""
        return Hints(scores, scores[:, :0], self._rows())

    def _rows(self) -> Int[Tensor, " v"]:
        if not self.training or self.borrowing == 0:
            return self.own
        borrows = torch.rand(self.own.shape, device=self.own.device) < self.borrowing
        return torch.where(borrows, self.others, self.own)

    def fill(self, nouns: Nouns) -> None:
        """Takes over which word names what, in a new network."""
        self.below.zero_()
        for place, classes in enumerate(nouns.kinds):
            self.below[list(classes), place] = 1
        for buffer, values in ((self.slots, nouns.slots), (self.own, nouns.rows), (self.others, nouns.others)):
            buffer.copy_(torch.tensor(values))

    def check(self) -> None:
        """Refuses tables from a file that name what is not there.

        Raises:
            ValueError: a word is of a kind, or borrows from a word, that does not exist.
        """
        for table, most in (
            (self.slots, self.below.shape[1]),
            (self.own, len(self.own) - 1),
            (self.others, len(self.own) - 1),
        ):
            if len(table) and not 0 <= int(table.min()) <= int(table.max()) <= most:
                raise ValueError("the tables of its evidence name words or kinds that are not there; was it changed?")

    def open(self, hidden: Float[Tensor, "w h"], z: Float[Tensor, "w d"]) -> Float[Tensor, "w 1"]:
        """The gate g of each word, from 0 on."""
        return nn.functional.softplus(self.gate(torch.cat([hidden, z], dim=1)))

    def logits(
        self,
        said: Float[Tensor, "w v"],
        gates: Float[Tensor, "w 1"],
        scores: Float[Tensor, "w v"],
        rows: Int[Tensor, " v"],
    ) -> Float[Tensor, "w v"]:
        """Word logits with the evidence, from those of the caption head."""
        borrowed = (rows != torch.arange(len(rows), device=rows.device)).to(said.dtype)
        shyness = self.shyness if self.training else self.shyness - self.boldness
        moved = gates * scores.clamp(min=0) + scores.clamp(max=0)
        return said.index_select(1, rows) - shyness * borrowed + moved
