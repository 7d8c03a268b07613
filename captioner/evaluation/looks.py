"""Where a model looks, as a section of a result: numbers for scores.json, and tables for people."""

from collections.abc import Iterator, Mapping

from captioner.evaluation.attention import Attention
from captioner.evaluation.result import Section
from captioner.scoring.attention import AttentionScores, Kind, Measured

TITLES = {"given": "while it reads the photos' own captions", "said": "while it says its own"}
PERCENT = ("mass", "pointing", "touching")


def attention_section(looks: Mapping[str, Attention], *, known: bool = True) -> Section:
    """The measures beside those of maps that do not look, then each kind of thing.

    Args:
        looks: what was measured: `given` and `said`.
        known: whether anything is known about what is in the photos.
    """
    content = {"attention": {name: each.as_json() for name, each in looks.items()}}
    return Section(content, [line for name, each in looks.items() for line in _lines(name, each, known)])


def _lines(name: str, attention: Attention, known: bool) -> Iterator[str]:
    yield ""
    yield f"where it looks {TITLES[name]}"
    if attention.scores is not None:
        yield from _table(attention.scores)
    elif known:
        yield "no word names anything that is there"
    else:
        yield "nothing is known of what is in the photos; give --instances or --entities"
    if attention.absent:
        yield f"{attention.absent:,} words name what is not there, or of which it sees nothing"
    steps, spread = attention.movement.steps.value, attention.movement.spread.value
    yield f"the map moves by {steps:.3f} from word to word, and lies {spread:.3f} from its caption's mean (0 to 1)"


def _table(scores: AttentionScores) -> Iterator[str]:
    yield f"{scores.mentions:,} words in {scores.photos:,} photos; {scores.places} places"
    yield f"{'':12}{'attention':>10}  {'95 %':>15}{'even':>9}{'centred':>9}{'gain':>9}  {'95 %':>15}"
    for name, measured in scores.measures.items():
        yield f"{name:12}{_cells(measured, 100 if name in PERCENT else 1)}"
    touching, filling = scores.everywhere["touching"], scores.everywhere["pointing"]
    if touching:
        yield f"no map can miss what {touching:,} words name (not scored for touching; {filling:,} not for pointing)"
    wide = max(map(len, scores.kinds)) + 1
    yield ""
    yield f"{'kind':{wide}}{'words':>7}{'mass':>9}{'centred':>9}{'pointing':>10}{'centred':>9}{'sharpness':>11}"
    for name, kind in scores.kinds.items():
        yield f"{name:{wide}}{_kind(kind)}"


def _cells(measured: Measured, scale: int) -> str:
    value, low, high = (scale * each for each in measured.attention)
    gain, least, most = (scale * each for each in measured.gain)
    even, centred = scale * measured.even.value, scale * measured.centred.value
    return (
        f"{value:10.2f}  {f'{low:.2f} .. {high:.2f}':>15}{even:9.2f}{centred:9.2f}"
        f"{gain:+9.2f}  {f'{least:.2f} .. {most:.2f}':>15}"
    )


def _kind(kind: Kind) -> str:
    mass, pointing = _pair(kind.measures["mass"]), _pair(kind.measures.get("pointing"))
    sharpness = kind.measures["sharpness"].attention.value
    return f"{kind.mentions:7,}{mass[0]:>9}{mass[1]:>9}{pointing[0]:>10}{pointing[1]:>9}{sharpness:11.2f}"


def _pair(measured: Measured | None) -> tuple[str, str]:
    """Attention and centred; a dash where no word could be scored."""
    if measured is None:
        return "–", "–"
    return f"{100 * measured.attention.value:.2f}", f"{100 * measured.centred.value:.2f}"
