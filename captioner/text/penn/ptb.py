"""The words that the official COCO evaluation compares: Penn Treebank tokens in small letters without punctuation.

The official tokeniser (Stanford CoreNLP 3.4.1 and a list of punctuation, through Java) in Python alone. Differences
that remain are listed in docs/scores.md.
"""

import re
from functools import lru_cache

from captioner.text.penn.treebank import cut

# The official list spells brackets -LRB-, but tokens are lower-cased before they are compared with it: they stay.
PUNCTUATION = frozenset(["''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"])
# In such a line no rule looks across a space.
SIMPLE = re.compile(r"[A-Za-z ,;:!?'\"()-]*\.? *")


def ptb(text: str) -> list[str]:
    """The words of one caption, cut as if it stood alone in its file.

    Examples:
        >>> ptb("A man's dog (a poodle) doesn't jump.")
        ['a', 'man', "'s", 'dog', '-lrb-', 'a', 'poodle', '-rrb-', 'does', "n't", 'jump']
    """
    if not SIMPLE.fullmatch(text):
        return words(text)
    found: list[str] = []
    for chunk in text.split():
        found += simple_words(chunk)
    return found


def words(text: str) -> list[str]:
    """The words of a caption or of a piece of it that stands between spaces."""
    return [token for token in cut(text + "\n") if token not in PUNCTUATION]


simple_words = lru_cache(maxsize=1 << 16)(words)
