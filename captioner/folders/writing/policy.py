"""What becomes of a caption where there is a text already."""

from dataclasses import dataclass
from typing import Literal

Done = Literal["skip", "overwrite", "append", "prepend"]
MEANING = {
    "skip": "leave photos that have a text",
    "overwrite": "write anew; in sidecars only what captioner wrote",
    "append": "behind the text that is there",
    "prepend": "before it",
}
ENDS = (".", "!", "?", ",", ";", ":")


@dataclass(frozen=True)
class Policy:
    """How captions are written.

    Attributes:
        done: what becomes of photos that have a text.
        prefix: what every caption begins with.
        suffix: what it ends with.
    """

    done: Done = "skip"
    prefix: str = ""
    suffix: str = ""

    def __post_init__(self) -> None:
        for flag, text in (("--prefix", self.prefix), ("--suffix", self.suffix)):
            if any(letter != "\t" and (letter < " " or "\ud800" <= letter <= "\udfff") for letter in text):
                raise ValueError(f"{flag} {text!r} has a letter that is no text; give letters of one line")

    def worded(self, caption: str) -> str:
        """The caption as it is written."""
        return f"{self.prefix}{caption}{self.suffix}"

    def joined(self, old: str, new: str) -> str:
        """Both, where the new one is to stand beside the old one; as it was, where the new one stands there already."""
        stands = old.strip().endswith if self.done == "append" else old.strip().startswith
        if stands(new.strip()):
            return old
        first, second = (old.rstrip(), new) if self.done == "append" else (new, old.strip())
        return f"{first}{' ' if first.endswith(ENDS) else ', '}{second}"
