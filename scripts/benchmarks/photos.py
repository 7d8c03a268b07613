"""Photos to features: extraction from JPEG files, next to the bare backbone on pixels that are in memory already."""

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision import models
from torchvision.transforms import v2

from benchmarks.measure import Row, Setup, seconds
from captioner.data.feed.encoding import make_store
from captioner.data.feed.features import FeatureStore
from captioner.images import ImageSpec, pixels
from captioner.nn.encoder.grid import GridEncoder
from captioner.photos import read_photo

SPEC = ImageSpec(224)
SIZES = [(640, 480), (4000, 3000)]
BATCH = 16
PLAIN = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(SPEC.mean, SPEC.std)])


def rows(setup: Setup) -> Iterator[Row]:
    """One row a size of photo; the limit is the bare backbone."""
    torch.manual_seed(0)
    plain = models.resnet50(weights=None).eval()
    with TemporaryDirectory() as folder:
        weights = Path(folder) / "resnet50.pth"
        torch.save(plain.state_dict(), weights)
        encoder = GridEncoder("resnet50", str(weights)).to(setup.device)
    plain = nn.Sequential(*list(plain.to(setup.device).children())[:-2])
    for width, height in SIZES[: 1 if setup.quick else 2]:
        with TemporaryDirectory() as folder:
            files = write_photos(Path(folder), (width, height), BATCH if setup.quick else 4 * BATCH)
            compare(encoder, plain, files[:BATCH], setup)
            yield row(f"{width} x {height}", encoder, plain, files, setup)


def row(name: str, encoder: GridEncoder, plain: nn.Module, files: list[Path], setup: Setup) -> Row:
    """Times a store, the plain loop, and the backbone alone."""
    seen = torch.from_numpy(np.stack([pixels(read_photo(file), SPEC) for file in files])).to(setup.device)
    sides: dict[str, Callable[[], object]] = {
        "ours": lambda: store(encoder, files, setup),
        "naive": lambda: naively(plain, files, setup.device),
        "bare": lambda: bare(plain, seen, setup),
    }
    repeats = min(setup.repeats, 5)
    times = {side: median(each) for side, each in seconds(sides, setup.device, repeats=repeats).items()}
    ours, naive, limit = (len(files) / times[side] for side in ("ours", "naive", "bare"))
    about = {"seconds": times, "photos": len(files)}
    return Row(f"extraction, ResNet-50 at {SPEC.size}, JPEG {name}", "photos/s", ours, naive, limit, "more", about)


def write_photos(folder: Path, size: tuple[int, int], count: int) -> list[Path]:
    """JPEG files of smooth colours with a little noise, which take about as many bytes as photos do."""
    random = np.random.default_rng(0)
    files = [folder / f"{number}.jpg" for number in range(count)]
    for file in files:
        photo = Image.fromarray(random.integers(0, 255, (12, 16, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
        noise = random.integers(0, 16, (size[1], size[0], 1), np.uint8)
        Image.fromarray(np.asarray(photo) // 17 * 16 + noise).save(file, quality=90)
    return files


def store(encoder: GridEncoder, files: list[Path], setup: Setup) -> list[Tensor]:
    """Our way: a whole feature store, written to the disk."""

    def encode(batch: Tensor) -> Tensor:
        with setup.autocast():
            return encoder.begin(batch.to(setup.device))

    with TemporaryDirectory() as folder:
        made = FeatureStore(make_store(Path(folder), files, SPEC, encode, encoder={}, batch=BATCH))
        return [made[0]]


@torch.no_grad()
def naively(plain: nn.Module, files: list[Path], device: torch.device) -> list[Tensor]:
    """The plain way: read, resize, compute, one batch after another."""
    found = []
    for start in range(0, len(files), BATCH):
        names = files[start : start + BATCH]
        photos = [Image.open(name).convert("RGB").resize((SPEC.size, SPEC.size)) for name in names]
        found.append(plain(torch.stack([PLAIN(photo) for photo in photos]).to(device)).cpu())
    return found


@torch.no_grad()
def bare(plain: nn.Module, seen: Tensor, setup: Setup) -> None:
    """The backbone alone, as fast as it goes."""
    with setup.autocast():
        for batch in torch.split(seen, BATCH):
            plain(batch.contiguous(memory_format=torch.channels_last))


def compare(encoder: GridEncoder, plain: nn.Module, files: list[Path], setup: Setup) -> None:
    """The features of the same pixels are the same; pixels differ a little, as JPEGs are read at reduced scale.

    Raises:
        AssertionError: they differ.
    """
    seen = torch.from_numpy(np.stack([pixels(read_photo(file), SPEC) for file in files])).to(setup.device)
    with torch.no_grad():
        torch.testing.assert_close(encoder.begin(seen), plain(seen), rtol=1e-3, atol=1e-3)
    reduced = np.stack([pixels(read_photo(file, at_least=SPEC.size), SPEC) for file in files])
    assert np.abs(reduced - seen.cpu().numpy()).mean() < 0.1
