"""The things that a caption names, with their number and colours."""

from dataclasses import dataclass

from captioner.data.questions.nouns import kind
from captioner.data.questions.parsing import Parse
from captioner.data.questions.words import COLOURS, NUMBERS, PAIRS, PARTS, SAME, TWO
from captioner.text.wordnet import noun_synsets

NOUNS = ("NN", "NNS", "NNP", "NNPS")
ONE = frozenset({"a", "an", "one", "another"})


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a caption names.

    Args:
        noun: in the plain word for it: "guy" is "man".
        count: how many there are; None where the caption leaves it open ("dogs").
        many: whether there are several.
        colours: of it, in order; "black and white" has two.
        bare: whether it stands without an article and in the singular, as "snow" does.
        others: whether "another" or "other" stands before it, so there is one more.
    """

    noun: str
    count: int | None
    many: bool
    colours: tuple[str, ...]
    bare: bool
    others: bool


def children(parse: Parse, head: int, *roles: str) -> list[int]:
    """The places of the words that hang on a word in one of these roles."""
    return [place for place, word in enumerate(parse) if word.head == head and place != head and word.role in roles]


def thing(parse: Parse, place: int) -> Thing | None:
    """What the word at a place names; None where it is no noun of its own, or of no known kind."""
    word = parse[place]
    if word.tag not in NOUNS or word.role in ("compound", "nmod", "npadvmod", "amod", "poss"):
        return None
    noun = noun_at(parse, place)
    if not kind(noun):
        return None
    left = [parse[child] for child in children(parse, place, "det", "nummod", "amod", "compound", "nmod", "poss")]
    before = {each.text for each in left}
    group = _group(parse, place)
    many = group is not None or (word.tag in ("NNS", "NNPS") and noun not in PAIRS)
    count = next((NUMBERS[each.text] for each in left if each.text in NUMBERS), None)
    if count is None:
        one = not many and (before & ONE or noun in PAIRS or kind(noun) in ("person", "animal"))
        count = 2 if group in TWO and many else 1 if one else None
    others = bool(before & {"another", "other"})
    return Thing(noun, count, many, _colours(parse, place), not many and not before & ONE and not left, others)


def noun_at(parse: Parse, place: int) -> str:
    """The plain noun; with the noun before it where the two mean something else, as "ice cream" does."""
    word = parse[place]
    noun = word.text if word.text in PAIRS else SAME.get(word.text, SAME.get(word.lemma, word.lemma))
    if place and parse[place - 1].head == place and parse[place - 1].role == "compound":
        both = f"{parse[place - 1].text} {noun}"
        synsets = noun_synsets(both)
        if synsets and not {each for path in synsets[0].hypernym_paths() for each in path} & set(
            noun_synsets(noun)[:4]
        ):
            return both
    return noun


def _group(parse: Parse, place: int) -> str | None:
    """The word before "of": "group" in "a group of people"."""
    word = parse[place]
    if word.role == "pobj" and parse[word.head].text == "of":
        part = parse[parse[word.head].head].lemma
        return part if part in PARTS and word.tag in ("NNS", "NNPS") else None
    return None


def _colours(parse: Parse, place: int) -> tuple[str, ...]:
    """The colours right before a noun: "black and white" gives two; "light blue" one; "white - shirted" none."""
    near = children(parse, place, "amod", "compound", "nmod", "nummod")
    near += [
        second for first in near for second in children(parse, first, "conj", "amod", "advmod", "nmod", "compound")
    ]
    known = [each for each in sorted(set(near)) if each < place and parse[each].text in COLOURS]
    found = [COLOURS[parse[each].text] for each in known if parse[each + 1].text not in ("-", "haired", "faced")]
    return tuple(dict.fromkeys(found))


def meant(parse: Parse, place: int) -> int:
    """Of "a group of people" the people; else the noun itself."""
    if parse[place].lemma in PARTS:
        for child in children(parse, place, "prep"):
            if parse[child].text == "of" and (inner := children(parse, child, "pobj")):
                return inner[0]
    return place
