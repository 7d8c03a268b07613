"""Reading protobuf by its wire format, as far as an ONNX graph is to be looked at before onnxruntime opens it.

A message is a row of fields: a tag (number and wire type), and a value. Nothing is decoded that nobody asks for, so the
weights, which are one long field each, are passed over. See https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5
MOST = 1_000_000
"""Fields of a file; those of a network with thousands of layers are a tenth."""


class Malformed(ValueError):
    """These bytes are no protobuf, or more of it than any graph needs."""


class Field(NamedTuple):
    """One field of a message."""

    number: int
    value: int | memoryview
    """A whole number; bytes of a text, of packed numbers or of a message within."""

    @property
    def bytes(self) -> memoryview:
        """The bytes.

        Raises:
            Malformed: it is a number.
        """
        if isinstance(self.value, int):
            raise Malformed(f"field {self.number} is a number, where a text or a message must be")
        return self.value

    @property
    def text(self) -> str:
        """The bytes as text, which is never longer than a name."""
        return bytes(self.bytes[:200]).decode("utf-8", "replace")


class Reader:
    """Reads the fields of a file, and of messages within it; counts them, so that no file keeps it busy."""

    def __init__(self) -> None:
        self.left = MOST

    def fields(self, data: memoryview) -> Iterator[Field]:
        """The fields of a message in their order.

        Raises:
            Malformed: it ends within a field, has a type that no field has, or the file has too many fields.
        """
        place = 0
        while place < len(data):
            self.left -= 1
            if self.left < 0:
                raise Malformed(f"it has more than {MOST:,} fields")
            tag, place = varint(data, place)
            number, kind = tag >> 3, tag & 7
            if number == 0 or tag >= 2**32:
                raise Malformed(f"there is no field {number}")
            if kind == VARINT:
                value, place = varint(data, place)
                yield Field(number, value)
                continue
            length = {EIGHT: 8, FOUR: 4}.get(kind)
            if kind == LENGTH:
                length, place = varint(data, place)
            if length is None or place + length > len(data):
                raise Malformed("it ends within a field, or holds what is no field")
            yield Field(number, data[place : place + length])
            place += length

    def packed(self, data: memoryview) -> list[int]:
        """Whole numbers that stand one behind the other.

        Raises:
            Malformed: the last has no end.
        """
        numbers, place = list[int](), 0
        while place < len(data):
            number, place = varint(data, place)
            numbers.append(number)
        return numbers


def varint(data: memoryview, place: int) -> tuple[int, int]:
    """A whole number of up to ten bytes, seven bits each, and where it ends.

    Raises:
        Malformed: it is longer, or the message ends within it.
    """
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
    raise Malformed("a number has no end")
