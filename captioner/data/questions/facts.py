"""What one caption says: things with their number and colours, who does what to what, and where."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from captioner.data.questions.nouns import kind
from captioner.data.questions.parsing import Parse, Word
from captioner.data.questions.words import (
    COLOURS,
    MISREAD,
    NO_DEEDS,
    NUMBERS,
    PAIRS,
    PARTS,
    PREPOSITIONS,
    SAME,
    TWO,
    ing,
)
from captioner.text.wordnet import is_verb, noun_synsets

NOUNS = ("NN", "NNS", "NNP", "NNPS")
VERBS = ("VB", "VBZ", "VBP", "VBG", "VBD")
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


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody does something, maybe to something; things by their place among the caption's."""

    who: int
    verb: str
    doing: str  # its form in -ing
    what: int | None
    alone: bool  # nothing but a place belongs to it: neither "out" of "blows out" nor a second object


@dataclass(frozen=True, slots=True)
class Spot:
    """Somebody or something is at a thing; the verb is empty where none is said."""

    who: int
    verb: str  # its form in -ing
    preposition: str
    at: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One caption and what it says."""

    caption: str
    things: tuple[Thing, ...]
    deeds: tuple[Deed, ...]
    spots: tuple[Spot, ...]


def facts(caption: str, parse: Parse) -> Facts:
    """Reads what a parsed caption says."""
    parse = _mended(parse)
    heads = {place: thing for place in range(len(parse)) if (thing := _thing(parse, place)) is not None}
    number = {place: index for index, place in enumerate(heads)}
    deeds: list[Deed] = []
    spots: list[Spot] = []
    for place, word in enumerate(parse):
        if (verb := _verb(parse, place)) and (who := number.get(_subject(parse, place))) is not None:
            objects = [_meant(parse, child) for child in _children(parse, place, "dobj")]
            what = number.get(objects[0]) if objects else None
            more = _children(parse, place, "prt", "dative", "acomp", "xcomp", "ccomp", "oprd", "attr", "neg")
            if what is not None or not objects:
                deeds.append(Deed(who, verb, _doing(word, verb), what, not more))
        if word.role == "prep":
            spots += _spots(parse, place, number)
    return Facts(caption, tuple(heads.values()), tuple(deeds), tuple(spots))


def _mended(parse: Parse) -> Parse:
    """The parse with "runs" as a verb where "a dog runs" was taken for many runs of a dog: "a" fits only one."""
    for place in range(1, len(parse)):
        word, before = parse[place], parse[place - 1]
        own = before.role == "compound" and before.head == place and before.tag == "NN" and word.tag == "NNS"
        one = ONE & {parse[child].text for child in _children(parse, place, "det")}
        if own and one and is_verb(word.lemma) and kind(SAME.get(before.lemma, before.lemma)) in ("person", "animal"):
            words = [replace(w, head=place - 1) if w.head == place > at + 1 else w for at, w in enumerate(parse)]
            words[place - 1] = replace(before, role="nsubj")
            words[place] = replace(word, tag="VBZ", role="ROOT", head=place)
            return tuple(words)
    return parse


def _children(parse: Parse, head: int, *roles: str) -> list[int]:
    return [place for place, word in enumerate(parse) if word.head == head and place != head and word.role in roles]


def _thing(parse: Parse, place: int) -> Thing | None:
    word = parse[place]
    if word.tag not in NOUNS or word.role in ("compound", "nmod", "npadvmod", "amod", "poss"):
        return None
    noun = _noun(parse, place)
    if not kind(noun):
        return None
    left = [parse[child] for child in _children(parse, place, "det", "nummod", "amod", "compound", "nmod", "poss")]
    before = {each.text for each in left}
    group = _group(parse, place)
    many = group is not None or (word.tag in ("NNS", "NNPS") and noun not in PAIRS)
    count = next((NUMBERS[each.text] for each in left if each.text in NUMBERS), None)
    if count is None:
        one = not many and (before & ONE or noun in PAIRS or kind(noun) in ("person", "animal"))
        count = 2 if group in TWO and many else 1 if one else None
    others = bool(before & {"another", "other"})
    return Thing(noun, count, many, _colours(parse, place), not many and not before & ONE and not left, others)


def _noun(parse: Parse, place: int) -> str:
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
    near = _children(parse, place, "amod", "compound", "nmod", "nummod")
    near += [
        second for first in near for second in _children(parse, first, "conj", "amod", "advmod", "nmod", "compound")
    ]
    known = [each for each in sorted(set(near)) if each < place and parse[each].text in COLOURS]
    found = [COLOURS[parse[each].text] for each in known if parse[each + 1].text not in ("-", "haired", "faced")]
    return tuple(dict.fromkeys(found))


def _meant(parse: Parse, place: int) -> int:
    """Of "a group of people" the people; else the noun itself."""
    if parse[place].lemma in PARTS:
        for child in _children(parse, place, "prep"):
            if parse[child].text == "of" and (inner := _children(parse, child, "pobj")):
                return inner[0]
    return place


def _verb(parse: Parse, place: int) -> str:
    """The plain form of a verb that tells what is being done."""
    word = parse[place]
    passive = word.tag == "VBN" or _children(parse, place, "nsubjpass", "auxpass", "neg")
    fit = word.tag in VERBS and not passive and word.role in ("ROOT", "acl", "relcl", "conj", "advcl", "ccomp", "pcomp")
    lemma = MISREAD.get(word.lemma, word.lemma)
    return lemma if fit and word.role != "pcomp" and is_verb(lemma) else ""


def _doing(word: Word, verb: str) -> str:
    return word.text if word.tag == "VBG" and verb not in MISREAD.values() else ing(verb) if verb else ""


def _subject(parse: Parse, place: int) -> int:
    """The place of whoever does it; -1 where nobody is said."""
    word, own = parse[place], _children(parse, place, "nsubj")
    if own and parse[own[0]].tag in NOUNS:
        return _meant(parse, own[0])
    if word.role in ("acl", "relcl") and parse[word.head].tag in NOUNS:
        if (word.role == "acl" and word.tag != "VBG") or (own and parse[own[0]].text not in ("who", "that", "which")):
            return -1
        return _able(parse, _meant(parse, word.head))
    marked = _children(parse, place, "mark", "advmod")
    if (
        not own
        and (word.role == "conj" or (word.role == "advcl" and word.tag == "VBG" and not marked))
        and word.head < place
    ):
        return _subject(parse, word.head) if parse[word.head].tag in (*VERBS, "VBN") else -1
    return -1


def _able(parse: Parse, place: int) -> int:
    """Who acts: in "a man in a boat rowing" the man, wherever the parser hangs "rowing"."""
    word = parse[place]
    outer = parse[word.head].head
    if kind(_noun(parse, place)) in ("thing", "clothes") and word.role == "pobj" and parse[outer].tag in NOUNS:
        return _able(parse, outer) if kind(_noun(parse, outer)) in ("person", "animal") else place
    return place


def _spots(parse: Parse, place: int, number: dict[int, int]) -> Iterator[Spot]:
    """Where somebody is, as one preposition tells: "in the snow", "in front of a house"."""
    inner = _children(parse, place, "pobj")
    if not inner:
        return
    name, at = parse[place].text, inner[0]
    if parse[at].text in ("front", "top") and (behind := _meant(parse, at)) != at:
        name, at = f"{name} {parse[at].text} of", behind
    head = parse[place].head
    verb = parse[head].tag in (*VERBS, "VBN")
    who = _subject(parse, head) if verb else _meant(parse, head)
    if name in PREPOSITIONS and at in number and who in number and who != at:
        deed = _verb(parse, head) if verb else ""
        told = _doing(parse[head], deed) if deed not in NO_DEEDS and not _children(parse, head, "dobj", "prt") else ""
        yield Spot(number[who], told, name, number[at])
