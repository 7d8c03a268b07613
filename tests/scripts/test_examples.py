"""The small examples of every kind of sequence learn what they are about, at a small size."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest
import torch

from tests.paths import ROOT

pytestmark = pytest.mark.slow  # some seconds each
FOLDER = ROOT / "scripts" / "examples"


def load(name):
    spec = spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def printed(monkeypatch, capsys):
    """What an example prints after few steps."""

    def run(module, steps):
        monkeypatch.setattr("sys.argv", ["example", f"--steps={steps}"])
        module.main()
        return capsys.readouterr().out

    return run


def test_one_to_many(printed):
    digits = load("caption_digits")
    pixels, words = digits.pictures(200, torch.Generator().manual_seed(0))
    empty = (pixels[:, :, :7].mean(dim=2) < 0.15).sum(dim=1)  # but for noise, a digit has at least two lit segments
    assert ((words > 1).sum(dim=1) == 4 - empty).float().mean() > 0.95
    assert digits.accuracy(digits.train(250)) > 0.3
    assert " looks at the " in printed(digits, 2)


def test_many_to_one(printed):
    sentiment = load("sentiment")
    assert sentiment.accuracy(*sentiment.train(150)) > 0.9
    verdicts = sentiment.reviews(200, seed=3)
    turned = [text for text in verdicts if "but" not in text and ("not" in text or "never" in text)]
    assert turned
    for text in turned:
        assert verdicts[text] == (text.split()[-1] in sentiment.BAD)
    assert "but the book was never clever: praise " in printed(sentiment, 2)


def test_many_to_many_with_delay(printed):
    numbers = load("add_numbers")
    known, unseen = numbers.split()
    rows = {tuple(row) for row in known.tolist()}
    assert len(rows) == 9000
    assert not rows & {tuple(row) for row in unseen.tolist()}
    text = "".join(numbers.LETTERS[letter] for letter in numbers.spell(torch.tensor([[7, 95]]))[0])
    assert text == "07+95=201"
    chance = 1 / 200
    assert numbers.accuracy(numbers.train(200)) > 2 * chance
    assert "=" in printed(numbers, 2).splitlines()[1]


def test_many_to_many_at_each_step(printed):
    brackets = load("label_characters")
    letters, labels = brackets.lines(3, 20, torch.Generator().manual_seed(0))
    for row, wanted in zip(letters.t().tolist(), labels.t().tolist(), strict=True):
        text = "".join(brackets.LETTERS[letter] for letter in row)
        assert [text[: end + 1].count("(") - text[: end + 1].count(")") for end in range(20)] == wanted
    assert brackets.accuracy(brackets.train(150)) > 0.9
    assert printed(brackets, 2).count("\n") == 4


def test_labels_of_frames_need_the_frame_before(printed):
    frames = load("label_frames")
    shown, labels = frames.clips(200, torch.Generator().manual_seed(0))
    middle = (shown.view(*shown.shape[:2], 8, 8) > 0.5).float()
    down, right = ((middle.sum(dim=axis) * torch.arange(8)).sum(dim=2) / middle.sum(dim=(2, 3)) for axis in (3, 2))
    for name, moved in (("down", down.diff(dim=0)), ("right", right.diff(dim=0))):
        assert moved[labels[1:] == frames.LABELS.index(name)].median() == 1
    model = frames.train(150)
    assert frames.accuracy(model) > 0.6 > frames.accuracy(model, alone=True)
    assert "was:" in printed(frames, 2)


def test_a_series_is_predicted_without_the_future(tmp_path):
    series = load("predict_series")
    found = series.walk_forward(series.wave(300), 40)
    assert found.network < 0.8 * found.today
    found = series.walk_forward(series.walk(300), 20)
    assert found.network > 0.9 * found.today  # nothing is known of a random walk's next step
    days = torch.tensor(series.wave(60))
    model = series.train(days, 2)
    foreseen = series.foresee(model, days)
    later = torch.cat([days[:40], days[40:] + 5])
    torch.testing.assert_close(series.foresee(model, later)[:39], foreseen[:39])
    (tmp_path / "prices.csv").write_text("day,close\n" + "".join(f"{n},{n / 2}\n" for n in range(120)))
    assert series.read(tmp_path / "prices.csv")[:2] == [0.0, 0.5]
    with pytest.raises(ValueError, match=r"has no column 'open'; it has day, close"):
        series.read(tmp_path / "prices.csv", "open")
    (tmp_path / "bad.csv").write_text("day,close\n1,dear\n")
    with pytest.raises(ValueError, match=r"line 2: close is no number: 'dear'"):
        series.read(tmp_path / "bad.csv")


def test_memory_is_worth_bits():
    baselines = load("baselines")
    text = baselines.cut("the quick fox and the lazy dog ran. " * 100)
    none, markov, window = baselines.frequencies(text), baselines.markov(text), baselines.window(text, 60)
    assert none > markov > window
    assert baselines.gru(text, 40) < markov
    letters = text.unseen.bincount() / len(text.unseen)
    entropy = -(letters[letters > 0] * letters[letters > 0].log2()).sum().item()
    assert none == pytest.approx(entropy, abs=0.1)
    with pytest.raises(ValueError, match="the text has 5 characters; give"):
        baselines.cut("short")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["caption_digits", "sentiment", "add_numbers", "label_characters"])
def test_each_learns_to_do_it_well(name):
    module = load(name)
    trained = module.train()
    assert module.accuracy(*(trained if name == "sentiment" else (trained,))) > 0.95
