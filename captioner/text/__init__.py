"""Words and characters: tokenisers, the vocabulary that numbers their tokens, and the nouns that classes are called."""
