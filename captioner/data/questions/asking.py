"""Open questions about one photo: what, who, what colour, how many, where, doing, wearing, holding."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from captioner.data.questions.nouns import is_place, is_site, kind
from captioner.data.questions.photo import BETWEEN, Scene, Voices, chosen, things_of
from captioner.data.questions.words import (
    ALSO_ALONE,
    AT_PLACES,
    HOLDS,
    NOT_RIDDEN,
    PAIRS,
    PEOPLE,
    TO_THINGS,
    VAGUE,
    article,
)
from captioner.text.nouns import plural

AGREED = 2  # captions that must say the same where people differ much


@dataclass(frozen=True)
class Made:
    """One question that captions answer.

    Args:
        kind: its type, "colour".
        text: its words.
        answer: the one that most captions give.
        voices: what each caption says.
        source: the place of the caption that it came from.
    """

    kind: str
    text: str
    answer: str
    voices: Voices
    source: int


def open_questions(scene: Scene, random: Random) -> Iterator[Made]:
    """All open questions that a photo's captions answer, whether or not several say the same."""
    for noun in sorted(scene.single):
        of = kind(noun)
        if of != "person":
            yield from _colour(scene, noun, random)
        if of in ("person", "animal"):
            yield from _who(scene, noun, of)
            yield from _doing(scene, noun)
            yield from _what(scene, noun)
            yield from _where(scene, noun)
        if of == "person":
            yield from _wearing(scene, noun)
    yield from _number(scene)


def _made(scene: Scene, kind: str, text: str, voices: Voices, least: int = 1) -> Iterator[Made]:
    answer, agreed = chosen(voices)
    if agreed >= least and not gives_away(text, answer):
        yield Made(kind, text, answer, voices, voices.index(answer))


def gives_away(text: str, answer: str) -> bool:
    """Whether a question holds a word of its answer, in whatever form."""
    said = {_stem(word) for word in text.rstrip("?").replace("'s", "").split()}
    return any(_stem(word) in said for word in answer.split() if word != "and")


