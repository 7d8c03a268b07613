"""What nouns name, by WordNet: people, animals, things, places, clothes; and which may mean the same."""

from functools import lru_cache
from typing import Literal

from captioner.data.questions.words import NO_THINGS, PEOPLE, listed
from captioner.text.wordnet import above, noun_synsets

Kind = Literal["person", "animal", "clothes", "thing", ""]
# The first meaning decides; of many nouns it is not the one that photos show.
KNOWN: dict[str, Kind] = {"child": "person", "baby": "person", "couple": "person", "player": "person", "ball": "thing"}
KNOWN |= {"bull": "animal", "goggles": "clothes", "glasses": "clothes", "sunglasses": "clothes", "helmet": "clothes"}
KNOWN |= {"sign": "thing", "wave": "thing", "frisbee": "thing", "wetsuit": "clothes", "hoodie": "clothes"}
KNOWN |= {"tie": "clothes", "snow": "thing", "fire": "thing", "park": "thing", "bathing suit": "clothes"}
KINDS: tuple[tuple[str, Kind], ...] = (
    ("person.n.01", "person"), ("animal.n.01", "animal"), ("clothing.n.01", "clothes"), ("footwear.n.01", "clothes"),
    ("headdress.n.01", "clothes"), ("spectacles.n.01", "clothes"), ("physical_entity.n.01", "thing"),
)  # fmt: skip
# Higher than these, meanings are too wide to tell what is there.
SITES = listed(
    "location.n.01 geological_formation.n.01 body_of_water.n.01 land.n.04 building.n.01 room.n.01 way.n.06"
    " tract.n.01 facility.n.01 area.n.05 structure.n.01 snow.n.02 snow.n.01 sand.n.01 water.n.01 grass.n.01"
    " ice.n.01 yard.n.02 pool.n.01 floor.n.01"
)
SEATS = listed("furniture.n.01 vehicle.n.01 plant.n.02 rock.n.01 toy.n.01")


@lru_cache(maxsize=1 << 16)
def kind(noun: str) -> Kind:
    """What a noun names; empty where it names nothing that a photo shows as a thing."""
    if noun in NO_THINGS or (len(noun) < 3 and noun != "tv") or not noun.replace(" ", "").replace("-", "").isalpha():
        return ""
    if noun in PEOPLE:
        return "person"
    if noun in KNOWN:
        return KNOWN[noun]
    upper = above(noun, 1)
    return next((kind for name, kind in KINDS if name in upper), "")


@lru_cache(maxsize=1 << 16)
def is_place(noun: str) -> bool:
    """Whether somebody can be there: on a beach, in a street, on a bench."""
    return is_site(noun) or (kind(noun) == "thing" and bool(SEATS & above(noun, 2)))


@lru_cache(maxsize=1 << 16)
def is_site(noun: str) -> bool:
    """Whether it tells where somebody is: a beach or a street does, a bench does not."""
    return kind(noun) == "thing" and bool(SITES & above(noun, 2)) and not SEATS & above(noun, 1)


@lru_cache(maxsize=1 << 18)
def related(one: str, other: str) -> bool:
    """Whether two nouns may name one thing: they share a meaning, or one of the first meanings is above the other."""
    if one == other:
        return True
    if kind(one) == kind(other) == "person":
        return _agree(one, other, 0)
    if "person" in (kind(one), kind(other)):
        return False  # "dog" is a word for people, too
    wide, names = above(one, 3), above(other, 3)
    return bool(_own(one) & names or _own(other) & wide) or one in other.split() or other in one.split()


def _own(noun: str) -> frozenset[str]:
    return frozenset(synset.name() for synset in noun_synsets(noun)[:3])


def fits(one: str, other: str) -> bool:
    """Whether "the man" may be meant by "the person": as `related`, but of people the age counts, too."""
    if kind(one) == kind(other) == "person":
        return one == other or (_agree(one, other, 0) and _agree(one, other, 1))
    return related(one, other)


def _agree(one: str, other: str, of: int) -> bool:
    """Whether the sex (0) or age (1) of two words for people may be the same."""
    first, second = PEOPLE.get(one, ("", ""))[of], PEOPLE.get(other, ("", ""))[of]
    return first == second or not first or not second
