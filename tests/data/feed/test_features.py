import os
import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from captioner.data.feed.encoding import make_store
from captioner.data.feed.features import FeatureStore, identify
from captioner.files import read_json, write_json
from captioner.images import ImageSpec, pixels
from captioner.photos import read_photo

SPEC = ImageSpec(12)


@pytest.fixture
def photos(tmp_path) -> list[Path]:
    """Seven photos of noise; the seventh is a JPEG."""
    random = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.{'jpg' if number == 6 else 'png'}" for number in range(7)]
    for path in paths:
        Image.fromarray(random.integers(0, 255, (20, 24, 3), np.uint8)).save(path)
    return paths


class Encoder:
    """Five channels of 3 x 4 places; counts its photos, and may break down."""

    def __init__(self, after: int = 1000) -> None:
        torch.manual_seed(0)
        self.weight, self.seen, self.after = torch.randn(5, 3, 4, 3), 0, after

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        if self.seen + len(batch) > self.after:
            raise KeyboardInterrupt
        self.seen += len(batch)
        return torch.nn.functional.conv2d(batch, self.weight, stride=(4, 3))


def make(root: Path, photos: list[Path], encode, **settings) -> Path:
    usual: dict[str, Any] = {"encoder": {"name": "test"}, "batch": 2, "threads": 1}
    return make_store(root, photos, SPEC, encode, **(usual | settings))


def direct(path: Path, mirrored: bool = False) -> torch.Tensor:
    seen = torch.from_numpy(pixels(read_photo(path, at_least=SPEC.size), SPEC))[None]
    return Encoder()(seen.flip(3) if mirrored else seen)[0].half()


def store_bytes(folder: Path) -> bytes:
    return (folder / "features.bin").read_bytes()


def test_the_store_holds_what_the_encoder_says(tmp_path, photos):
    encoder, told = Encoder(), []
    folder = make(tmp_path / "stores", photos, encoder, progress=lambda *told_now: told.append(told_now))
    store = FeatureStore(folder)
    assert (len(store), store.views, encoder.seen) == (7, 1, 7)
    for index, path in enumerate(photos):
        assert store[index].dtype == torch.float16
        assert store[index].shape == (5, 3, 4)
        torch.testing.assert_close(store[index], direct(path), rtol=0, atol=2e-3)
    assert told == [(0, 7), (2, 7), (4, 7), (6, 7), (7, 7)]
    assert folder.parent == tmp_path / "stores"


def test_two_views_are_the_photo_and_its_mirror_image(tmp_path, photos):
    folder = make(tmp_path / "stores", photos, Encoder(), views=2)
    plain, mirrored = FeatureStore(folder), FeatureStore(folder, view=1)
    assert plain.views == 2
    for index, path in enumerate(photos):
        torch.testing.assert_close(plain[index], direct(path), rtol=0, atol=2e-3)
        torch.testing.assert_close(mirrored[index], direct(path, mirrored=True), rtol=0, atol=2e-3)


def test_vectors_can_be_stored_too(tmp_path, photos):
    store = FeatureStore(make(tmp_path, photos, lambda batch: batch.mean(dim=(2, 3))))
    assert store[3].shape == (3,)
    torch.testing.assert_close(store[3], torch.from_numpy(pixels(read_photo(photos[3]), SPEC)).mean(dim=(1, 2)).half())


def test_a_finished_store_is_found_and_nothing_is_computed(tmp_path, photos):
    folder, encoder = make(tmp_path, photos, Encoder()), Encoder(after=0)
    assert make(tmp_path, photos, encoder) == folder
    assert encoder.seen == 0


@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize("uncounted", [0, 37])
def test_an_interrupted_store_goes_on_where_it_stopped(tmp_path, photos, views, uncounted):
    whole = make(tmp_path / "whole", photos, Encoder(), views=views)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "broken", photos, Encoder(after=5 * views), views=views)
    (folder,) = (tmp_path / "broken").iterdir()
    assert read_json(folder / "store.json")["done"] == 4
    with pytest.raises(ValueError, match="unfinished feature store: 4 of 7 photos are done; make it again"):
        FeatureStore(folder)
    with (folder / "features.bin").open("ab") as file:
        file.write(b"x" * uncounted)  # written, but the power went before it was counted
    rest, told = Encoder(), []
    make(tmp_path / "broken", photos, rest, views=views, progress=lambda done, total: told.append(done))
    assert rest.seen == 3 * views
    assert told == [4, 6, 7]
    assert store_bytes(folder) == store_bytes(whole)


def test_batches_and_threads_do_not_matter(tmp_path, photos):
    folders = [
        make(tmp_path / str(batch), photos, Encoder(), batch=batch, threads=threads)
        for batch, threads in ((1, 1), (3, 2), (16, 1))
    ]
    first, *others = (FeatureStore(folder) for folder in folders)
    for other in others:
        for index in range(7):
            torch.testing.assert_close(other[index], first[index], rtol=0, atol=2e-3)


