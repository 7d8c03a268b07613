"""What stands below the scores of captions: how varied they are, and what share of them has a fault."""

from collections.abc import Collection, Iterable

from captioner.scoring.captions.diversity import diversity
from captioner.scoring.captions.sentences import shares_of_faults
from captioner.scoring.captions.words import is_english, scored_words

FAULTS = {
    "ends_badly": "share that ends in an article, preposition or conjunction",
    "begins_badly": "share that begins with a preposition or conjunction",
    "repeats_word": "share that says a word of content twice",
    "repeats_phrase": "share that says a phrase twice",
}


def facts(
    captions: Collection[str], *, training: Iterable[str] | None = None, language: str | None = None
) -> dict[str, float]:
    """Numbers about captions, apart from how right they are, by what they are.

    Args:
        captions: one for each photo.
        training: the captions that the model was trained on, if they are known.
        language: code of theirs; faults are looked for in English only, which is the default.

    Raises:
        ValueError: there are no captions.
    """
    found = diversity(captions, training=training, tokenize=scored_words(language))
    values: dict[str, float] = {
        "words in a caption": found.words,
        "different words": found.vocabulary,
        "distinct-1": found.distinct1,
        "distinct-2": found.distinct2,
    }
    if found.unseen is not None:
        values["captions not among the training captions"] = found.unseen
    if not is_english(language):
        return values
    faults = shares_of_faults(captions)
    return values | {label: getattr(faults, name) for name, label in FAULTS.items()}
