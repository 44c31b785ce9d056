r"""Windows that slide without a kernel, and what a stack of windows sees."""

from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import product as every
from typing import NamedTuple, SupportsIndex

from convdocs.arrays import (
    AXES,
    AnyArray,
    Size,
    moves,
    per_axis,
    prepared,
    rank,
    total,
    whole,
    wide,
)

__all__ = ["ReceptiveField", "pool2d", "receptive_field"]


def pool2d(X: AnyArray, pool_size: Size, mode: str = "max", *, stride: Size = 1) -> AnyArray:
    r"""Slide a window and take its largest number, or its mean.

    $$\begin{aligned}
    Y_{i,j} &= \max_{a,b} X_{i + a,\, j + b} \quad \text{or} \\
    Y_{i,j} &= \operatorname{mean}_{a,b} X_{i + a,\, j + b}
    \end{aligned}$$

    Args:
        X: Images, `(..., h, w)`; all leading axes are a batch, channels too. Floating, and for
            the maximum int32 or int64.
        pool_size: Height and width of the window; an int for a square.
        mode: `"max"` or `"mean"`.
        stride: Step between two windows, in pixels; an int or a pair. Networks often take the
            size of the window, so that no pixel is seen twice; *Dive into Deep Learning* starts
            with 1, and so does this function.

    Returns:
        The pooled images, `(..., o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If `X` is no array of such a dtype, or a number is not an int.
        ValueError: If the rank is wrong, `X` is empty, the window does not fit, a number is
            too small, or `mode` is another.

    Source: [*Dive into Deep Learning*, section 7.5](https://d2l.ai/chapter_convolutional-neural-networks/pooling.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import pool2d
        >>> X = np.arange(9.0).reshape(3, 3)
        >>> pool2d(X, 2)
        array([[4., 5.],
               [7., 8.]])

        The definition:

        >>> largest = [X[i : i + 2, j : j + 2].max() for i, j in np.ndindex(2, 2)]
        >>> np.array(largest).reshape(2, 2)
        array([[4., 5.],
               [7., 8.]])

        >>> pool2d(X, 2, "mean")
        array([[2., 3.],
               [5., 6.]])
    """
    xp, X = prepared(X=X)
    rank("X", X, 2, AXES[2], batch=True)
    if mode not in ("max", "mean"):
        raise ValueError(f"mode is {mode!r}: give 'max' or 'mean'")
    if mode == "mean" and xp.isdtype(X.dtype, "integral"):
        raise TypeError(f"X is {X.dtype}: give a floating dtype, for a mean is taken")
    size = per_axis("pool_size", pool_size, 2, least=1)
    s, _, _, o = moves(X.shape[-2:], size, stride, 0, 1, "pool_size")
    last = [t * (n - 1) + 1 for t, n in zip(s, o, strict=True)]
    numbers = wide(xp, X)
    shifts = (
        numbers[..., a : a + last[0] : s[0], b : b + last[1] : s[1]]
        for a, b in every(range(size[0]), range(size[1]))
    )
    Y = total(shifts) / (size[0] * size[1]) if mode == "mean" else reduce(xp.maximum, shifts)
    return xp.astype(Y, X.dtype)


class ReceptiveField(NamedTuple):
    """What [`receptive_field`][convdocs.receptive_field] returns, along one axis.

    Attributes:
        size: Number of pixels from the first to the last that a unit depends on.
        step: Pixels by which that window moves from one unit to the next.
        start: Index of the first pixel that unit 0 depends on; below 0 it lies in the padding.

    Examples:
        >>> from convdocs import ReceptiveField
        >>> field = ReceptiveField(size=3, step=2, start=-1)
        >>> [field.start + i * field.step for i in range(3)]  # where windows begin
        [-1, 1, 3]
    """

    size: int
    step: int
    start: int


def receptive_field(layers: Iterable[Mapping[str, SupportsIndex]]) -> ReceptiveField:
    r"""The pixels that a unit in the last of several layers depends on, along one axis.

    $$\begin{aligned}
    \text{size} &= 1 + \sum_l d_l (k_l - 1) \prod_{m < l} s_m \\
    \text{step} &= \prod_l s_l \\
    \text{start} &= -\sum_l p_l \prod_{m < l} s_m
    \end{aligned}$$

    Args:
        layers: For each layer of windows, convolution or pooling, in the order in which they
            are applied: `{"kernel_size": k, "stride": s, "padding": p, "dilation": d}`. Stride
            and dilation are 1 and padding is 0 if left out; padding is what is added before the
            first pixel. Layers that act on each number alone, such as ReLU, change nothing.

    Returns:
        Unit `i` depends on no pixels but the `size` from `start + i * step` on, as far as they
        lie inside the image.

    Raises:
        TypeError: If a layer is no mapping, or a number is not an int.
        ValueError: If a layer lacks its `kernel_size` or has another key, or a number is too
            small.

    Source: A. Araujo, W. Norris and J. Sim, [Computing receptive fields of convolutional neural
    networks](https://distill.pub/2019/computing-receptive-fields/), 2019.

    Examples:
        >>> from convdocs import receptive_field
        >>> receptive_field([{"kernel_size": 3}] * 2)
        ReceptiveField(size=5, step=1, start=0)
        >>> pool = {"kernel_size": 2, "stride": 2}
        >>> layer = {"kernel_size": 3, "padding": 1}
        >>> receptive_field([layer, pool, layer])
        ReceptiveField(size=8, step=2, start=-3)

        The definition: a pixel counts if unit 0 of the last layer changes with it. In row `n`,
        pixel `n` is bright.

        >>> import numpy as np
        >>> from convdocs import corr1d
        >>> K = np.ones(3, dtype=int)
        >>> Y = corr1d(corr1d(np.eye(9, dtype=int), K), K)
        >>> np.nonzero(Y[:, 0])[0]
        array([0, 1, 2, 3, 4])
    """
    if not isinstance(layers, Iterable):
        raise TypeError(
            f"layers is {layers!r}: give a mapping for each, such as {{'kernel_size': 3}}"
        )
    size, step, start = 1, 1, 0
    for number, layer in enumerate(layers):
        where = f"layers[{number}]"
        if not isinstance(layer, Mapping):
            raise TypeError(f"{where} is {layer!r}: give a mapping such as {{'kernel_size': 3}}")
        if unknown := set(layer) - {"kernel_size", "stride", "padding", "dilation"}:
            raise ValueError(
                f"{where} has {', '.join(sorted(map(repr, unknown)))}: give kernel_size and, where "
                "they differ from 1, 0 and 1, stride, padding and dilation"
            )
        if "kernel_size" not in layer:
            raise ValueError(f"{where} has no kernel_size")
        k = whole(f"kernel_size of {where}", layer["kernel_size"], least=1)
        s = whole(f"stride of {where}", layer.get("stride", 1), least=1)
        p = whole(f"padding of {where}", layer.get("padding", 0), least=0)
        d = whole(f"dilation of {where}", layer.get("dilation", 1), least=1)
        size += d * (k - 1) * step
        start -= p * step
        step *= s
    return ReceptiveField(size, step, start)