def test_another_photo_transform_encoder_or_order_makes_another_store(tmp_path, photos):
    folder = make(tmp_path, photos, Encoder())
    others = {
        make(tmp_path, photos[::-1], Encoder()),
        make(tmp_path, photos[:6], Encoder()),
        make(tmp_path, photos, Encoder(), encoder={"name": "other"}),
        make(tmp_path, photos, Encoder(), views=2),
        make_store(tmp_path, photos, ImageSpec(12, resize="crop"), Encoder(), encoder={"name": "test"}),
    }
    Image.new("RGB", (20, 20), "red").save(photos[2])
    changed = make(tmp_path, photos, Encoder())
    assert len({folder, changed, *others}) == 7
    torch.testing.assert_close(FeatureStore(changed)[2], direct(photos[2]), rtol=0, atol=2e-3)


def test_a_photo_changed_in_place_with_equal_size_is_noticed(photos):
    before = identify(photos, SPEC, encoder={}, views=1)
    os.utime(photos[0], ns=(1, 1))
    assert identify(photos, SPEC, encoder={}, views=1) != before


@pytest.mark.parametrize("damage", ["short", "long", "gone"])
def test_a_damaged_store_is_refused_and_made_again(tmp_path, photos, damage, caplog):
    folder = make(tmp_path, photos, Encoder())
    sound, data = store_bytes(folder), folder / "features.bin"
    if damage == "gone":
        data.unlink()
    else:
        data.write_bytes(sound[:-2] if damage == "short" else sound + b"xx")
    with pytest.raises(ValueError, match=rf"features.bin has \d+ bytes, but {len(sound)} were written; make the store"):
        FeatureStore(folder)
    encoder = Encoder()
    assert make(tmp_path, photos, encoder) == folder
    assert encoder.seen == 7
    assert store_bytes(folder) == sound
    assert "is damaged" in caplog.text


def test_a_file_shorter_than_its_count_is_made_again_from_the_beginning(tmp_path, photos):
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, photos, Encoder(after=5))
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    (folder / "features.bin").write_bytes(store_bytes(folder)[:-1])
    encoder = Encoder()
    make(tmp_path, photos, encoder)
    assert encoder.seen == 7


