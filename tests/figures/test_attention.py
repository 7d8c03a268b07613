import numpy as np
import pytest
from PIL import Image

from captioner.figures.animation import save_attention_gif
from captioner.figures.attention import attention_figure, save_attention_png
from captioner.figures.canvas import Figure, as_image
from captioner.images import ImageSpec
from captioner.photos import read_photo

WORDS = ["a", "dog", "runs"]
PHOTO = Image.new("RGB", (120, 80), (200, 190, 180))


def weights(words: int = 3, places: int = 9) -> np.ndarray:
    return np.random.default_rng(1).dirichlet(np.full(places, 0.3), words).astype(np.float32)


def texts(figure: Figure) -> list[str]:
    return [text.get_text().replace("\u00a0", " ") for text in figure.texts if text.get_text()]


def test_one_panel_for_the_photo_and_one_for_each_word():
    p = np.zeros((3, 9), np.float32)
    p[0, 0], p[1, :], p[2, :] = 1, 1 / 16, 1 / 9
    p[1, 4] = 1 / 2
    figure = attention_figure(PHOTO, WORDS, p, ImageSpec())
    photo, *panels = [np.asarray(axes.get_images()[0].get_array()).mean(-1) for axes in figure.axes]
    assert len(panels) == 3
    np.testing.assert_array_equal(photo, np.asarray(PHOTO).mean(-1))
    y, x = np.unravel_index(panels[0].argmax(), panels[0].shape)
    assert (x < 40, y < 27) == (True, True)
    y, x = np.unravel_index(panels[1].argmax(), panels[1].shape)
    assert (40 <= x < 80, 27 <= y < 54) == (True, True)
    assert np.ptp(panels[2]) < 3
    assert texts(figure) == [
        *WORDS,  # the caption
        "the photo",
        *("a", "100 %"),
        *("dog", "50 %", "moved 94 %"),
        *("runs", "11 %", "moved 39 %"),
        "Brightness: weight of the place, from 0 to the word's largest (above the photo). "
        "9 places; even attention would be 11 % each.",
        "A line encloses half of the weight where 25 % of the photo or less hold it. "
        "Moved: how much of it lay elsewhere at the word before.",
    ]


def test_title_takes_the_place_of_the_words():
    figure = attention_figure(PHOTO, WORDS, weights(), ImageSpec(), title="A dog runs.")
    assert texts(figure)[:4] == ["A", "dog", "runs.", "the photo"]


def test_cropping_is_stated():
    assert texts(attention_figure(PHOTO, WORDS, weights(), ImageSpec(resize="crop")))[-1].endswith(
        "Beside the middle square the network saw nothing."
    )
    square = PHOTO.resize((80, 80))
    assert texts(attention_figure(square, WORDS, weights(), ImageSpec(resize="crop")))[-1].endswith("word before.")


@pytest.mark.parametrize("size", [(1, 60_000), (60_000, 1), (3, 400)])
def test_a_figure_of_the_slimmest_photo_is_no_larger_than_others(size, tmp_path):
    photo = Image.new("RGB", size, "red")
    figure = attention_figure(photo, WORDS, weights(), ImageSpec())
    assert max(figure.get_size_inches()) < 25
    framed = figure.axes[0].get_position()
    assert min(framed.width, framed.height) > 0
    save_attention_gif(tmp_path / "slim.gif", photo, WORDS, weights(), ImageSpec())
    with Image.open(tmp_path / "slim.gif") as gif:
        assert max(gif.size) < 1500


def test_of_a_very_long_caption_the_beginning_is_drawn(tmp_path):
    words = ["word"] * 999 + ["x" * 10_000]
    figure = attention_figure(PHOTO, words[::-1], weights(1000), ImageSpec())
    assert len(figure.axes) == 61
    assert max(figure.get_size_inches()) < 60
    assert "x" * 59 + "…" in texts(figure)
    assert texts(figure)[-1].endswith("The first 60 of 1,000 words.")


@pytest.mark.parametrize("places", [0, 1])
def test_without_places_there_is_the_photo_and_its_caption(places, tmp_path):
    p = np.ones((3, places), np.float32)
    figure = attention_figure(PHOTO, WORDS, p, ImageSpec())
    assert len(figure.axes) == 1
    assert texts(figure) == WORDS
    save_attention_gif(tmp_path / "a.gif", PHOTO, WORDS, p, ImageSpec())
    with Image.open(tmp_path / "a.gif") as gif:
        assert getattr(gif, "n_frames", 1) == 1


@pytest.mark.parametrize("size", [(40, 400), (400, 40), (900, 1200), (1, 1)])
@pytest.mark.parametrize("count", [1, 4, 23])
def test_panels_lie_inside_the_figure_beside_each_other_in_the_photos_shape(size, count):
    figure = attention_figure(PHOTO.resize(size), ["word"] * count, weights(count), ImageSpec(resize="pad"))
    boxes = [axes.get_position() for axes in figure.axes]
    assert len(boxes) == count + 1
    width, height = figure.get_size_inches()
    for number, box in enumerate(boxes):
        assert 0 < box.x0 < box.x1 < 1
        assert 0 < box.y0 < box.y1 < 1
        assert box.width * width / (box.height * height) == pytest.approx(size[0] / size[1], rel=0.01)
        for other in boxes[:number]:
            apart = box.x0 >= other.x1 or box.x1 <= other.x0 or box.y0 >= other.y1 or box.y1 <= other.y0
            assert apart


