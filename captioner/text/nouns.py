"""What a classifier's classes are called: the words that its evidence can name, and which known word is nearest.

`imagenet.json` lists ImageNet's classes and what WordNet says above them; `scripts/imagenet_nouns.py` made it. A class
counts for every word of its own synset and of those above: a tabby is evidence of "cat". Words that captions never had,
one for each class, join the vocabulary; each borrows from the captioned noun that is nearest in WordNet, as in deep
compositional captioning (Hendricks et al. 2016, arXiv:1511.05284).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf, log
from typing import Any, Self

from captioner.text.vocabulary import Vocabulary

CLASSES = 1000
WIDEST = 150
"""Classes of a word at most; of wider words, such as "animal", the photo itself tells more."""
IRREGULAR = {"goose": "geese", "mouse": "mice", "fish": "fish", "sheep": "sheep", "swine": "swine", "bison": "bison"}
IRREGULAR |= {"human": "humans", "german": "germans"}  # which are no men
PEOPLE = {"person": "people", "woman": "women", "man": "men", "child": "children"}
"""These end longer words, too, but for "person": "fireman" gives "firemen"."""
UNCOUNTED = (
    *("aircraft", "armor", "armour", "broccoli", "cattle", "coffee", "dough", "fruit", "furniture", "grass"),
    *("guacamole", "lotion", "perfume", "pudding", "sauce", "soup", "vacuum", "water", "wine", "wool"),
)
"""Nouns that captions have in the singular alone."""
SIBILANTS = ("s", "x", "z", "ch", "sh")


@dataclass(frozen=True)
class Nouns:
    """The words of a vocabulary that evidence can name.

    Attributes:
        vocabulary: the captioned words, and behind them nouns that were never captioned.
        kinds: for each kind of thing the classes that are of it.
        slots: for each word the number of its kind, from 1 on; 0 where it has none.
        rows: for each word the word whose embedding it uses: its own, or the captioned noun that is nearest.
        others: for each word the nearest captioned noun but itself; its own where there is none.
    """

    vocabulary: Vocabulary
    kinds: tuple[tuple[int, ...], ...]
    slots: tuple[int, ...]
    rows: tuple[int, ...]
    others: tuple[int, ...]

    @classmethod
    def of(cls, captioned: Vocabulary) -> Self:
        """Finds the nouns among captioned words, and adds those that could be said besides.

        Raises:
            ValueError: the vocabulary is one of characters, or knows none of the nouns.
        """
        classes = {word: below for word, below in _imagenet().below.items() if len(below) <= WIDEST}
        known = {form: word for word in classes for form in (plural(word), word) if form in captioned}
        if captioned.tokenizer != "words" or not known:
            raise ValueError(
                "model.network.evidence names nouns, and no caption has one that the encoder's classifier knows; leave"
                " it out, or give captions of words in English"
            )
        near = _Nearness(known, captioned)
        new: dict[str, str] = {}
        captioned_classes = [set(classes[word]) for word in _imagenet().entry.intersection(known.values())]
        for word in sorted(_imagenet().entry & classes.keys()):
            if _mostly_narrower(set(classes[word]), captioned_classes):
                continue
            source = near.to(word)
            for form, other in ((word, source), (plural(word), plural(source))):
                if form not in captioned and other in captioned and not (form != word and word in UNCOUNTED):
                    new[form] = other
        vocabulary = Vocabulary((*captioned.tokens, *new), captioned.tokenizer, captioned.min_count)
        singular = {form: word for word in classes for form in (plural(word), word)}
        named = [singular.get(token, "") for token in vocabulary.tokens]
        kinds = sorted({classes[word] for word in named if word})
        number = {kind: place for place, kind in enumerate(kinds, 1)}
        ids = vocabulary.ids
        return cls(
            vocabulary,
            tuple(kinds),
            tuple(number[classes[word]] if word else 0 for word in named),
            tuple(ids[new.get(token, token)] for token in vocabulary.tokens),
            tuple(ids[new.get(token) or _other(token, known, near)] for token in vocabulary.tokens),
        )


def plural(noun: str) -> str:
    """The plural of an English noun, regular but for a few."""
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    for one, many in PEOPLE.items():
        if noun == one or (noun.endswith(one) and one != "person"):
            return noun.removesuffix(one) + many
    if noun.endswith(("lf", "fe")):
        return f"{noun.removesuffix('e')[:-1]}ves"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return noun + ("es" if noun.endswith(SIBILANTS) else "s")


def class_names() -> tuple[str, ...]:
    """What each class is called."""
    return _imagenet().names


def classes_of(word: str) -> tuple[int, ...]:
    """The classes that are evidence of a word, singular or plural; none where nothing is."""
    below = _imagenet().below
    return below.get(word) or _imagenet().plurals.get(word, ())


def _mostly_narrower(classes: set[int], captioned: Iterable[set[int]]) -> bool:
    """Whether captions have narrower words for most of a word's classes, such as "cat" and "lion" for "feline".

    A wider word always has more evidence than they have, so it would be said in their place.
    """
    narrower = set[int]().union(*(each for each in captioned if each < classes))
    return 2 * len(narrower) > len(classes)


def _other(token: str, known: Mapping[str, str], near: "_Nearness") -> str:
    """The captioned noun nearest to a captioned noun, in the same number; otherwise the word itself."""
    if token not in known:
        return token
    word = known[token]
    other = near.to(word) if token == word else plural(near.to(word))
    return other if other in known else token


class _Nearness:
    """Steps of WordNet's graph to the nearest captioned noun.

    Args:
        known: captioned nouns, and the word that each is a form of.
        vocabulary: whose order tells how frequent a noun is.
    """

    def __init__(self, known: Mapping[str, str], vocabulary: Vocabulary) -> None:
        self.order = {word: vocabulary.ids[word] for word in set(known.values()) if word in vocabulary}
        self.least = min(map(log, self.order.values()), default=0.0)

    def to(self, word: str) -> str:
        """The nearest captioned noun that is another word; the word itself where there is none.

        A noun that is e times rarer counts as one step further: a rare one has learned too little to lend.
        """
        best = (inf, word)
        for away, ring in enumerate(_rings(_imagenet().synsets_of[word])):
            if away + self.least > best[0]:  # and so is all that follows
                break
            for other in {other for name in ring for other in _imagenet().words[name] if other in self.order} - {word}:
                best = min(best, (away + log(self.order[other]), other))
        return best[1]


def _rings(start: Sequence[str]) -> Iterator[list[str]]:
    """Synsets by how many steps up or down they are away."""
    graph, seen, ring = _imagenet().graph, set(start), list(start)
    while ring:
        yield ring
        ring = sorted({other for name in ring for other in graph[name]} - seen)
        seen |= set(ring)


@dataclass(frozen=True)
class _ImageNet:
    names: tuple[str, ...]
    entry: frozenset[str]
    words: Mapping[str, Sequence[str]]
    graph: Mapping[str, Sequence[str]]
    synsets_of: Mapping[str, Sequence[str]]
    below: Mapping[str, tuple[int, ...]]
    plurals: Mapping[str, tuple[int, ...]]


@cache
def _imagenet() -> _ImageNet:
    content: dict[str, Any] = json.loads(files("captioner.text").joinpath("imagenet.json").read_text(encoding="utf-8"))
    words = {name: each[0] for name, each in content["synsets"].items()}
    parents = {name: each[1] for name, each in content["synsets"].items()}
    graph, synsets_of, below = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list), defaultdict(set)
    for name in words:
        graph[name] += parents[name]
        for parent in parents[name]:
            graph[parent].append(name)
        for word in words[name]:
            synsets_of[word].append(name)
    for place, name in enumerate(content["classes"]):
        for above in _upwards(name, parents):
            for word in words[above]:
                below[word].add(place)
        for entry in content["entry"][place]:
            below[entry].add(place)
            if not synsets_of[entry]:
                synsets_of[entry].append(name)
    classes = {word: tuple(sorted(each)) for word, each in below.items()}
    plurals = {plural(word): each for word, each in classes.items()}
    return _ImageNet(
        tuple(content["names"]),
        frozenset(word for each in content["entry"] for word in each),
        words,
        graph,
        synsets_of,
        classes,
        plurals,
    )


def _upwards(name: str, parents: Mapping[str, Iterable[str]]) -> set[str]:
    found, front = {name}, [name]
    while front:
        front = [parent for each in front for parent in parents[each] if parent not in found]
        found |= set(front)
    return found