def test_a_large_store_is_not_loaded(tmp_path):
    """Eight gigabytes that take no room on the disk: reading one photo reads that photo."""
    shape = [16, 16, 1024]
    count = 2**33 // (2 * 16 * 16 * 1024)
    write_json(tmp_path / "store.json", {"identity": {"count": count, "views": 1}, "shape": shape, "done": count})
    last = np.arange(16 * 16 * 1024) % 1000
    with (tmp_path / "features.bin").open("wb") as file:
        file.seek((count - 1) * 2 * last.size)
        file.write(last.astype(np.float16).tobytes())
    tracemalloc.start()
    store = FeatureStore(tmp_path)
    item = store[count - 1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert item.shape == (1024, 16, 16)
    assert torch.equal(item.movedim(0, -1).flatten(), torch.from_numpy(last).half())
    assert store[0].abs().max() == 0
    assert peak < 2**23
    assert len(pickle.dumps(store)) < 1000  # another process reads the file itself
    assert torch.equal(pickle.loads(pickle.dumps(store))[count - 1], item)


@pytest.mark.parametrize("number", [1e5, float("nan")])
def test_what_does_not_fit_half_precision_is_refused_in_one_sentence(tmp_path, photos, number):
    with pytest.raises(ValueError, match=r"features do not fit half precision .*; are its weights sound?"):
        make(tmp_path, photos, lambda batch: Encoder()(batch) * number)


def test_a_broken_photo_is_named_and_the_rest_can_go_on_once_it_is_mended(tmp_path, photos):
    sound = photos[5].read_bytes()
    photos[5].write_bytes(sound[: len(sound) // 2])
    with pytest.raises(ValueError, match=r"5\.png is damaged"):
        make(tmp_path / "stores", photos, Encoder())
    photos[5].write_bytes(sound)
    assert len(FeatureStore(make(tmp_path / "stores", photos, Encoder()))) == 7


def test_a_missing_photo_is_said_in_one_sentence(tmp_path, photos):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.png: no such photo"):
        make(tmp_path, [*photos, tmp_path / "nowhere.png"], Encoder())


@pytest.mark.parametrize("index", [-1, 7])
def test_a_photo_that_is_not_there_is_refused(tmp_path, photos, index):
    with pytest.raises(IndexError, match=f"there is no photo {index} in a store of 7"):
        FeatureStore(make(tmp_path, photos, Encoder()))[index]


def test_no_photos_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="a feature store needs at least one photo"):
        make(tmp_path, [], Encoder())


def test_three_views_are_refused_in_one_sentence(tmp_path, photos):
    with pytest.raises(ValueError, match=r"views is 3, but there are 1 .* and 2"):
        make(tmp_path, photos, Encoder(), views=3)


def test_a_view_that_was_not_stored_is_refused_in_one_sentence(tmp_path, photos):
    with pytest.raises(ValueError, match="has 1 views of each photo, counted from 0, so there is no view 1"):
        FeatureStore(make(tmp_path, photos, Encoder()), view=1)


def test_no_store_is_said_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"store\.json: no such file"):
        FeatureStore(tmp_path)


def test_two_runs_that_need_the_same_store_make_it_once(tmp_path, photos, caplog):
    whole = make(tmp_path / "whole", photos, Encoder())
    begun, go_on, first, second = Event(), Event(), Encoder(), Encoder()

    def slow(batch: torch.Tensor) -> torch.Tensor:
        begun.set()
        assert go_on.wait(20)
        return first(batch)

    with ThreadPoolExecutor(2) as runs, caplog.at_level("INFO"):
        one = runs.submit(make, tmp_path / "shared", photos, slow)
        assert begun.wait(20)
        other = runs.submit(make, tmp_path / "shared", photos, second)
        while "another run is making it; waiting until it is done" not in caplog.text:
            assert not other.done()
        go_on.set()
        assert one.result() == other.result()
    assert (first.seen, second.seen) == (7, 0)
    assert store_bytes(one.result()) == store_bytes(whole)


def flip(folder: Path, place: int) -> None:
    data = bytearray(store_bytes(folder))
    data[place] ^= 1
    (folder / "features.bin").write_bytes(data)


@pytest.mark.parametrize("view", [0, 1])
def test_flipped_bits_are_found_when_they_are_read(photos, tmp_path, view):
    folder = make(tmp_path, photos, Encoder(), views=2)
    flip(folder, len(store_bytes(folder)) // 14 * (2 * 3 + view))
    sound, damaged = FeatureStore(folder, view=1 - view), FeatureStore(folder, view=view, photos=photos)
    assert len([sound[index] for index in range(7)]) == 7
    assert damaged[2].shape == (5, 3, 4)
    sentence = rf"features.bin is damaged: the features of .*3.png have another checksum .*; remove {folder}, and they"
    with pytest.raises(ValueError, match=sentence):
        damaged[3]


def test_a_store_of_before_there_were_checksums_opens_and_goes_on(photos, tmp_path):
    whole = store_bytes(make(tmp_path / "whole", photos, Encoder()))
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, photos, Encoder(after=4))
    (folder,) = (path for path in tmp_path.iterdir() if (path / "store.json").exists())
    (folder / "checksums.bin").unlink()
    done, encoder = read_json(folder / "store.json")["done"], Encoder()
    assert make(tmp_path, photos, encoder) == folder
    assert encoder.seen == 7 - done < 7
    assert store_bytes(folder) == whole
    flip(folder, 0)
    assert FeatureStore(folder)[0].shape == (5, 3, 4)  # nobody can know


def test_a_store_whose_checksums_were_cut_is_made_again(photos, tmp_path):
    folder = make(tmp_path, photos, Encoder())
    sums = folder / "checksums.bin"
    sums.write_bytes(sums.read_bytes()[:-4])
    with pytest.raises(ValueError, match=r"checksums.bin has another length; remove .*, and it is made again"):
        FeatureStore(folder)
    encoder = Encoder()
    make(tmp_path, photos, encoder)
    assert encoder.seen == 7
    assert len(FeatureStore(folder)) == 7


def test_a_large_store_lies_in_parts_which_several_processes_make_at_once(tmp_path, photos, monkeypatch):
    monkeypatch.setattr("captioner.data.feed.encoding.PART", 3)
    whole = FeatureStore(make(tmp_path / "whole", photos[:3], Encoder()))
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "stores", photos, Encoder(after=4))
    (folder,) = (tmp_path / "stores").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["part-00000", "part-00001"]
    with pytest.raises(FileNotFoundError):
        FeatureStore(folder)
    with ThreadPoolExecutor(2) as threads:
        encoders, told = [Encoder(), Encoder()], list[tuple[int, int]]()
        progress = lambda *now: told.append(now)  # noqa: E731
        made = [threads.submit(make, tmp_path / "stores", photos, one, progress=progress) for one in encoders]
    assert {one.result() for one in made} == {folder}
    assert sum(one.seen for one in encoders) == 4  # what the first had not counted
    assert told[-1] == (7, 7)
    store = FeatureStore(folder, photos=photos)
    assert len(store) == 7
    assert all(torch.equal(store[place], whole[place]) for place in range(3))
    for place in (3, 6):
        torch.testing.assert_close(store[place], direct(photos[place]), rtol=0, atol=2e-3)
    damaged = folder / "part-00001/features.bin"
    damaged.write_bytes(b"?" + damaged.read_bytes()[1:])
    with pytest.raises(ValueError, match=r"the features of .*3.png have another checksum"):
        store[3]
    damaged.unlink()
    again = Encoder()
    make(tmp_path / "stores", photos, again)
    assert again.seen == 3  # of that part alone
