#!/usr/bin/env python3
"""Makes captioner/text/imagenet.json: what each of ImageNet's 1,000 classes is called, from narrow to wide, by WordNet.

A class is its synset and everything above it: a tabby is a cat, a feline, an animal. Of all these words one is the
class's entry-level word, what people would call it first (Ordonez et al. 2013, "From Large Scale Image Categorization
to Entry-Level Categories", ICCV, equation 1): the one with the largest logarithm of its frequency in English, less
0.4 for each step up from the class, and 0.2 for each synonym before it; its own word too where that is nearly as good.

Run once, with the words' frequencies from the package wordfreq and WordNet 3.0 for nltk:
    NLTK_DATA=FOLDER scripts/imagenet_nouns.py --classes imagenet_synsets.txt > captioner/text/imagenet.json
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from nltk.corpus import wordnet
from wordfreq import zipf_frequency

STEP, SYNONYM, FIRST, NEARLY = 0.4, 0.2, 3, 0.3
WIDEST = 150
"""Classes below a word at most: nobody calls an animal or an artifact so in a caption, if more is known."""
NO_THINGS = """
    footwear cloak armor clothing stole covert fungus individual shelter prison housing weight shield promontory essence
    portion handkerchief
    good food device machine equipment vehicle part structure material covering protection gear piece course wind
    wood work system article support implement mixture construction container cover arm arms transport
    transportation base top body unit group creation product line means way end head pole place service order matter
    quality game attachment component restraint fixing craft vessel barrier person someone somebody player dress
    press brass reed institution facility appliance display produce ware canine mechanism fabric automatic defense
    rail protector bars security check measure slip run pass band ai killer grand sweet comfort spot setup works
    area commodity aegis cell clip coast coil dam dispenser explorer framework groin headland hip home hopper kit
    landing litter lodging loupe mail memorial meter mole monarch mortar opener ounce package packet patten pattern
    pump punch reel reflector rig roach rule saw scale scope screen seed sheath shaker shore slot snipe spiral
    spotlight spring staff stereo strainer sub swab switch tick trap trifle trump velvet warmer washer weapon web
    wing eft drake admiral fitch sidewinder thrasher thresher brake bureau barrow binder chain cloth dock lens
    controller organ apparatus ocarina reaper harvester conch iron knot lodge ridge roof rubber pool patio terrace
    airfoil alcohol breakwater breastplate connection constraint diver dwelling emblem entanglement heater helix outfit
    monument obstruction parcel textile thatch winder scabbard sunglass dyke polecat sandbar lakeside
"""
"""Words with few classes below them that still name no thing to see, or in English mostly mean something else."""


def main(arguments: list[str]) -> int:
    """Writes the JSON to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classes", type=Path, required=True, help="a WordNet id (n01440764) a line, in their order")
    names = parser.parse_args(arguments).classes.read_text().split()
    steps = [_above(_synset(name)) for name in names]
    below = {synset: sum(synset in each for each in steps) for each in steps for synset in each}
    table = {
        _name(synset): [[word for word in synset.lemma_names() if _means(word, synset)], sorted(map(_name, parents))]
        for synset, parents in sorted(((each, _parents(each)) for each in below), key=lambda pair: _name(pair[0]))
    }
    content = {
        "terms": "words: WordNet 3.0, copyright 2006 Princeton University, all rights reserved, used by its licence"
        " (wordnet.princeton.edu/license-and-commercial-use); classes: ImageNet's of 2012",
        "classes": names,
        "names": [each.lemma_names()[0].replace("_", " ") for each in map(_synset, names)],
        "entry": [_entry(each, below) for each in steps],
        "synsets": table,
    }
    print(json.dumps(content, separators=(",", ":")))
    return 0


def _synset(name: str) -> Any:
    return wordnet.synset_from_pos_and_offset("n", int(name[1:]))


def _above(synset: Any) -> dict[Any, int]:
    """How many steps up each synset lies, this one and all that are wider."""
    found, front = {synset: 0}, [synset]
    while front:
        front = [(parent, found[each] + 1) for each in front for parent in _parents(each) if parent not in found]
        found.update(reversed(front))
        front = list(dict(front))
    return found


def _parents(synset: Any) -> list[Any]:
    return [*synset.hypernyms(), *synset.instance_hypernyms()]


def _entry(above: dict[Any, int], below: dict[Any, int]) -> list[str]:
    """The entry-level words of a class; none where all its words are rare or too wide."""
    scored = [
        (zipf_frequency(word, "en") - STEP * steps - SYNONYM * place, word)
        for synset, steps in above.items()
        if below[synset] <= WIDEST
        for place, word in enumerate(synset.lemma_names())
        if word not in NO_THINGS.split() and _means(word, synset, whole=not steps)
    ]
    most = max(scored, default=(0.0, ""))[0]
    own = {word for synset, steps in above.items() if not steps for word in synset.lemma_names()}
    return sorted({w for score, w in scored if score > 2 and (score == most or (w in own and score > most - NEARLY))})


def _means(word: str, synset: Any, *, whole: bool = False) -> bool:
    """Whether a plain word means that: it is one of its first meanings, and it is seldom a verb or an adjective.

    Args:
        whole: whether it may be a late meaning.
    """
    if not (word.isascii() and word.isalpha() and word.islower()):
        return False
    counts = {
        kind: sum(
            lemma.count() for each in wordnet.synsets(word, kind) for lemma in each.lemmas() if lemma.name() == word
        )
        for kind in "nvar"
    }
    early = whole or synset in wordnet.synsets(word, "n")[:FIRST]
    return early and counts["v"] + counts["a"] + counts["r"] <= 2 * (counts["n"] + 1)


def _name(synset: Any) -> str:
    return f"n{synset.offset():08d}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
