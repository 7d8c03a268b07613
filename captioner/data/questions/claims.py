"""Questions of yes and no: what a photo's captions affirm, and what they rule out."""

from collections.abc import Iterator
from dataclasses import dataclass

from captioner.data.questions.asking import number, owned
from captioner.data.questions.nouns import fits, kind, related
from captioner.data.questions.photo import BETWEEN, Scene, Voices, chosen
from captioner.data.questions.together import NAMED, Together, places, verbs
from captioner.data.questions.words import ALIKE, NUMBERS, PAIRS, PEOPLE, UNSURE, VAGUE, article
from captioner.text.nouns import plural

DIGITS = {str(value): name for name, value in NUMBERS.items() if not name.isdecimal()}


@dataclass(frozen=True)
class Claim:
    """Something that may be so in a photo or not.

    Args:
        kind: the type of its question: "is there", "is it that colour" …
        text: the question.
        about: what is spoken of: a noun.
        said: what is said of it: a colour, a number, a verb in -ing, a place.
    """

    kind: str
    text: str
    about: str
    said: str = ""


def affirmed(scene: Scene, together: Together) -> Iterator[tuple[Claim, Voices]]:
    """What captions say is so, with the "yes" of each caption that says it."""
    for noun, _ in sorted(scene.nouns.items()):
        plain = kind(noun) != "person" or (noun in PEOPLE and noun not in VAGUE)
        if plain and together.named(noun) >= NAMED and noun not in PAIRS and not _only_many(scene, noun):
            text = f"is there {noun if together.mass(noun) else article(noun)}?"
            yield Claim("yes/no thing", text, noun), _yes(noun in {t.noun for t in c.things} for c in scene.captions)
        found = number(scene, noun)
        if found is not None and chosen(found)[0] in DIGITS and chosen(found)[0] != "1":
            said = chosen(found)[0]
            text = f"are there {DIGITS[said]} {plural(noun)}?"
            yield Claim("yes/no number", text, noun, said), _yes(voice == said for voice in found)
    for noun in sorted(scene.single):
        yield from _of_single(scene, noun, together)


def _of_single(scene: Scene, noun: str, together: Together) -> Iterator[tuple[Claim, Voices]]:
    colours = scene.colours(noun)
    colour, name = chosen(colours)[0], owned(scene, noun)
    if kind(noun) != "person" and colour and " " not in colour and name:
        text = f"{'are' if noun in PAIRS else 'is'} {name} {colour}?"
        yield Claim("yes/no colour", text, noun, colour), _yes(voice == colour for voice in colours)
    if kind(noun) not in ("person", "animal"):
        return
    said: dict[Claim, set[int]] = {}
    for place, deed in scene.deeds(noun):
        if deed.alone and deed.what is None and deed.doing not in UNSURE:
            doing = deed.doing
            said.setdefault(Claim("yes/no action", f"is the {noun} {doing}?", noun, doing), set()).add(place)
    for place, spot in scene.spots(noun):
        at = scene.noun(place, spot.at)
        usual = spot.preposition in ("in", "on") and together.usual(at, spot.preposition)
        if usual and not scene.captions[place].things[spot.at].many:
            text = f"is the {noun} {spot.preposition} the {at}?"
            said.setdefault(Claim("yes/no place", text, noun, at), set()).add(place)
    for claim, who in said.items():
        yield claim, _yes(place in who for place in range(len(scene.captions)))


def denied(scene: Scene, claim: Claim, together: Together) -> bool:
    """Whether the captions rule a claim out: they say something else that cannot be so at the same time."""
    about, said = claim.about, claim.said
    if claim.kind == "yes/no thing":
        return not any(related(about, noun) for noun in scene.nouns)
    if claim.kind == "yes/no number":
        found = number(scene, about)
        return found is not None and said not in found
    if about not in scene.single:
        return False
    if claim.kind == "yes/no colour":
        told = {part for voice in scene.colours(about) if voice for part in voice.split(" and ")}
        clear = owned(scene, about) in claim.text and bool(owned(scene, about))
        return clear and bool(told) and not any(said == one or {said, one} <= group for group in ALIKE for one in told)
    if claim.kind == "yes/no action":
        done = {deed.doing for _, deed in scene.deeds(about)}
        return len(done) > 0 and together.verbs.apart(said, done | (verbs(scene) & together.verbs.one.keys()))
    there = {scene.noun(place, spot.at) for place, spot in scene.spots(about) if spot.preposition in BETWEEN}
    return (
        bool(there)
        and not any(related(said, noun) for noun in scene.nouns)
        and together.places.apart(said, places(scene))
    )


def _only_many(scene: Scene, noun: str) -> bool:
    """Whether captions name it only in the plural, so that "is there a dog?" would sound odd."""
    return all(t.many for caption in scene.captions for t in caption.things if fits(t.noun, noun) and t.noun == noun)


def _yes(said: Iterator[bool]) -> Voices:
    return tuple("yes" if one else None for one in said)
