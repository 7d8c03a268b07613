import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from captioner.data.feed.batches import collate
from captioner.data.feed.datasets import CaptionDataset, Captions, Item, MirroredStore, PhotoReader
from captioner.data.read.records import Photo
from captioner.images import ImageSpec, TrainTransform, pixels
from captioner.photos import read_photo
from captioner.text.vocabulary import SPECIAL, Vocabulary

VOCABULARY = Vocabulary((*SPECIAL, "a", "dog", "runs", "fast"))
PAD, START, END, UNKNOWN, A, DOG, RUNS, FAST = range(8)
SPEC = ImageSpec(8)


class Stored:
    """Stands for a feature store: photo i is i everywhere."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.full((2, 1, 1), index + self.offset).half()


def photo(*captions: str) -> Photo:
    return Photo("x", Path("x.jpg"), captions)


def test_an_item_is_a_photo_with_its_numbered_captions():
    photos = [photo("a dog"), photo("A dog runs fast", "a cat", ""), photo()]
    dataset = CaptionDataset(photos, Stored(), Captions(VOCABULARY, longest=3))
    assert len(dataset) == 3
    item = dataset[1]
    assert (item.index, item.seen.unique().tolist()) == (1, [1.0])
    assert item.captions == [[START, A, DOG, RUNS, END], [START, A, UNKNOWN, END], [START, END]]
    assert dataset[2].captions == []


def test_slots_draw_different_captions_of_a_photo_with_more():
    texts = ("a", "dog", "runs", "fast")
    dataset = CaptionDataset([photo(*texts)], Stored(), Captions(VOCABULARY, slots=2))
    torch.manual_seed(0)
    drawn = [tuple(caption[1] for caption in dataset[0].captions) for _ in range(60)]
    assert all(len(set(two)) == 2 for two in drawn)
    assert {word for two in drawn for word in two} == {A, DOG, RUNS, FAST}
    whole = CaptionDataset([photo(*texts)], Stored(), Captions(VOCABULARY, slots=5))
    assert [caption[1] for caption in whole[0].captions] == [A, DOG, RUNS, FAST]


def test_a_mirrored_store_reads_one_view_or_the_other():
    store = MirroredStore(Stored(), Stored(10.0))  # type: ignore[arg-type]
    torch.manual_seed(0)
    assert len(store) == 3
    assert {store[2].unique().item() for _ in range(40)} == {2.0, 12.0}


@pytest.fixture
def jpeg(tmp_path) -> Photo:
    noise = np.random.default_rng(0).integers(0, 255, (70, 70, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.jpg")
    return Photo("a", tmp_path / "a.jpg", ("a dog",))


def test_a_reader_gives_the_photo_as_evaluation_sees_it(jpeg):
    reader = PhotoReader([jpeg.path], SPEC)
    assert len(reader) == 1
    assert torch.equal(reader[0], torch.from_numpy(pixels(read_photo(jpeg.path, at_least=8), SPEC)))


def test_a_reader_for_training_decodes_as_many_pixels_as_the_crops_need(jpeg):
    transform = TrainTransform(SPEC, scale=(0.25, 1.0))  # a quarter of the area: 16 pixels before the crop
    seen = []
    transform.transform = lambda photo: seen.append(photo) or torch.zeros(3, 8, 8)  # type: ignore[func-returns-value]
    assert PhotoReader([jpeg.path], SPEC, transform)[0].shape == (3, 8, 8)
    draft = Image.open(io.BytesIO(jpeg.path.read_bytes()))
    draft.draft(None, (16, 16))
    assert draft.size == (18, 18)  # a quarter of 70; for 8 pixels it would have been an eighth, 9
    wanted = draft.resize((16, 16), Image.Resampling.BILINEAR, reducing_gap=3.0)
    assert np.array_equal(np.asarray(seen[0]), np.asarray(wanted))


def test_a_batch_pads_words_and_sorts_captions_by_falling_length():
    items = [
        Item(4, torch.zeros(2, 1, 1), [[START, END], [START, A, DOG, END], [START, A, END]]),
        Item(9, torch.ones(2, 1, 1), [[START, FAST, END]]),
    ]
    batch = collate(items, pad=PAD)
    assert batch["index"].tolist() == [4, 9]
    assert batch["seen"].tolist() == [[[[0.0]], [[0.0]]], [[[1.0]], [[1.0]]]]
    assert batch["lengths"].tolist() == [[4, 3, 2], [3, 0, 0]]
    nothing = [PAD] * 4
    assert batch["words"].tolist() == [
        [[START, A, DOG, END], [START, A, END, PAD], [START, END, PAD, PAD]],
        [[START, FAST, END, PAD], nothing, nothing],
    ]
    assert {tensor.dtype for name, tensor in batch.items() if name != "seen"} == {torch.long}


def test_what_words_name_goes_where_their_captions_go():
    here, there = np.array([1.0, 0, 0, 0]), np.array([0, 0, 0.5, 0])
    items = [
        Item(4, torch.zeros(2, 2, 2), [[START, END], [START, A, DOG, END]], [[(0, there)], [(1, here)]]),
        Item(9, torch.ones(2, 2, 2), [[START, FAST, END]], [[]]),
    ]
    batch = collate(items, pad=PAD)
    assert batch["located"].tolist() == [[0, 0, 1], [0, 1, 0]]  # the longer caption comes first
    assert batch["cover"].tolist() == [here.tolist(), there.tolist()]


def test_photos_of_which_captions_are_drawn_or_cut_keep_what_their_words_name():
    texts = ["a dog", "dog runs", "runs fast"]

    def locate(found):
        assert found.captions == tuple(texts)
        return [[(0, np.full(4, i)), (1, np.full(4, 10 + i))] for i in range(3)]

    dataset = CaptionDataset([photo(*texts)], Stored(), Captions(VOCABULARY, slots=2, longest=1, locate=locate))
    for _ in range(5):
        item = dataset[0]
        for caption, located in zip(item.captions, item.located, strict=True):
            ((word, cover),) = located
            assert word == 0
            assert caption[1] == VOCABULARY.encode(texts[int(cover[0])])[0]


def test_the_padding_is_the_id_that_is_asked_for():
    batch = collate([Item(0, torch.zeros(1), [[1, 2], [1, 5, 2]])], pad=7)
    assert batch["words"].tolist() == [[[1, 5, 2], [1, 2, 7]]]


def test_a_batch_of_photos_without_captions_has_no_words():
    batch = collate([Item(0, torch.zeros(1), []), Item(1, torch.zeros(1), [])], pad=PAD)
    assert batch["words"].shape == (2, 0, 0)
    assert batch["lengths"].shape == (2, 0)


@pytest.mark.parametrize("shape", [(4, 3, 2), (4,)])
def test_channels_lie_last_in_memory_whatever_the_source_gives(shape):
    """As in the store, so that the places of a grid are read without moving a number."""
    plain = torch.randn(2, *shape)
    from_store = [each.movedim(0, -1).contiguous().movedim(-1, 0) for each in plain]
    for source in (list(plain), from_store):
        seen = collate([Item(place, each, [[1, 2]]) for place, each in enumerate(source)], pad=PAD)["seen"]
        assert torch.equal(seen, plain)
        assert seen.movedim(1, -1).is_contiguous()
