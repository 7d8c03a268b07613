"""What a language model writes, token by token."""

from collections.abc import Iterator
from itertools import chain, repeat

from captioner.decoding.settings import Decoding
from captioner.inference.engines.engine import Engine
from captioner.text.vocabulary import Vocabulary


def write(
    engine: Engine,
    vocabulary: Vocabulary,
    prompt: str = "",
    *,
    length: int = 500,
    temperature: float = 1.0,
    top_k: int = 0,
    seed: int | None = None,
) -> Iterator[str]:
    """Goes on from a prompt; each piece comes as it is chosen, and all joined are the text behind the prompt.

    Args:
        engine: of a language model.
        vocabulary: its tokens.
        prompt: what it reads first, by default the end of a line, for the beginning of a text it has hardly seen;
            tokens that it does not know are read as the unknown one.
        length: tokens to write.
        temperature: divides the logits: above 1 more varied, below 1 safer, 0 always the most probable token.
        top_k: tokens are drawn from the so many most probable; 0 takes all.
        seed: repeats a text; none draws another each time.

    Raises:
        ValueError: a setting is out of its range.
    """
    if length < 1:
        raise ValueError(f"length is {length}, but at least 1 token must be written")
    settings = Decoding("sample", max_words=length, min_words=length, temperature=temperature, top_k=top_k, seed=seed)
    before = prompt or ("\n" if "\n" in vocabulary else "")
    return _pieces(engine, vocabulary, [vocabulary.start, *vocabulary.encode(before)], settings)


def _pieces(engine: Engine, vocabulary: Vocabulary, read: list[int], settings: Decoding) -> Iterator[str]:
    gaps = chain([" " if len(read) > 1 else ""], repeat(" ")) if vocabulary.tokenizer == "words" else repeat("")
    for number in engine.write(read, settings):
        yield next(gaps) + vocabulary.tokens[number]
