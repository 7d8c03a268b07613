"""The vocabulary: numbers for tokens, made once from the train split and kept with the model as JSON."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from captioner.files import one_line, read_json, write_json
from captioner.text.subwords import Cutter, Merges, check_merges, joined, learn
from captioner.text.tokenize import TOKENIZERS, Kind, detokenize

# No tokeniser can give one of these, so they never collide with a token of a text.
SPECIAL = ("<pad>", "<start>", "<end>", "<unk>")
SUBWORDS: Literal["subwords"] = "subwords"
_CODE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # of BCP 47: `de`, `zh`, `zh-Hant`
_HALF = re.compile("[\ud800-\udfff]")  # halves of letters, which no file can hold
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # which end words, and move a terminal's cursor


def check_language(code: object) -> str:
    """The same code.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError(f"the language {code!r:.80} is no code; give one such as en, de, zh or zh-Hant")
    return code


class Coverage(NamedTuple):
    """How much of some texts a vocabulary knows."""

    tokens: int
    known: int
    missing: Counter[str]

    @property
    def share(self) -> float:
        """Known tokens as a fraction of all; 1 where there are none."""
        return self.known / self.tokens if self.tokens else 1.0


def count_tokens(texts: Iterable[str], tokenizer: str) -> Counter[str]:
    """How often each token occurs in some texts, of which one at a time is in memory.

    Raises:
        ValueError: the tokeniser is unknown.
    """
    if tokenizer not in TOKENIZERS:
        raise ValueError(f"tokenizer {tokenizer!r} is unknown; take one of {', '.join(TOKENIZERS)}")
    return Counter(token for text in texts for token in TOKENIZERS[tokenizer](text))


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by id, and the tokeniser they belong to.

    Args:
        tokens: all tokens in the order of their ids, beginning with `SPECIAL`.
        tokenizer: how texts are cut, a name in `TOKENIZERS`, or `subwords`.
        min_count: how often a token had to occur; kept as a record.
        merges: of subwords: which two become one; see `captioner.text.subwords`.
        languages: codes of those that captions are written in, where that is told. Each has a token, `<zh>` for
            instance, with which its captions begin instead of `<start>`.

    Raises:
        ValueError: the tokens are not distinct texts that begin with the special ones, or a setting is unknown.
    """

    tokens: tuple[str, ...]
    tokenizer: Kind | Literal["subwords"] = "words"
    min_count: int = 5
    merges: Merges = ()
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.tokenizer not in (*TOKENIZERS, SUBWORDS):
            raise ValueError(f"tokenizer {self.tokenizer!r} is unknown; take one of {', '.join(TOKENIZERS)}")
        if not isinstance(self.min_count, int) or self.min_count < 1:
            raise ValueError(f"min_count must be a whole number from 1 on, not {self.min_count!r}")
        if self.tokens[: len(SPECIAL)] != SPECIAL:
            raise ValueError(f"a vocabulary begins with {' '.join(SPECIAL)}, not with {self.tokens[: len(SPECIAL)]}")
        odd = [token for token in self.tokens if not isinstance(token, str) or not token]
        if odd:
            raise ValueError(f"every token of a vocabulary is a text of at least one letter, not {odd[0]!r}")
        twice = [token for token, count in Counter(self.tokens).items() if count > 1]
        if twice:
            raise ValueError(f"the token {twice[0]!r} stands twice in the vocabulary; keep one of them")
        check_merges(self.merges, self.ids)
        if absent := [each for each in self.languages if _token(check_language(each)) not in self.tokens]:
            raise ValueError(f"the language {absent[0]} has no token {_token(absent[0])} in the vocabulary")

    @classmethod
    def build(
        cls, texts: Iterable[str], tokenizer: Kind = "words", min_count: int = 5, languages: Sequence[str] = ()
    ) -> Self:
        """Counts the tokens of all texts, one text in memory at a time, and keeps the frequent ones.

        The order is by falling count, then by code point, so equal texts in any order give equal vocabularies.

        Raises:
            ValueError: no token occurs `min_count` times, or a setting is unknown.
        """
        return cls.of_counts(count_tokens(texts, tokenizer), tokenizer, min_count, languages)

    @classmethod
    def of_counts(
        cls, counts: Mapping[str, int], tokenizer: Kind = "words", min_count: int = 5, languages: Sequence[str] = ()
    ) -> Self:
        """As `build`, where somebody has counted already.

        Raises:
            ValueError: no token occurs `min_count` times, or a setting is unknown.
        """
        built = cls(SPECIAL, tokenizer, min_count).extended_by(counts, languages=languages)
        if not built.known:
            raise ValueError(f"no token occurs {min_count} times in these texts; lower min_count or give more texts")
        return built

    @classmethod
    def of_subwords(cls, texts: Iterable[str], size: int, min_count: int = 2) -> Self:
        """Learns subwords, `size` tokens at most.

        Raises:
            ValueError: the texts have no letter, or the library is not installed.
        """
        tokens, merges = learn(texts, size, special=SPECIAL, min_count=min_count)
        if len(tokens) == len(SPECIAL):
            raise ValueError("these texts have no letter; give texts to learn subwords from")
        return cls(tokens, SUBWORDS, min_count, merges)

    def extended(self, texts: Iterable[str], min_count: int | None = None, languages: Sequence[str] = ()) -> Self:
        """The same ids for the same tokens, and behind them new languages and the frequent tokens of more texts.

        Args:
            texts: cut by this vocabulary's tokeniser.
            min_count: how often a new token must occur; by default as in this vocabulary.
            languages: that the texts add.
        """
        return self.extended_by(Counter(token for text in texts for token in self.cut(text)), min_count, languages)

    def extended_by(
        self, counts: Mapping[str, int], min_count: int | None = None, languages: Sequence[str] = ()
    ) -> Self:
        """As `extended`, where somebody has counted already."""
        least = self.min_count if min_count is None else min_count
        new = [token for token, count in counts.items() if count >= least and token not in self]
        new.sort(key=lambda token: (-counts[token], token))
        added = [language for language in languages if language not in self.languages]
        tokens = (*self.tokens, *map(_token, added), *new)
        return replace(self, tokens=tokens, min_count=least, languages=(*self.languages, *added))

    @property
    def known(self) -> int:
        """How many tokens of texts there are: all but the special ones and those of languages."""
        return len(self) - len(SPECIAL) - len(self.languages)

    @property
    def unit(self) -> str:
        """What its tokens are, in words."""
        return "words and characters" if self.tokenizer == "mixed" else self.tokenizer

    @property
    def pad(self) -> int:
        """The id that fills up shorter texts of a batch."""
        return 0

    @property
    def start(self) -> int:
        """The id that stands before the first token."""
        return 1

    @property
    def end(self) -> int:
        """The id that stands after the last token."""
        return 2

    @property
    def unknown(self) -> int:
        """The id of every token that is not in the vocabulary."""
        return 3

    @property
    def never_said(self) -> tuple[int, ...]:
        """The ids that are no words of a text: padding, start, unknown and languages."""
        return self.pad, self.start, self.unknown, *map(self.begin, self.languages)

    def language(self, asked: str | None = None) -> str | None:
        """The language that is meant: the one that was asked for, or else the first; None where none is told.

        Raises:
            ValueError: there is no such language.
        """
        if asked is None:
            return self.languages[0] if self.languages else None
        if asked not in self.languages:
            known = f"knows {', '.join(self.languages)}" if self.languages else "was not told any: leave it out"
            raise ValueError(f"the language {asked!r:.80} was asked for, but this model {known}")
        return asked

    def begin(self, language: str | None = None) -> int:
        """The id before the first token of a caption in this language.

        Raises:
            ValueError: there is no such language.
        """
        meant = self.language(language)
        return self.start if meant is None else self.ids[_token(meant)]

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.ids

    @cached_property
    def cut(self) -> Callable[[str], list[str]]:
        """Cuts a text into its tokens, those that are not known, too.

        Raises:
            ValueError: they are subwords, and the library that cuts them is not installed.
        """
        if self.tokenizer == SUBWORDS:
            return Cutter(self.ids, self.merges, SPECIAL[self.unknown])
        return TOKENIZERS[self.tokenizer]

    def encode(self, text: str) -> list[int]:
        """Cuts a text and gives its ids, without start and end."""
        return [self.ids.get(token, self.unknown) for token in self.cut(text)]

    def encode_source(self, text: str) -> list[int]:
        """What a translator reads of a text: its ids and the end, which is a place to look at, too."""
        return [*self.encode(text), self.end]

    def decode(self, ids: Iterable[int]) -> str:
        """Turns ids back to a text: padding and start are left out, the end ends it.

        Raises:
            ValueError: an id is not in the vocabulary.
        """
        tokens = []
        for number in ids:
            if number == self.end:
                break
            if not 0 <= number < len(self):
                raise ValueError(f"id {number} is outside of the vocabulary, which has the ids 0 to {len(self) - 1}")
            if number == self.unknown or number not in self.never_said:
                tokens.append(self.tokens[number])
        return joined(tokens) if self.tokenizer == SUBWORDS else detokenize(tokens, self.tokenizer)

    def coverage(self, texts: Iterable[str]) -> Coverage:
        """Counts how many tokens of the texts are known, and which are missing how often."""
        counts = Counter(token for text in texts for token in self.cut(text))
        missing = Counter({token: count for token, count in counts.items() if token not in self})
        return Coverage(counts.total(), counts.total() - missing.total(), missing)

    def save(self, path: Path) -> None:
        """Writes the vocabulary as JSON, whole or not at all."""
        content = {"tokenizer": self.tokenizer, "min_count": self.min_count, "tokens": self.tokens}
        more = {"merges": self.merges, "languages": self.languages}
        write_json(path, content | {name: value for name, value in more.items() if value})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not a vocabulary; the message says why.
        """
        content = read_json(path)
        keys = {"tokenizer", "min_count", "tokens"}
        if not isinstance(content, dict) or content.keys() - {"languages", "merges"} != keys or not _lists(content):
            raise ValueError(f"{path} is not a vocabulary: it must hold exactly {', '.join(sorted(keys))}")
        impossible = _HALF if content["tokenizer"] == "characters" else _CONTROL
        if odd := [token for token in content["tokens"] if isinstance(token, str) and impossible.search(token)]:
            raise ValueError(f"{path} is not a vocabulary: no text can hold the token {odd[0]!a:.80}")
        try:
            merges = tuple((first, second) for first, second in content.get("merges", ()))
            languages = tuple(content.get("languages", ()))
            return cls(tuple(content["tokens"]), content["tokenizer"], content["min_count"], merges, languages)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path} is not a vocabulary: {one_line(error)}") from None


def _token(language: str) -> str:
    """The token with which captions in a language begin."""
    return f"<{language}>"


def _lists(content: dict[str, Any]) -> bool:
    return isinstance(content["tokens"], list) and isinstance(content.get("languages", []), list)