def _stem(word: str) -> str:
    for ending in ("ing", "ers", "er", "ies", "es", "s", "ist"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word.removesuffix(ending)
            break
    return word.rstrip("ey")[:6] if len(word) > 3 else word


def _colour(scene: Scene, noun: str, random: Random) -> Iterator[Made]:
    name = owned(scene, noun)
    if name:
        colour = random.choice(("color", "colour"))  # people write both
        verb = "are" if noun in PAIRS else "is"
        yield from _made(scene, "colour", f"what {colour} {verb} {name}?", scene.colours(noun))


def owned(scene: Scene, noun: str) -> str:
    """What a question calls a single thing: clothes by who wears them, "the man's shirt"; empty where it is unclear."""
    if kind(noun) != "clothes":
        return f"the {noun}"
    owners = sorted(who for who in scene.single if kind(who) == "person" and any(n == noun for _, n in scene.worn(who)))
    if owners:
        return f"the {owners[0]}'s {noun}"
    return f"the {noun}" if scene.alone("person") else ""


def _who(scene: Scene, noun: str, of: str) -> Iterator[Made]:
    if not scene.alone(of):
        return
    voices = tuple(
        next((thing.noun for thing in caption.things if kind(thing.noun) == of), None) for caption in scene.captions
    )
    answer, _ = chosen(voices)
    if answer in VAGUE or (of == "person" and answer not in PEOPLE):
        return
    asked = "who" if of == "person" else "what animal"
    for place, deed in scene.deeds(noun):
        bare = deed.what is None and (deed.verb in ALSO_ALONE or deed.verb not in TO_THINGS)
        if deed.alone and (bare or deed.verb in TO_THINGS) and scene.noun(place, deed.who) == noun:
            what = scene.captions[place].things[deed.what] if deed.what is not None else None
            if what is None or (not what.many and what.count == 1):
                behind = f" {article(what.noun)}" if what is not None and what.noun not in PAIRS else ""
                yield from _made(
                    scene, "who" if of == "person" else "what", f"{asked} is {deed.doing}{behind}?", voices
                )
    for place, spot in scene.spots(noun):
        if spot.preposition in AT_PLACES:
            yield from _made(
                scene, "who" if of == "person" else "what",
                f"{asked} is {spot.preposition} the {scene.noun(place, spot.at)}?", voices,
            )  # fmt: skip


def _doing(scene: Scene, noun: str) -> Iterator[Made]:
    voices = scene.by_caption([(place, deed.doing) for place, deed in scene.deeds(noun) if deed.alone])
    yield from _made(scene, "doing", f"what is the {noun} doing?", voices, AGREED)


def _what(scene: Scene, noun: str) -> Iterator[Made]:
    """What somebody does something to, or holds."""
    for place, caption in enumerate(scene.captions):
        for deed in caption.deeds:
            if deed.what is None or caption.things[deed.who].noun != noun:
                continue
            what = caption.things[deed.what]
            if deed.verb == "ride" and (what.noun in NOT_RIDDEN or is_site(what.noun)):
                continue
            if deed.verb not in TO_THINGS | HOLDS or kind(what.noun) not in ("thing", "animal"):
                continue
            named = scene.named(what.noun)
            same = scene.by_caption(
                [
                    (other, facts.things[each.what].noun)
                    for other, facts in enumerate(scene.captions)
                    for each in facts.deeds
                    if each.verb == deed.verb and each.what is not None and other != place
                ]
            )
            voices = tuple(one or two for one, two in zip(named, same, strict=True))
            of = "holding" if deed.verb in HOLDS else "what"
            yield from _made(scene, of, f"what is the {noun} {deed.doing}?", voices)


def _wearing(scene: Scene, noun: str) -> Iterator[Made]:
    worn = list(scene.worn(noun))
    least = 1 if len({item for _, item in worn}) == 1 else AGREED
    yield from _made(scene, "wearing", f"what is the {noun} wearing?", scene.by_caption(worn), least)


def _where(scene: Scene, noun: str) -> Iterator[Made]:
    spots = [(place, spot, scene.noun(place, spot.at)) for place, spot in scene.spots(noun)]
    between = [(place, at) for place, spot, at in spots if spot.preposition in BETWEEN and is_site(at)]
    places = scene.by_caption(between)
    if any(spot.preposition in AT_PLACES for _, spot, _ in spots):
        yield from _made(scene, "where", f"where is the {noun}?", places, AGREED)
    for place, spot, at in spots:
        if spot.verb and spot.preposition not in ("in", "at") and scene.noun(place, spot.who) == noun:
            same = scene.by_caption(
                [(other, there) for other, each, there in spots if each.preposition == spot.preposition]
            )
            voices = tuple(one or two for one, two in zip(scene.named(at), same, strict=True))
            text = f"what is the {noun} {spot.verb} {spot.preposition}?"
            yield from _made(scene, "where", text, voices)


def _number(scene: Scene) -> Iterator[Made]:
    nouns = {noun for noun in scene.nouns if noun not in PAIRS and not is_place(noun)}
    if any(kind(noun) == "person" for noun in nouns):
        nouns.add("person")
    for noun in sorted(nouns):
        if (found := number(scene, noun)) is not None:
            yield from _made(scene, "number", f"how many {plural(noun)} are there?", found, AGREED)


def number(scene: Scene, noun: str) -> Voices | None:
    """How many there are, if two captions say it, no two say something else, and none leaves it open; else None."""
    voices = scene.counts(noun)
    answer, agreed = chosen(voices)
    if any(thing.many and thing.count is None for caption in scene.captions for thing in things_of(caption, noun)):
        return None  # "while people watch": there are more than those that are counted
    others = [voice for voice in voices if voice not in (None, answer)]
    return voices if agreed >= AGREED and len(others) < AGREED and kind(noun) in ("person", "animal", "thing") else None
