"""Penn Treebank words of English text, cut as the Stanford tokeniser of the COCO evaluation cuts them.

At each place every rule of `rules()` is tried. The one that covers most characters wins, those that it only looks at
ahead included; among equals, the first. Characters that no rule begins with are left out. The rules are fitted to what
the Java tokeniser (CoreNLP 3.4.1) answers: about every character, every abbreviation of up to four letters, all strings
of three out of fifty characters, and random ones.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from captioner.text.penn.treebank_lists import (
    ABBREVIATIONS,
    BEFORE_NUMBERS,
    FILES,
    NUMERAL,
    SIGN,
    STARTS,
    SYMBOL,
    TITLES,
)

LETTER = rf"[^\W\d_{NUMERAL}\U00010000-\U0010ffff]"
ALNUM = rf"(?:{LETTER}|\d)"
IN_WORD = rf"(?:{LETTER}|[{SIGN}]|(?i:&[aeiou](?:acute|grave|uml);))"
WORD = rf"{IN_WORD}(?:{IN_WORD}|\d)*(?:[.!?]{IN_WORD}(?:{IN_WORD}|\d)*)*"
NUMBER = r"(?:\d*(?:[.:,\u00ad\u066b\u066c]\d+)+|\d+)"
BLANK = r"[ \t\u00a0\u2000-\u200a\u3000\r\n\u2028\u2029\u000b\u000c]"
PAUSE = r"[,;:\u3001]"

APOSTROPHE = r"(?:['\u0092\u2019]|(?i:&apos;))"
QUOTE = rf"(?:{APOSTROPHE}|[`\u0091\u2018\u201b])"
QUOTES = rf"(?:[`\u2018-\u201f\u0082\u0084\u0091-\u0094\u2039\u203a\u00ab\u00bb]{{1,2}}|{APOSTROPHE})"
DOUBLE_QUOTE = r"""(?:"|''|(?i:&quot;))"""
ENDING = rf"{APOSTROPHE}(?i:[msd]|re|ve|ll)"
NOT = rf"[nN]{QUOTE}[tT]"
ELIDED = rf"(?:[dDoOlL]{QUOTE}{ALNUM})?"

UNION = r"(?i:(?:canada|sino|korean|eu|japan|non)-u\.s|u\.s\.-(?:u\.k|u\.s\.s\.r))"
ACRONYM = rf"(?:[A-Za-z](?:\.[A-Za-z])*|{UNION})"
HYPHENED = rf"[a-zA-Z0-9][a-zA-Z0-9.,\u00ad]*(?:-(?:(?:[A-Za-z](?:\.[A-Za-z])+|{UNION})\.|[a-zA-Z0-9\u00ad]+))+"
JOINED = rf"{ELIDED}{ALNUM}+(?:[-_\u058a\u2010\u2011]{ELIDED}{ALNUM}+)*"
FIRM = r"[A-Z]+(?:(?:[+&]|(?i:&amp;))[A-Z]+)+"
SLASHED = r"[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}"

NAME = "[A-Za-z][A-Za-z0-9_:.-]*"
ATTRIBUTE = rf"""{NAME}(?: *= *(?:'[^'\r\n]*'|"[^"\r\n]*"))?"""
TAG = rf"<(?:[!?][A-Za-z-][^>\r\n]*|/{NAME}|{NAME}(?: +{ATTRIBUTE})* */?) *>"
IN_ADDRESS = r"""[^ \t\n\f\r"<>|()"""
HOST = rf"{IN_ADDRESS}.!?{{}},"
ADDRESS_END = rf"{HOST}-]"
PHONE = (
    r"(?:\([0-9]{2,3}\)[ \u00a0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \u00a0]){1,2})[0-9]{3,4}[- \u00a0]?[0-9]{3,5}"
    r"|(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}"
)
SMILEY = r"[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]]"
FACE = r"[-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\)|\([\^x=~<>']-[\^x=~<>'`]\)"


class Rule(NamedTuple):
    """One kind of token.

    Attributes:
        pattern: finds the token as group 1 and what must follow it.
        back: letters at the end of the token that are read again.
        spell: how the token is written.
    """

    pattern: re.Pattern[str]
    back: int = 0
    spell: Callable[[str], str] = str


def rule(token: str, ahead: str = "", *, back: int = 0, spell: Callable[[str], str] = str) -> Rule:
    """A rule from the patterns of the token and of what must follow it."""
    return Rule(re.compile(f"({token}){ahead}"), back, spell)


def always(token: str, name: str, ahead: str = "") -> Rule:
    """A rule whose tokens are all written alike."""
    return rule(token, ahead, spell=lambda _: name)


def any_of(words: str) -> str:
    """A pattern of the words in a list; a capital stands for itself, a small letter for both kinds."""
    spelt = (re.sub("[a-z.]+", lambda part: f"(?i:{re.escape(part[0])})", word) for word in words.split())
    return f"(?:{'|'.join(spelt)})"


def straight(token: str) -> str:
    """The token with the quotation marks of a typewriter."""
    for marks, plain in (("\u0091\u2018\u201b\u2039", "`"), ("\u0092\u2019\u203a", "'"), ("\u0093\u201c\u00ab", "``")):
        token = re.sub(f"[{marks}]", plain, token)
    return re.sub("[\u0094\u201d\u00bb]", "''", token.replace("&apos;", "'"))


def bracketed(token: str) -> str:
    """The token with the Treebank's names for round brackets."""
    return token.replace("(", "-lrb-").replace(")", "-rrb-")


def ampersand(token: str) -> str:
    """The token with `&` for its name in HTML."""
    return re.sub("(?i:&amp;)", "&", token)


@cache
def rules() -> list[Rule]:
    """All kinds of tokens. Among rules that cover equally many characters the order decides."""
    abbreviation = rf"(?:{any_of(ABBREVIATIONS)}|(?i:pp?t)[ye][sS]?)"
    title = rf"(?:{any_of(TITLES)}|[mM][ft][gG]|{ACRONYM})"
    return [
        rule(r"[cC]\+\+|[cCfF]#"),
        rule("(?i:cannot|'twas)", back=3),
        rule("(?i:'tis|gonna|gotta|lemme|gimme|wanna)", back=2),
        rule(TAG),
        always(r"(?i:&(?:md|mdash|ndash);)|[\u0096\u0097\u2013-\u2015]", "--"),
        always("(?i:&nbsp;)", ""),
        rule("&(?:HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);"),
        always("(?i:&amp;)", "&"),
        always("(?i:&lt;)", "<"),
        always("(?i:&gt;)", ">"),
        # words, and what is cut off at an apostrophe
        rule(WORD, ENDING),
        rule(r"[A-Za-z\u00ad]*[A-MO-Za-mo-z]\u00ad*", NOT),
        rule(WORD),
        rule(rf"{APOSTROPHE}[nN]{APOSTROPHE}?|(?:[lLdDjJ]|(?i:dunkin|somethin|ol)){APOSTROPHE}"),
        rule(rf"{APOSTROPHE}(?i:em|till?|cause|[2-9]0s)|[oO]{QUOTE}[oO]"),
        rule(rf"[A-HJ-XZn]{QUOTE}{LETTER}{{2,}}"),
        rule(rf"{LETTER}+[aeiouyAEIOUY]{QUOTE}[aeiouA-Z]{LETTER}*"),
        rule(r"(?i:cont'd\.?|nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l)"),
        rule(rf"[yY]{APOSTROPHE}", LETTER),
        rule(ENDING, "[^A-Za-z]", spell=straight),
        rule(NOT, "[^A-Za-z]", spell=straight),
        # addresses
        rule(rf"(?i:https?)://{IN_ADDRESS}{{}}]+{ADDRESS_END}"),
        rule(rf"(?i:www)\.(?:{HOST}]+\.)+[a-zA-Z]{{2,4}}(?:/{IN_ADDRESS}]+{ADDRESS_END})?"),
        rule(rf"(?:{IN_ADDRESS}!`'${{}},-_]+\.)+(?i:com|net|org|edu)(?:/{IN_ADDRESS}]+{ADDRESS_END})?"),
        rule(
            rf"(?:<|(?i:&lt;))?[a-zA-Z0-9]{IN_ADDRESS}{{}}\u00a0]*@(?:{IN_ADDRESS}{{}}.\u00a0]+\.)*"
            rf"{IN_ADDRESS}{{}}.\u00a0]+(?:>|(?i:&gt;))?"
        ),
        rule(rf"@[a-zA-Z_][a-zA-Z_0-9]*|\#{LETTER}+"),
        # numbers, fractions, money
        rule(r"\d{1,2}[-/]\d{1,2}[-/]\d{2,4}"),
        rule(rf"[-+]?{NUMBER}"),
        rule(r"[\u207a\u207b\u208a\u208b]?(?:[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+|[\u2080-\u2089]+)"),
        rule(r"(?:\d{1,4}[- \u00a0])?\d{1,4}(?:\\?/|\u2044)\d{1,4}"),
        *(always(sign, name) for sign, name in zip("¼½¾⅓⅔", ("1/4", "1/2", "3/4", "1/3", "2/3"), strict=True)),
        rule(r"[\u2155-\u215e]"),
        rule("-(?i:rrb|lrb|rcb|lcb|rsb|lsb)-|(?i:c[.]d[.]s|pro-|anti-)"),
        rule(rf"(?i:s&p-500|s&ls)|(?i:cap){APOSTROPHE}[nN]|[cC]{APOSTROPHE}(?i:est)"),
        rule(rf"{SLASHED}(?:\\?/{SLASHED}){{1,2}}"),
        rule(r"[A-Z]*\$"),
        *(always(sign, name) for sign, name in zip("€\u0080₠¤£¢", ("$", "$", "$", "$", "#", "cents"), strict=True)),
        # abbreviations; one letter with a point keeps it unless the next sentence begins
        rule("[A-Za-z]", rf"\.{BLANK}+(?:{any_of(STARTS)}|{TAG}){BLANK}"),
        rule(rf"{any_of(BEFORE_NUMBERS)}\.", rf"{BLANK}?\d"),
        rule(rf"{abbreviation}\.", r"[\s\S][\s\S]"),
        rule(rf"(?:{abbreviation}|{title})\."),
        rule(title, BLANK),
        rule(rf"{APOSTROPHE}[0-9]{{2}}", BLANK),
        rule(rf"{ALNUM}+(?:\.{ALNUM}+)*\.{any_of(FILES)}", rf"(?:{BLANK}|[.?!,])"),
        rule(rf"{WORD}\.", PAUSE),
        rule(PHONE, spell=bracketed),
        # quotation marks, faces, brackets, dots and signs
        always(DOUBLE_QUOTE, "``", "[A-Za-z0-9$]"),
        always(DOUBLE_QUOTE, "''"),
        rule("<<|>>"),
        rule(SMILEY, "[^a-zA-Z0-9]", spell=bracketed),
        rule(FACE, spell=bracketed),
        *(
            always(rf"\{sign}", f"-{name}-")
            for sign, name in zip("()[]{}", ("lrb", "rrb", "lsb", "rsb", "lcb", "rcb"), strict=True)
        ),
        always("-{3,4}(?!-)", "--"),
        rule(r"-+|@+|#+|_+|\*+|(?:\\\*){1,3}|[?!]+"),
        always(r"\.{3,5}|[\u0085\u2026]|\.[ \u00a0](?:\.[ \u00a0])+\.", "..."),
        # words with hyphens
        rule(HYPHENED),
        rule(rf"{HYPHENED}\.", PAUSE),
        rule(JOINED),
        rule(rf"{JOINED}\.", PAUSE),
        rule(FIRM, spell=ampersand),
        rule(rf"{FIRM}\.", PAUSE, spell=ampersand),
        rule(QUOTES, spell=straight),
        always("'", "`", r"[A-Za-z][^ \t\n\r\u00a0]"),
        rule(ENDING, spell=straight),
        rule(f"[{SYMBOL}]"),
    ]


def cut(text: str) -> list[str]:
    """The tokens of one line of text, small letters throughout; spaces within tokens become U+00A0."""
    tokens = []
    place = 0
    while place < len(text):
        matches = [(match, kind) for kind in rules() if (match := kind.pattern.match(text, place))]
        if not matches:
            place += 1
            continue
        match, kind = max(matches, key=lambda pair: pair[0].end())  # the first of those that end last
        end = match.end(1) - kind.back
        token = kind.spell(text[place:end]).lower().replace(" ", "\u00a0").replace("\u00ad", "")
        tokens += [token] * bool(token)
        place = end
    return tokens