def test_long_words_shrink_into_their_panel():
    long = "Donaudampfschifffahrtsgesellschaftskapitän"
    figure = attention_figure(PHOTO.resize((40, 90)), [long, "a"], weights(2), ImageSpec(), title="a ship")
    sizes = {text.get_text(): float(text.get_fontsize()) for text in figure.texts}
    assert sizes[long] < 7
    assert sizes["a"] >= 13


@pytest.mark.parametrize("size", [(90, 40), (40, 90)])
def test_what_looks_away_is_written_under_each_word(size):
    sentinel = np.array([0.631, 0.02, 1])
    figure = attention_figure(PHOTO.resize(size), WORDS, weights(), ImageSpec(), sentinel=sentinel)
    under = [text for text in figure.texts if text.get_text().startswith("looks away")]
    assert [text.get_text().replace("\u00a0", " ") for text in under] == [
        "looks away 63 %", "looks away 2.0 %", "looks away 100 %"
    ]  # fmt: skip
    moved = [text for text in figure.texts if text.get_text().startswith("moved")]
    for left, right in zip(moved, under[1:], strict=True):
        assert left.get_window_extent().x1 < right.get_window_extent().x0
    with pytest.raises(ValueError, match="3 words need as many shares from 0 to 1 that look away"):
        attention_figure(PHOTO, WORDS, weights(), ImageSpec(), sentinel=sentinel[:2])
    with pytest.raises(ValueError, match="3 words need as many shares from 0 to 1 that look away"):
        attention_figure(PHOTO, WORDS, weights(), ImageSpec(), sentinel=sentinel + 1)


def test_an_animation_says_what_looks_away(tmp_path):
    frames = []
    for name, sentinel in (("without", None), ("with", np.array([0.5, 0.5, 0.5]))):
        save_attention_gif(tmp_path / name, PHOTO, WORDS, weights(), ImageSpec(), sentinel=sentinel)
        with Image.open(tmp_path / name) as gif:
            gif.seek(1)
            frames.append(np.asarray(gif.convert("L"), int))
    without, longer = frames
    assert len(longer) > len(without)
    assert longer[len(without) - 40 :].min() < 128  # written below the caption
    with pytest.raises(ValueError, match="that look away"):
        save_attention_gif(tmp_path / "x", PHOTO, WORDS, weights(), ImageSpec(), sentinel=np.zeros(2))


def test_the_longest_word_of_the_caption_fits_into_the_figure():
    long = "Donaudampfschifffahrtsgesellschaftskapitän"
    figure = attention_figure(PHOTO.resize((40, 90)), ["a"], weights(1), ImageSpec(), title=f"a {long}")
    image = np.asarray(as_image(figure).convert("L"))
    assert image[:, -20:].min() == 255


def test_png(tmp_path):
    path = tmp_path / "attention.png"
    save_attention_png(path, PHOTO, WORDS, weights(), ImageSpec())
    figure = attention_figure(PHOTO, WORDS, weights(), ImageSpec())
    assert np.array_equal(np.asarray(read_photo(path)), np.asarray(as_image(figure)))


def test_gif_has_a_frame_for_each_word(tmp_path):
    path = tmp_path / "attention.gif"
    p = np.zeros((3, 9), np.float32)
    p[0, 0], p[1, 2], p[2, 8] = 1, 1, 1
    save_attention_gif(path, PHOTO.resize((90, 90)), WORDS, p, ImageSpec(), seconds=0.5)
    frames, times, colours = [], [], []
    with Image.open(path) as gif:
        assert (gif.format, gif.info["loop"]) == ("GIF", 0)
        for number in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(number)
            times.append(gif.info["duration"])
            frames.append(np.asarray(gif.convert("L"), float))
            caption = np.asarray(gif.convert("RGB"), int)[-gif.height // 6 :]
            if number:
                colours.append((caption[:, :, 0] - caption[:, :, 2]).max() > 130)
    assert times == [1000, 500, 500, 500]
    whole, *words = frames
    assert len(colours) == 3
    assert all(colours), "the current word has lost its colour"
    height, width = whole.shape
    quarters = [
        (slice(height // 8, height // 3), slice(0, width // 2)),
        (slice(height // 8, height // 3), slice(width // 2, None)),
    ]
    first, second, third = words
    assert first[quarters[0]].mean() > second[quarters[0]].mean()
    assert first[quarters[1]].mean() < second[quarters[1]].mean()
    assert third.mean() < whole.mean()


def test_weights_of_other_words_or_without_a_square_grid():
    with pytest.raises(ValueError, match="3 words need attention weights"):
        attention_figure(PHOTO, WORDS, weights(2), ImageSpec())
    with pytest.raises(ValueError, match="square grid of places"):
        attention_figure(PHOTO, WORDS, weights(3, 8), ImageSpec())


def test_gif_refuses_weights_of_other_words(tmp_path):
    with pytest.raises(ValueError, match="3 words need attention weights"):
        save_attention_gif(tmp_path / "a.gif", PHOTO, WORDS, weights(2), ImageSpec())
    assert not list(tmp_path.iterdir())
