"""The head of a language model: logits of the next token from the state alone (Karpathy 2015, char-rnn)."""

from jaxtyping import Float
from torch import Tensor, nn

from captioner.nn.core.dropout import Dropout
from captioner.nn.core.products import Linear


class CharacterHead(nn.Module):
    """logits = W_o · dropout(h) + b; the tokens may be words as well.

    Args:
        vocabulary: number v of tokens.
        state: width h of the hidden state.
        dropout: probability with which a value of the state is dropped.
    """

    def __init__(self, vocabulary: int, state: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = Dropout(dropout)
        self.tokens = Linear(state, vocabulary)
        nn.init.zeros_(self.tokens.bias)

    def forward(self, hidden: Float[Tensor, "w h"]) -> Float[Tensor, "w v"]:
        """Logits of the token after each that was read."""
        return self.tokens(self.dropout(hidden))
