"""Which words name the same: an object's category, by the longest name that fits, or a noun in the other number."""

from collections.abc import Iterable, Mapping, Sequence

# Captions seldom say "person"; such everyday words for COCO's categories count as well.
EVERYDAY = {
    "person": ("man", "woman", "boy", "girl", "child", "men", "women", "children", "people"),
    "bicycle": ("bike",),
    "motorcycle": ("motorbike",),
    "airplane": ("plane", "jet"),
    "couch": ("sofa",),
    "tv": ("television",),
    "cell phone": ("phone", "cellphone"),
    "dining table": ("table",),
}

# Plurals of what is often in photos that no ending makes.
SINGULAR = {"men": "man", "women": "woman", "children": "child", "people": "person", "feet": "foot", "teeth": "tooth"}
# These end phrases like nouns, but do not say what they stand for.
PERSONS = ("he", "him", "his", "himself", "she", "her", "hers", "herself", "they", "them", "their", "themselves")
THINGS = (
    "it",
    "its",
    "itself",
    "one",
    "ones",
    "another",
    "other",
    "others",
    "each",
    "both",
    "all",
    "some",
    "something",
)
NUMBERS = ("someone", "several", "many", "two", "three", "four", "five", "six")
PRONOUNS = frozenset((*PERSONS, *THINGS, *NUMBERS))

Names = Mapping[tuple[str, ...], str]


def spellings(categories: Iterable[str]) -> dict[tuple[str, ...], str]:
    """The words that name each category: its own name, its plural and everyday names; the words, then the category."""
    found: dict[tuple[str, ...], str] = {}
    for category in categories:
        for name in (category, *EVERYDAY.get(category, ())):
            for ending in ("", "s", "es"):
                found.setdefault(tuple(f"{name.lower()}{ending}".split()), category)
    return found


def named(words: Sequence[str], names: Names) -> list[tuple[int, str]]:
    """The categories that a caption names, each with the place of the last word of its name.

    Args:
        words: of the caption.
        names: what `spellings` gave.
    """
    longest = max(map(len, names), default=0)
    lowered = tuple(word.lower() for word in words)
    found: list[tuple[int, str]] = []
    place = 0
    while place < len(words):
        ends = range(min(place + longest, len(words)), place, -1)
        end = next((end for end in ends if lowered[place:end] in names), None)
        if end is not None:
            found.append((end - 1, names[lowered[place:end]]))
        place = end or place + 1
    return found


def singulars(noun: str) -> frozenset[str]:
    """A noun, and what it may be the plural of; two nouns name the same if these have one in common.

    Pronouns and bare numbers give none.
    """
    if noun in PRONOUNS:
        return frozenset()
    found = {noun, SINGULAR.get(noun, noun)}
    for ending, instead in (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe")):
        if noun.endswith(ending) and len(noun) > len(ending) + 1 and not noun.endswith("ss"):
            found.add(noun.removesuffix(ending) + instead)
    return frozenset(found)
