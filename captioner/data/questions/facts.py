"""What one caption says: its things, who does what to what, and where."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from captioner.data.questions.nouns import kind
from captioner.data.questions.parsing import Parse, Word
from captioner.data.questions.things import NOUNS, ONE, Thing, children, meant, noun_at, thing
from captioner.data.questions.words import MISREAD, NO_DEEDS, PREPOSITIONS, SAME, ing
from captioner.text.wordnet import is_verb

VERBS = ("VB", "VBZ", "VBP", "VBG", "VBD")


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
    heads = {place: found for place in range(len(parse)) if (found := thing(parse, place)) is not None}
    number = {place: index for index, place in enumerate(heads)}
    deeds: list[Deed] = []
    spots: list[Spot] = []
    for place, word in enumerate(parse):
        if (verb := _verb(parse, place)) and (who := number.get(_subject(parse, place))) is not None:
            objects = [meant(parse, child) for child in children(parse, place, "dobj")]
            what = number.get(objects[0]) if objects else None
            more = children(parse, place, "prt", "dative", "acomp", "xcomp", "ccomp", "oprd", "attr", "neg")
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
        one = ONE & {parse[child].text for child in children(parse, place, "det")}
        if own and one and is_verb(word.lemma) and kind(SAME.get(before.lemma, before.lemma)) in ("person", "animal"):
            words = [replace(w, head=place - 1) if w.head == place > at + 1 else w for at, w in enumerate(parse)]
            words[place - 1] = replace(before, role="nsubj")
            words[place] = replace(word, tag="VBZ", role="ROOT", head=place)
            return tuple(words)
    return parse


def _verb(parse: Parse, place: int) -> str:
    """The plain form of a verb that tells what is being done."""
    word = parse[place]
    passive = word.tag == "VBN" or children(parse, place, "nsubjpass", "auxpass", "neg")
    fit = word.tag in VERBS and not passive and word.role in ("ROOT", "acl", "relcl", "conj", "advcl", "ccomp", "pcomp")
    lemma = MISREAD.get(word.lemma, word.lemma)
    return lemma if fit and word.role != "pcomp" and is_verb(lemma) else ""


def _doing(word: Word, verb: str) -> str:
    return word.text if word.tag == "VBG" and verb not in MISREAD.values() else ing(verb) if verb else ""


def _subject(parse: Parse, place: int) -> int:
    """The place of whoever does it; -1 where nobody is said."""
    word, own = parse[place], children(parse, place, "nsubj")
    if own and parse[own[0]].tag in NOUNS:
        return meant(parse, own[0])
    if word.role in ("acl", "relcl") and parse[word.head].tag in NOUNS:
        if (word.role == "acl" and word.tag != "VBG") or (own and parse[own[0]].text not in ("who", "that", "which")):
            return -1
        return _able(parse, meant(parse, word.head))
    marked = children(parse, place, "mark", "advmod")
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
    if kind(noun_at(parse, place)) in ("thing", "clothes") and word.role == "pobj" and parse[outer].tag in NOUNS:
        return _able(parse, outer) if kind(noun_at(parse, outer)) in ("person", "animal") else place
    return place


def _spots(parse: Parse, place: int, number: dict[int, int]) -> Iterator[Spot]:
    """Where somebody is, as one preposition tells: "in the snow", "in front of a house"."""
    inner = children(parse, place, "pobj")
    if not inner:
        return
    name, at = parse[place].text, inner[0]
    if parse[at].text in ("front", "top") and (behind := meant(parse, at)) != at:
        name, at = f"{name} {parse[at].text} of", behind
    head = parse[place].head
    verb = parse[head].tag in (*VERBS, "VBN")
    who = _subject(parse, head) if verb else meant(parse, head)
    if name in PREPOSITIONS and at in number and who in number and who != at:
        deed = _verb(parse, head) if verb else ""
        told = _doing(parse[head], deed) if deed not in NO_DEEDS and not children(parse, head, "dobj", "prt") else ""
        yield Spot(number[who], told, name, number[at])
