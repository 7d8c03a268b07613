"""The COCO evaluation's tokens: Penn Treebank words, lower-cased, without punctuation, in pure Python."""

import re

WORDS = re.compile(r"[\w]+(?:-\w+)*|[^\w\s]")
PUNCTUATION = frozenset(["''", "'", "``", "`", "-lrb-", "-rrb-", ".", "?", "!", ",", ":", "-", "--", "...", ";"])


def ptb(text: str) -> list[str]:
    """The words of a caption."""
    return [word for word in WORDS.findall(text.lower()) if word not in PUNCTUATION]
