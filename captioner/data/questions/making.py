"""The whole way from photos with captions to questions about them: read, parse, ask, balance."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from random import Random

from captioner.data.questions.asking import open_questions
from captioner.data.questions.balance import Asked, claims, levelled
from captioner.data.questions.facts import facts
from captioner.data.questions.parsing import Parse, check_english
from captioner.data.questions.photo import Scene
from captioner.data.read.records import Photo

Parsing = Callable[[Iterable[str]], Iterator[Parse]]


def scenes(photos: Sequence[Photo], parse: Parsing, progress: Callable[[int, int], None] | None = None) -> list[Scene]:
    """Parses all captions as they come; of each only what it says is kept, not the parse.

    Args:
        photos: with their captions.
        parse: captions to parses, in their order.
        progress: is told how many photos are done, and of how many.

    Raises:
        ValueError: the captions are not English.
    """
    check_english(caption for photo in photos for caption in photo.captions)
    texts = chain.from_iterable(photo.captions for photo in photos)
    parses = parse(texts)
    found = []
    for done, photo in enumerate(photos, 1):
        said = tuple(facts(caption, next(parses)) for caption in photo.captions)
        found.append(Scene(photo.id, photo.path.name, said))
        if progress is not None:
            progress(done, len(photos))
    return found


def make_questions(scenes: Sequence[Scene], *, seed: int = 0, most: int = 1) -> list[Asked]:
    """Questions about all photos, in the photos' order.

    The same photos and the same seed give the same questions.

    Args:
        scenes: the photos, by what their captions say.
        seed: of every draw.
        most: questions of one type about one photo; of yes and no, so many of each.

    Raises:
        ValueError: the captions answer no question.
    """
    random = Random(seed)
    opened: list[Asked] = []
    for photo, scene in enumerate(scenes):
        opened += [Asked(photo, made) for made in open_questions(scene, random)]
    opened = _few(levelled(opened, random), most)
    asked = opened + claims(scenes, random, most)
    if not asked:
        raise ValueError("the captions answer no question; more captions, or longer ones, may")
    return sorted(asked, key=lambda one: (one.photo, one.made.kind, one.made.text))


def _few(asked: Sequence[Asked], most: int) -> list[Asked]:
    """At most so many of one type about one photo, none twice in the same words; those first that captions agree on."""
    groups: dict[tuple[int, str], dict[str, Asked]] = defaultdict(dict)
    for one in sorted(asked, key=lambda one: -sum(voice == one.made.answer for voice in one.made.voices)):
        groups[one.photo, one.made.kind].setdefault(one.made.text, one)
    return [one for group in groups.values() for one in list(group.values())[:most]]
