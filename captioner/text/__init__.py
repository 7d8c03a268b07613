"""Words and characters: tokenisers and the vocabulary that numbers their tokens."""
