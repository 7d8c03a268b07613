"""Clips: what frames, their order and their times do to a caption; bundle, export and command line say the same."""

import numpy as np
import pytest
import torch

from captioner.cli.main import main
from captioner.decoding.settings import Decoding
from captioner.images import ImageSpec
from captioner.inference import load
from captioner.inference.photos import source_picture, source_pixels
from captioner.nn.core.attention import Memory
from captioner.nn.network import Network
from captioner.photos import Clip
from tests import clips

SPEC = ImageSpec(size=32, frames=3)
PLACES = 16  # of a frame


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return clips.save(tmp_path_factory.mktemp("bundle"))


def look(network: Network, order: tuple[int, ...] = (0, 1, 2)) -> Memory:
    seen = source_pixels(Clip(tuple(clips.pictures(3)[place] for place in order)), SPEC)
    with torch.no_grad():
        return network.look(torch.from_numpy(seen[None]))


def heard(network: Network, memory: Memory) -> torch.Tensor:
    """What the network expects behind each word of a sentence."""
    words = torch.tensor([[clips.WORDS.start, *clips.WORDS.encode("a red circle moves to the left")]])
    with torch.no_grad():
        return network.caption(memory, words, torch.tensor([words.shape[1]])).logits


def test_frames_exchanged_with_their_times_change_nothing_and_without_them_they_do():
    network = clips.network()
    memory = look(network)
    order = torch.tensor([2, 0, 1])
    with_times = memory.grid.unflatten(1, (3, PLACES))[:, order].flatten(
        1, 2
    )  # each place tells where and when it lies
    torch.testing.assert_close(heard(network, network.core.recall(with_times)), heard(network, memory))
    without = heard(network, look(network, (2, 0, 1)))
    assert (without - heard(network, memory)).abs().max() > 0.01


def test_without_times_the_order_of_frames_is_not_seen():
    network = clips.network(times=0.0)
    torch.testing.assert_close(heard(network, look(network, (2, 0, 1))), heard(network, look(network)))


def test_a_photo_is_a_clip_of_one_frame_and_one_that_stands_still(bundle):
    """Of one frame, for a network of photos, to the bit; standing still, for one of clips, likewise."""
    network, (photo, *_) = clips.network(), clips.pictures(3)
    plain = source_pixels(photo, SPEC.still)
    with torch.no_grad():
        as_photo, as_clip = (network.look(torch.from_numpy(each)) for each in (plain[None], plain[None, None]))
    assert torch.equal(as_photo.grid, as_clip.grid)
    model = load(bundle)
    told = [
        model.caption(each)[0].captions[0] for each in (photo, Clip((photo,)), Clip((photo, photo)), Clip((photo,) * 7))
    ]
    assert len({one.log_probability for one in told}) == 1


def test_a_still_clip_without_times_is_captioned_as_a_network_of_photos_captions_the_photo():
    network, (photo, *_) = clips.network(times=0.0), clips.pictures(3)
    with torch.no_grad():
        as_photo = network.look(torch.from_numpy(source_pixels(photo, SPEC.still)[None]))
        as_clip = network.look(torch.from_numpy(source_pixels(photo, SPEC)[None]))
    torch.testing.assert_close(heard(network, as_clip), heard(network, as_photo), atol=1e-5, rtol=1e-4)


def test_places_of_a_clip_tell_where_and_when_they_lie():
    places = clips.network().core.project
    told = places._told(torch.zeros(1, 3 * PLACES, 1), 3)[0]
    x, y, t, x_t, y_t = (told / torch.tensor([4.0, 4.0, 8.0, 8.0, 8.0])).unbind(dim=1)
    assert t.tolist() == [-1.0] * PLACES + [0.0] * PLACES + [1.0] * PLACES
    assert x[:4].tolist() == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    assert torch.equal(x[:PLACES], x[-PLACES:])
    assert y[::4].tolist() == pytest.approx([-1, -1 / 3, 1 / 3, 1] * 3)
    assert torch.equal(x_t, x * t)
    assert torch.equal(y_t, y * t)


def test_attention_of_a_clip_lies_on_its_strip(bundle):
    said = load(bundle).caption(Clip(tuple(clips.pictures(3))))[0]
    assert said.captions[0].attention.shape == (len(said.captions[0].words), 3 * PLACES)
    strip = source_picture(said.source, said.image)
    assert strip.size == (3 * 64, 48)
    assert "of frame" in said._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["captions", "answers"])
def test_an_exported_model_of_clips_says_the_same(bundle, exported, what):
    clip = Clip(tuple(clips.pictures(3)))
    ours, theirs = load(bundle), load(exported)
    assert theirs.bundle.image == ours.bundle.image
    if what == "captions":
        mine, other = (model.caption(clip, Decoding(beam=3))[0].captions for model in (ours, theirs))
        assert [one.text for one in mine] == [one.text for one in other]
        assert [one.score for one in mine] == pytest.approx([one.score for one in other], abs=1e-3)
        np.testing.assert_allclose(mine[0].attention, other[0].attention, atol=1e-3)
    else:
        first, second = (model.ask(clip, "what goes up and down", top=2).best for model in (ours, theirs))
        assert [text for text, _ in first] == [text for text, _ in second]
        assert [p for _, p in first] == pytest.approx([p for _, p in second], abs=1e-3)


@pytest.fixture(scope="module")
def exported(bundle, tmp_path_factory):
    pytest.importorskip("onnxscript", reason="needs the extra [export]")
    from captioner.models.bundle import load_bundle
    from captioner.models.export.folder import export

    out = tmp_path_factory.mktemp("exported") / "graphs"
    export(load_bundle(bundle), out)
    return out


def test_the_command_line_captions_a_video_a_folder_and_stretches(bundle, tmp_path, capsys):
    film = clips.video(tmp_path / "film.mp4")
    clips.pictures(1)[0].save(tmp_path / "photo.png")
    assert main(["caption", str(tmp_path), "--model", str(bundle)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("\t")[0] for line in lines] == [str(film), str(tmp_path / "photo.png")]
    assert main(["caption", str(film), "--model", str(bundle), "--every", "2.5"]) == 0
    blocks = capsys.readouterr().out.strip().split("\n\n")
    assert [block.splitlines()[:2] for block in blocks] == [
        ["1", "00:00:00,000 --> 00:00:02,500"],
        ["2", "00:00:02,500 --> 00:00:05,000"],
        ["3", "00:00:05,000 --> 00:00:06,000"],
    ]
    assert main(["caption", f"{film}#t=2,4", "--model", str(bundle), "--every", "5", "--subtitles", "vtt"]) == 0
    assert capsys.readouterr().out.startswith("WEBVTT\n\n1\n00:00:02.000 --> 00:00:04.000\n")
    assert main(["ask", str(film), "what goes up", "--model", str(bundle)]) == 0
    assert capsys.readouterr().out.strip() in clips.ANSWERS.answers
    assert main(["attend", str(film), "--model", str(bundle), "--out", str(tmp_path / "looks.html")]) == 0
    assert "of frame" in (tmp_path / "looks.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["photo.png", "--every", "2"], "--every is for one video"),
        (["a.mp4", "b.mp4", "--every", "2"], "--every is for one video"),
        (["a.mp4", "--every", "0"], "at least 0.1 seconds"),
        (["a.mp4", "--every", "2", "--json"], "leave --json and --write out"),
    ],
)
def test_stretches_are_of_one_video(arguments, sentence, capsys):
    assert main(["caption", *arguments]) == 2
    assert sentence in capsys.readouterr().err
