"""What a layer costs: its parameters, their bytes, and the multiply-adds of one image."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import SupportsIndex

from convdocs.arrays import Padding, Size, lengths, per_axis, whole
from convdocs.correlation import output_shape

__all__ = ["Cost", "conv2d_cost", "dense_cost", "human_bytes"]


@dataclass(frozen=True)
class Cost:
    """The cost of a layer.

    Attributes:
        parameters: Numbers that are learnt.
        multiply_adds: Multiplications, each followed by an addition, for one image. Adding
            the bias is not counted.
        itemsize: Bytes of one parameter; 4 in float32.

    Raises:
        TypeError: If a number is not an int.
        ValueError: If a number is below 0, or `itemsize` below 1.

    Examples:
        >>> from convdocs import Cost
        >>> print(Cost(parameters=2800, multiply_adds=0))
        2,800 parameters (11.2 kB), 0 multiply-adds
    """

    parameters: int
    multiply_adds: int
    itemsize: int = 4

    def __post_init__(self) -> None:
        whole("parameters", self.parameters, least=0)
        whole("multiply_adds", self.multiply_adds, least=0)
        whole("itemsize", self.itemsize, least=1)

    @property
    def bytes(self) -> int:
        """Bytes of all parameters."""
        return self.parameters * self.itemsize

    def __str__(self) -> str:
        return (
            f"{self.parameters:,} parameters ({human_bytes(self.bytes)}), "
            f"{self.multiply_adds:,} multiply-adds"
        )


def dense_cost(
    inputs: SupportsIndex, outputs: SupportsIndex, *, bias: bool = True, itemsize: SupportsIndex = 4
) -> Cost:
    r"""The cost of a fully connected layer.

    $$\begin{aligned}
    \text{parameters} &= n_i n_o + n_o \\
    \text{multiply-adds} &= n_i n_o
    \end{aligned}$$

    Args:
        inputs: Number of inputs $n_i$: pixels times channels for an image.
        outputs: Number of hidden units $n_o$.
        bias: Whether each hidden unit has a bias; without, the last $n_o$ falls away.
        itemsize: Bytes of one parameter.

    Returns:
        The cost.

    Raises:
        TypeError: If a number is not an int, or `bias` is not a bool.
        ValueError: If a number is below 1.

    Source: counted; [*Dive into Deep Learning*, section 7.1](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html) counts the same way.

    Examples:
        A photo of 12 megapixels in colour, and 100 hidden units:

        >>> from convdocs import dense_cost
        >>> print(dense_cost(36_000_000, 100, bias=False))
        3,600,000,000 parameters (14.4 GB), 3,600,000,000 multiply-adds

        The definition, with a bias for each of the units:

        >>> cost = dense_cost(36_000_000, 100)
        >>> cost.parameters == 36_000_000 * 100 + 100
        True
    """
    n_i, n_o = whole("inputs", inputs, least=1), whole("outputs", outputs, least=1)
    return Cost(n_i * n_o + n_o * _flag(bias), n_i * n_o, whole("itemsize", itemsize, least=1))


def conv2d_cost(
    image: Sequence[SupportsIndex],
    in_channels: SupportsIndex,
    out_channels: SupportsIndex,
    kernel_size: Size,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    bias: bool = True,
    itemsize: SupportsIndex = 4,
) -> Cost:
    r"""The cost of a convolutional layer.

    $$\begin{aligned}
    \text{parameters} &= c_o c_i k_h k_w + c_o \\
    \text{multiply-adds} &= c_o c_i k_h k_w \, o_h o_w
    \end{aligned}$$

    Args:
        image: Height and width of the image, in pixels; the parameters don't depend on it.
        in_channels: Channels $c_i$ of the image.
        out_channels: Channels $c_o$ of the output.
        kernel_size: Height and width of the kernels; an int for a square.
        stride: Step between two windows, in pixels; an int or a pair.
        padding: Pixels added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.
        bias: Whether each output channel has a bias; without, the last $c_o$ falls away.
        itemsize: Bytes of one parameter.

    Returns:
        The cost.

    Raises:
        TypeError: If a number is not an int, or `bias` is not a bool.
        ValueError: If a number is too small, or the kernel does not fit.

    Source: counted; [*Dive into Deep Learning*, section 7.4](https://d2l.ai/chapter_convolutional-neural-networks/channels.html) counts the same way.

    Examples:
        >>> from convdocs import conv2d_cost
        >>> print(conv2d_cost((3000, 4000), 3, 100, 3))
        2,800 parameters (11.2 kB), 32,362,210,800 multiply-adds

        The definition: 100 kernels of 3 · 3 · 3 weights, at 2,998 · 3,998 places.

        >>> 100 * (3 * 3 * 3) + 100, 100 * (3 * 3 * 3) * (2998 * 3998)
        (2800, 32362210800)
    """
    c_i = whole("in_channels", in_channels, least=1)
    c_o = whole("out_channels", out_channels, least=1)
    n = lengths("image", image, 2)
    k = per_axis("kernel_size", kernel_size, 2, least=1)
    o = output_shape(n, k, stride=stride, padding=padding, dilation=dilation)
    weights = c_o * c_i * prod(k)
    size = whole("itemsize", itemsize, least=1)
    return Cost(weights + c_o * _flag(bias), weights * prod(o), size)


def human_bytes(count: SupportsIndex) -> str:
    """A number of bytes for people: three significant digits and a decimal prefix.

    Args:
        count: Bytes, 0 or more.

    Returns:
        The number with its unit, one of `B`, `kB`, `MB`, `GB`, `TB` and `PB`, each 1,000 of
            the one before.

    Raises:
        TypeError: If `count` is not an int.
        ValueError: If `count` is negative.

    Source: the prefixes of the [International System of
    Units](https://www.bipm.org/en/measurement-units/si-prefixes).

    Examples:
        >>> from convdocs import human_bytes
        >>> human_bytes(14_400_000_000)
        '14.4 GB'

        The definition:

        >>> f"{14_400_000_000 / 1000**3:.3g} GB"
        '14.4 GB'
    """
    count = whole("count", count, least=0)
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    power = 0
    # 999.5 and more would round to four digits, so it goes up to the next prefix.
    while power < len(units) - 1 and count >= 999.5 * 1000**power:
        power += 1
    unit = 1000**power
    if count >= 100 * unit:  # no digit after the point, and too large for a float perhaps
        return f"{(count + unit // 2) // unit:,} {units[power]}"
    return f"{count / unit:.3g} {units[power]}"


def _flag(bias: bool) -> bool:
    if type(bias) is not bool:
        raise TypeError(f"bias is {bias!r}: give True or False")
    return bias
