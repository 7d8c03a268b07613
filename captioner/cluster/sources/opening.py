"""Which kind of source somebody named."""

from pathlib import Path

from captioner.cluster.places import Place
from captioner.cluster.sources.chunks import Chunks
from captioner.cluster.sources.folder import Folder
from captioner.cluster.sources.parquet import Parquet
from captioner.cluster.sources.rows import Source
from captioner.cluster.sources.tars import SUFFIXES, Tars
from captioner.photos import IMAGE_SUFFIXES

PARQUET = (".parquet",)


def opened(named: str) -> Source:
    """The photos of a Parquet file, a tar, or a folder of either, of litdata's chunks, or of photos.

    Args:
        named: a path, or an address such as s3://bucket/folder; a folder of photos is one of this machine.

    Raises:
        FileNotFoundError: there is no such file or folder, or no photo in it.
        ValueError: it is none of these, or cannot be read.
    """
    place = Place.of(named)
    if place.is_file():
        files = [place]
    elif place.is_folder():
        files = place.listed()
    else:
        raise FileNotFoundError(f"{named}: no such file or folder")
    endings = {kind: [each for each in files if each.name.endswith(kind)] for kind in (PARQUET, SUFFIXES)}
    photos = any(Path(each.name).suffix.lower() in IMAGE_SUFFIXES for each in files)
    if endings[PARQUET] and not photos:
        return Parquet(endings[PARQUET])
    if endings[SUFFIXES] and not photos:
        return Tars(endings[SUFFIXES])
    if any(each.name == "index.json" for each in files):
        return Chunks(named)
    if place.is_folder() and place.local:
        return Folder(Path(place.path))
    raise ValueError(
        f"{named} is no Parquet file ({PARQUET[0]}) and no tar ({', '.join(SUFFIXES)}), nor a folder of them, of"
        " litdata's chunks or, on this machine, of photos"
    )
