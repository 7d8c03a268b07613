"""TensorFlow's padding, which depends on how large the maps are; networks whose weights came from there need it."""

from jaxtyping import Float
from torch import Tensor, nn

Pair = tuple[int, int]


class SamePad(nn.Module):
    """Pads maps with zeros so that a convolution with steps of s gives 1 / s of their sides, rounded up.

    Where the zeros are odd in number, the one left over stands on the right and below. On sides of 32 m + 1 they are
    equally many on both sides at every step of 2, so that there it pads as torch does.

    Args:
        kernel_size: of the convolution behind it, down and to the right.
        stride: its steps.
        dilation: how far apart it looks.
    """

    __constants__ = ("kernel_size", "stride", "dilation")

    def __init__(self, kernel_size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation

    def forward(self, maps: Float[Tensor, "b c y x"]) -> Float[Tensor, "b c y2 x2"]:
        """Maps with zeros around."""
        down, right = (self.zeros(length, axis) for axis, length in enumerate(maps.shape[-2:]))
        return nn.functional.pad(maps, (right // 2, right - right // 2, down // 2, down - down // 2))

    def zeros(self, length: int, axis: int) -> int:
        """How many a side of this length needs."""
        kernel, stride, dilation = self.kernel_size[axis], self.stride[axis], self.dilation[axis]
        steps = -(-length // stride)
        return max(0, (steps - 1) * stride + (kernel - 1) * dilation + 1 - length)
