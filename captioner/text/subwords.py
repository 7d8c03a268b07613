"""Subwords by byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909): frequent words are whole, rare ones cut.

The library `tokenizers` learns the pieces and cuts by them; what is kept is text alone, the pieces and which two become
one. A piece that begins a word begins with ▁, so the pieces of a text, joined, are the text again, spaces and all.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

SPACE = "▁"
Merges = tuple[tuple[str, str], ...]


def learn(texts: Iterable[str], size: int, *, special: Sequence[str], min_count: int) -> tuple[tuple[str, ...], Merges]:
    """The pieces of these texts, the special ones first, and how they are made.

    Args:
        texts: in one language or in several, which then share what they spell alike.
        size: how many pieces at most, special ones and single letters included.
        special: pieces that no text has.
        min_count: how often two pieces must stand together to become one.

    Raises:
        ValueError: the library is not installed.
    """
    library = _library()
    tokenizer = _tokenizer(library.models.BPE(unk_token=special[-1]))
    trainer = library.trainers.BpeTrainer(
        vocab_size=size, min_frequency=min_count, special_tokens=list(special), show_progress=False
    )
    tokenizer.train_from_iterator((cleaned(text) for text in texts), trainer)
    learned = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(learned["vocab"], key=lambda token: learned["vocab"][token])
    return tuple(tokens), tuple((first, second) for first, second in learned["merges"])


class Cutter:
    """Cuts texts into known pieces, and letters that no piece has.

    Args:
        ids: the pieces with their numbers.
        merges: which two pieces become one, the first learned first.
        unknown: the piece that stands for letters that no piece has.

    Raises:
        ValueError: the library is not installed.
    """

    def __init__(self, ids: Mapping[str, int], merges: Merges, unknown: str) -> None:
        self.unknown = unknown
        self.tokenizer = _tokenizer(_library().models.BPE(vocab=dict(ids), merges=list(merges), unk_token=unknown))

    def __call__(self, text: str) -> list[str]:
        """The pieces in their order."""
        plain = cleaned(text)
        cut = self.tokenizer.encode(plain, add_special_tokens=False)
        pieces = zip(cut.tokens, cut.offsets, strict=True)
        return [plain[slice(*where)] if piece == self.unknown else piece for piece, where in pieces]


def cleaned(text: str) -> str:
    """The text in NFC, with one space between words and none around it."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def joined(pieces: Iterable[str]) -> str:
    """The text of these pieces."""
    return "".join(pieces).replace(SPACE, " ").strip()


def check_merges(merges: Merges, ids: Mapping[str, int]) -> None:
    """Refuses what makes pieces of unknown ones, or unknown ones.

    Raises:
        ValueError: one does.
    """
    for first, second in merges:
        if not {first, second, first + second} <= ids.keys():
            raise ValueError(f"the pieces {first!r:.40} and {second!r:.40} become one, but not all three are tokens")


def _library() -> Any:
    try:
        import tokenizers
    except ModuleNotFoundError:
        raise ValueError("subwords are cut by the library tokenizers: pip install 'captioner[translate]'") from None
    return tokenizers


def _tokenizer(model: Any) -> Any:
    """A word begins with ▁, and punctuation is no part of a word."""
    library = _library()
    tokenizer, cuts = library.Tokenizer(model), library.pre_tokenizers
    tokenizer.pre_tokenizer = cuts.Sequence([cuts.Metaspace(replacement=SPACE), cuts.Punctuation()])
    return tokenizer


def words_of(pieces: Sequence[str]) -> list[tuple[str, slice]]:
    """The words that pieces make, punctuation apart, each with the places of its pieces."""
    begins = [place for place, piece in enumerate(pieces) if not place or _begins(piece, pieces[place - 1])]
    words = [slice(*ends) for ends in pairwise([*begins, len(pieces)])]
    return [(joined(pieces[word]), word) for word in words]


def _begins(piece: str, before: str) -> bool:
    """Whether a piece begins a word: after a space, or where punctuation begins or ends."""
    apart = any(not any(letter.isalnum() for letter in each) for each in (piece, before))
    return piece.startswith(SPACE) or (apart and before != SPACE)
