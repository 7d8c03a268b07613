"""GIF: a row of blocks, of which the first picture is kept."""

from captioner.photos.picture import one_more


def gif(data: bytes) -> bytes:
    """GIF: its palette and its first picture, with what makes that transparent."""
    place = 13 + _palette(data, 10)
    head, control, parts = data[:place], b"", 0
    while place < len(data) and data[place] != 0x3B:
        block = data[place]
        if block == 0x2C:
            end = _blocks_end(data, place + 11 + _palette(data, place + 9))
            return b"".join([head, control, data[place:end], b";"])
        end = _blocks_end(data, place + 2) if block == 0x21 else place + 1
        if data[place : place + 2] == b"\x21\xf9":
            control = data[place:end]
        place = end
        parts = one_more(parts)
    return head


def _palette(data: bytes, place: int) -> int:
    """How many bytes of colours are announced by the flags at a place."""
    flags = data[place] if place < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks_end(data: bytes, place: int) -> int:
    """Where a row of GIF's blocks, each with its length before it, ends."""
    while place < len(data) and data[place]:
        place += data[place] + 1
    return place + 1
