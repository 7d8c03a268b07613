"""The official VQA accuracy and its answer normalisation (Antol et al. 2015, https://arxiv.org/abs/1505.00468).

Follows the public evaluation (github.com/GT-Vision-Lab/VQA, `vqaEval.py`, as it has stood since 2021) in what it
does, also where that is not what it meant to do, for only equal scores can be compared.
"""

import re
from collections.abc import Sequence
from typing import Literal

Normalise = Literal["official", "always"]

# The public list spells out wrong form and right form; every wrong form but one is a right form that has lost one
# apostrophe. Its forms with a capital I are left out: they are looked up after lower-casing and never found.
SPELLED_RIGHT = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
    he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've
    o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's
    someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've
    there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's
    what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've
    wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
"""
CONTRACTIONS = {
    word[:place] + word[place + 1 :]: word
    for word in SPELLED_RIGHT.split()
    for place, letter in enumerate(word)
    if letter == "'"
} | {"somebody'd": "somebodyd"}
DIGITS = {"none": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}
DIGITS |= {"six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10"}
ARTICLES = ("a", "an", "the")
PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'  # neither apostrophe (girl's) nor colon (2:50)
NUMBER_WITH_COMMA = re.compile(r"\d,\d")
# The public pattern also tries to look at the digit before, but cannot fail there: ".5" stays, "5." loses its period.
PERIOD = re.compile(r"\.(?!\d)")
MOST_PERIODS = 32  # the public code passes a flag of this value where the number of replacements is expected
AGREEING = 3  # other annotators who make an answer wholly right


def normalise_answer(answer: str) -> str:
    """An answer without what the official evaluation does not count.

    Punctuation becomes a space, or nothing where that mark stands beside a space anywhere in the answer or where the
    answer has a comma between digits; periods go unless a digit follows; then lower case, number words up to ten as
    digits (and "none" as 0), no articles, lost apostrophes put back ("dont" becomes "don't"), single spaces.
    """
    text = answer
    for mark in PUNCTUATION:
        beside_space = f"{mark} " in answer or f" {mark}" in answer
        text = text.replace(mark, "" if beside_space or NUMBER_WITH_COMMA.search(answer) else " ")
    text = PERIOD.sub("", text, count=MOST_PERIODS)
    words = [DIGITS.get(word, word) for word in text.lower().split()]
    return " ".join(CONTRACTIONS.get(word, word) for word in words if word not in ARTICLES)


def as_compared(answers: Sequence[str], *, normalise: Normalise = "official") -> tuple[str, ...]:
    """The annotators' answers to one question in the form in which a prediction is compared with them.

    Officially they are normalised only where they are not all the same: with one voice, "Black." is not "black".

    Raises:
        ValueError: `normalise` is neither "official" nor "always".
    """
    plain = tuple(_plain(answer) for answer in answers)
    return tuple(map(normalise_answer, plain)) if _normalised(plain, normalise) else plain


def vqa_accuracy(prediction: str, answers: Sequence[str], *, normalise: Normalise = "official") -> float:
    """The official accuracy of one answer.

    Each annotator is left out once; the answer is then as right as min(others who agree / 3, 1); this is averaged.
    Of ten annotators one, two, three or four who agree are worth 0.3, 0.6, 0.9 and 1. Data sets with fewer than ten
    are scored by the same rule with as many others as there are: up to four annotators that is the share who agree,
    and with a single one (DAQUAR) it is 1 for the very same answer and else 0.

    Args:
        prediction: what the model says.
        answers: what the annotators say, one each; ten in the official data.
        normalise: "official" normalises where the annotators differ; "always" also where they speak with one voice.

    Returns:
        A fraction in 0..1.

    Raises:
        ValueError: there are no answers, or `normalise` is neither "official" nor "always".
    """
    if not answers:
        raise ValueError("an answer can only be scored against one annotator's answer or more, and there is none")
    plain = tuple(_plain(answer) for answer in answers)
    said = _plain(prediction)
    if _normalised(plain, normalise):
        said = normalise_answer(said)
    agree, total = as_compared(answers, normalise=normalise).count(said), len(answers)
    if total == 1:
        return float(agree)
    enough = min(AGREEING, total - 1)
    left_out_agrees = agree * min(agree - 1, enough)
    left_out_differs = (total - agree) * min(agree, enough)
    return (left_out_agrees + left_out_differs) / (total * enough)


def _plain(answer: str) -> str:
    """The answer on one line, without space around it."""
    return answer.replace("\n", " ").replace("\t", " ").strip()


def _normalised(plain: Sequence[str], normalise: Normalise) -> bool:
    """Whether the answers to one question, and a prediction with them, are normalised."""
    if normalise not in ("official", "always"):
        raise ValueError(f"normalise must be official or always, not {normalise!r}")
    return normalise == "always" or len(set(plain)) > 1
