r"""Cross-correlation and true convolution in one, two and three dimensions.

Cross-correlation slides the kernel over the image and sums the products; convolution does
the same with the kernel flipped. Deep learning's convolutional layers compute the first
and are named after the second.

The formulas below show stride 1, no padding and no dilation.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from math import isqrt, prod
from operator import iadd
from typing import Any

from convdocs.arrays import Array, Size, dims, fits, lengths, namespace, pad, per_axis, rank

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "corr1d",
    "corr2d",
    "corr2d_multi_in",
    "corr2d_multi_in_out",
    "corr3d",
    "output_shape",
]

# Numbers worked on at once, so few that they stay in the processor's cache.
IN_CACHE = 2**19


def output_shape(
    image: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> tuple[int, ...]:
    r"""How many places there are for the kernel along each axis.

    $$o = \left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1$$

    Args:
        image: Length $n$ of each spatial axis, such as `(6, 8)`.
        kernel: Length $k$ of each axis of the kernel, as many as the image has.
        stride: Step $s$ between two windows, in pixels; an int or one for each axis.
        padding: Zeros $p$ added at both ends; an int or one for each axis.
        dilation: Distance $d$ between two neighbouring weights of the kernel, in pixels;
            an int or one for each axis.

    Returns:
        The length $o$ of each axis of the output.

    Raises:
        TypeError: If a length, a stride, a padding or a dilation is not an int.
        ValueError: If the shapes differ in rank, a number is too small, or the kernel does
            not fit inside the padded image.

    Source: V. Dumoulin and F. Visin, [A guide to convolution arithmetic for deep
    learning](https://arxiv.org/abs/1603.07285), 2016, relationship 15.

    Examples:
        >>> from convdocs import output_shape
        >>> output_shape((6, 8), (1, 2))
        (6, 7)
        >>> output_shape((224, 224), (7, 7), stride=2, padding=3)
        (112, 112)
    """
    for name, shape in (("image", image), ("kernel", kernel)):
        if not isinstance(shape, (tuple, list)):
            raise TypeError(f"{name} is {shape!r}: give the length of each axis, such as (6, 8)")
    n = len(image)
    if n == 0:
        raise ValueError("image is (): give the length of at least one axis")
    if len(kernel) != n:
        raise ValueError(f"kernel has {len(kernel)} axes but the image has {n}")
    n_k = lengths("kernel", kernel, n)
    n_x = lengths("image", image, n)
    s = per_axis("stride", stride, n, least=1)
    p = per_axis("padding", padding, n, least=0)
    d = per_axis("dilation", dilation, n, least=1)
    padded = tuple(x + 2 * q for x, q in zip(n_x, p, strict=True))
    span = tuple(e * (k - 1) + 1 for e, k in zip(d, n_k, strict=True))
    if any(a > b for a, b in zip(span, padded, strict=True)):
        raise ValueError(
            f"kernel is {dims(n_k)}{f' and spans {dims(span)}' if span != n_k else ''} but "
            f"the {'padded ' if any(p) else ''}image is {dims(padded)}: a kernel must fit "
            "inside the image"
        )
    return tuple((b - a) // t + 1 for a, b, t in zip(span, padded, s, strict=True))


def _correlate[A: Array](
    image: A, kernel: A, n: int, stride: Size, padding: Size, dilation: Size, flip: bool = False
) -> A:
    X: Any = image
    K: Any = kernel
    xp = namespace(X=X, K=K)
    axes = ("length", "height and width", "depth, height and width")[n - 1]
    rank("X", X, n, axes, batch=True)
    rank("K", K, n, axes)
    K = xp.flip(K) if flip else K
    X = X[..., None, *[slice(None)] * n]  # of one channel
    maps = _feature_maps(xp, X, K[None, None, ...], stride, padding, dilation)
    Y: A = maps[..., 0, *[slice(None)] * n]
    return Y


def _feature_maps(xp: Any, X: Any, K: Any, stride: Size, padding: Size, dilation: Size) -> Any:
    """Images `(..., c_i, h, w)` by kernels `(c_o, c_i, k_h, k_w)`; signals and volumes likewise.

    A signal is an image of one row. Each slice of a volume's output is an image's, and the
    slices that the kernel meets there are this image's channels.
    """
    n = K.ndim - 2
    size = K.shape[2:]
    out = output_shape(X.shape[-n:], size, stride=stride, padding=padding, dilation=dilation)
    s = per_axis("stride", stride, n, least=1)
    s = tuple(t if o > 1 else 1 for t, o in zip(s, out, strict=True))  # a lone window takes no step
    d = per_axis("dilation", dilation, n, least=1)
    p = per_axis("padding", padding, n, least=0)
    fits((*X.shape[:-n], *(x + 2 * q for x, q in zip(X.shape[-n:], p, strict=True))), padding=p)
    X = pad(xp, X, p)
    if n == 1:
        return _maps(xp, X[..., None, :], K[..., None, :], (1, *out), (1, *s), (1, *d))[..., 0, :]
    if n == 2:
        return _maps(xp, X, K, out, s, d)
    K = xp.reshape(K, (K.shape[0], -1, *size[1:]))

    def one_slice(X: Any) -> Any:
        met = X[..., :: d[0], :, :]
        image = xp.reshape(met, (*X.shape[:-4], -1, *X.shape[-2:]))
        return _maps(xp, image, K, out[1:], s[1:], d[1:])[..., None, :, :]

    return _tiled(xp, X, {X.ndim - 3: _cuts(out[0], 1, s[0], d[0] * (size[0] - 1) + 1)}, one_slice)


def _maps(
    xp: Any, X: Any, K: Any, out: tuple[int, ...], s: tuple[int, ...], d: tuple[int, ...]
) -> Any:
    """Images `(..., c_i, h, w)` by kernels `(c_o, c_i, k_h, k_w)`, with `out` windows along each axis.

    With `a` a weight's row and `b` its column, the sum over `c` and `b` is a matrix product, one
    for all `a` together; over `a`, each row of weights is moved to its place, and added.
    """
    batch = X.shape[:-3]
    c_o, c_i, k_h, k_w = K.shape
    span = (d[0] * (k_h - 1) + 1, d[1] * (k_w - 1) + 1)
    # Rows of weights that meet the same rows of pixels, and need no more of these than they use.
    together: dict[tuple[int, int], list[int]] = {}
    for a in range(k_h):
        together.setdefault((a * d[0] % s[0], a * d[0] // s[0] // out[0]), []).append(a)
    by_row = xp.permute_dims(K, (2, 0, 1, 3))
    groups = []
    for rows in together.values():
        apart = rows[1] - rows[0] if len(rows) > 1 else 1
        weights = xp.reshape(by_row[rows[0] : rows[-1] + 1 : apart, ...], (-1, c_i * k_w))
        moves = [(a - rows[0]) * d[0] // s[0] for a in rows]
        groups.append((d[0] * rows[0], moves, weights))

    def tile(X: Any) -> Any:
        """The outputs `(c_o, images, …)` of all windows in a piece `(c_i, images, …)`."""
        _, images, h, w = X.shape
        o_h, o_w = (h - span[0]) // s[0] + 1, (w - span[1]) // s[1] + 1
        # A slice ends at its last element: the array API leaves slices past the edge undefined.
        last = s[1] * (o_w - 1) + 1
        met = xp.stack([X[..., d[1] * b : d[1] * b + last : s[1]] for b in range(k_w)], axis=1)
        met = xp.reshape(met, (-1, images, h, o_w))
        maps = []
        for first, moves, weights in groups:
            rows = o_h + moves[-1]
            pixels = met[:, :, first : first + s[0] * (rows - 1) + 1 : s[0], :]
            products = weights @ xp.reshape(pixels, (c_i * k_w, -1))
            products = xp.reshape(products, (-1, images, rows, o_w))
            maps.append(_moved_sum(products, moves, c_o, o_h))
        return _sum(maps)

    # All that one tile needs stays in the cache; the rows that two tiles share are few.
    numbers = min(IN_CACHE, max(IN_CACHE // 8, prod(batch) * c_o * prod(out)))
    pixels = numbers // max(c_i * k_w, c_o * max(len(moves) for _, moves, _ in groups))
    height = s[0] * (out[0] - 1) + span[0]
    high = pixels // out[1]
    if high < 8 * span[0]:  # squares then share fewer
        high = max(3 * span[0], isqrt(pixels), high)
    strips = _cuts(out[0], (min(height, high) - span[0]) // s[0] + 1, s[0], span[0])
    columns = pixels // (strips[0][1] - strips[0][0])
    cuts = {2: strips, 3: _cuts(out[1], max(16, columns), s[1], span[1])}
    images = _cuts(prod(batch), pixels // (height * out[1]))
    parts = []
    for some in _pieces(xp.reshape(X, (-1, *X.shape[-3:])), 0, images):
        maps = _tiled(xp, xp.permute_dims(some, (1, 0, 2, 3)), cuts, tile)
        parts.append(xp.permute_dims(maps, (1, 0, 2, 3)))
    maps = parts[0] if prod(batch) == 1 else xp.concat(parts)  # which puts the numbers in order
    return xp.reshape(maps, (*batch, c_o, *out))


def _moved_sum(products: Any, moves: list[int], c_o: int, o_h: int) -> Any:
    """The sum over rows of weights, `c_o` products each, of which each starts further down.

    Halved until few are left: the gradient of a slice is as large as what it was cut from.
    """

    def part(i: int, j: int) -> Any:
        start, end = moves[i] - moves[0], moves[j - 1] - moves[0] + o_h
        return products[i * c_o : j * c_o, :, start:end, :]

    n = len(moves)
    if n <= 8:
        return _sum([part(i, i + 1) for i in range(n)])
    halves = (0, n // 2), (n // 2, n)
    return _sum([_moved_sum(part(i, j), moves[i:j], c_o, o_h) for i, j in halves])


def _sum(terms: list[Any]) -> Any:
    """Their sum; no third array is made on the way."""
    first, *others = terms
    return reduce(iadd, others[1:], first + others[0]) if others else first


def _cuts(n: int, most: int, step: int = 1, span: int = 1) -> list[tuple[int, int]]:
    """What to read for `n` outputs, about equally many at a time."""
    count = -(-n // max(1, most))
    size = -(-n // count)
    if size >= 16:  # processors take numbers by fours, or multiples of that
        size += -size % 4
    return [(step * i, step * (min(i + size, n) - 1) + span) for i in range(0, n, size)]


def _tiled(xp: Any, X: Any, cuts: dict[int, list[tuple[int, int]]], tile: Any) -> Any:
    """The tiles' results, put together along each axis."""
    if not cuts:
        return tile(X)
    (axis, places), *rest = cuts.items()
    parts = [_tiled(xp, piece, dict(rest), tile) for piece in _pieces(X, axis, places)]
    return parts[0] if len(parts) == 1 else xp.concat(parts, axis=axis)


def _pieces(X: Any, axis: int, places: list[tuple[int, int]]) -> Iterator[Any]:
    """Slices of slices, halved each time: a slice's gradient is as large as what it was cut from."""
    start, end = places[0][0], places[-1][1]
    X = X[*[slice(None)] * axis, start:end, ...]
    if len(places) == 1:
        yield X
        return
    middle = len(places) // 2
    for half in (places[:middle], places[middle:]):
        yield from _pieces(X, axis, [(a - start, b - start) for a, b in half])


def corr1d[A: Array](X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> A:
    r"""Cross-correlate a signal with a kernel.

    $$Y_i = \sum_a K_a X_{i + a}$$

    Args:
        X: Signal, `(..., n)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k,)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in samples.
        padding: Zeros added at both ends.
        dilation: Distance between two neighbouring weights, in samples.

    Returns:
        The responses, `(..., o)`, with `o` from [`output_shape`][convdocs.output_shape]; the
            dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, or the kernel does not fit.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html), in one dimension.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr1d
        >>> corr1d(np.array([0, 1, 2, 3, 4, 5, 6]), np.array([1, 2]))
        array([ 2,  5,  8, 11, 14, 17])
    """
    return _correlate(X, K, 1, stride, padding, dilation)


def corr2d[A: Array](X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> A:
    r"""Cross-correlate an image with a kernel.

    $$Y_{i,j} = \sum_{a,b} K_{a,b} X_{i + a,\, j + b}$$

    Args:
        X: Image, `(..., h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Rows and columns of zeros added at every side; an int or a pair.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.

    Returns:
        The responses, `(..., o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, or the kernel does not fit.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html).

    Examples:
        >>> import torch
        >>> from convdocs import corr2d
        >>> X = torch.arange(9.0).reshape(3, 3)
        >>> K = torch.arange(4.0).reshape(2, 2)
        >>> corr2d(X, K)
        tensor([[19., 25.],
                [37., 43.]])
    """
    return _correlate(X, K, 2, stride, padding, dilation)


def corr3d[A: Array](X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> A:
    r"""Cross-correlate a volume, or a video, with a kernel.

    $$Y_{i,j,k} = \sum_{a,b,c} K_{a,b,c} X_{i + a,\, j + b,\, k + c}$$

    Args:
        X: Volume, `(..., d, h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_d, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in voxels; an int or one for each axis.
        padding: Zeros added at both ends of every axis; an int or one for each axis.
        dilation: Distance between two neighbouring weights, in voxels; an int or one for
            each axis.

    Returns:
        The responses, `(..., o_d, o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, or the kernel does not fit.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html), in three dimensions.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr3d
        >>> corr3d(np.ones((4, 4, 4)), np.ones((2, 2, 2))).shape
        (3, 3, 3)
    """
    return _correlate(X, K, 3, stride, padding, dilation)


def conv1d[A: Array](X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> A:
    r"""Convolve a signal with a kernel: cross-correlate it with the kernel flipped.

    $$Y_i = \sum_a K_{k - 1 - a} X_{i + a}$$

    Args:
        X: Signal, `(..., n)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k,)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in samples.
        padding: Zeros added at both ends; `k - 1` gives the full convolution.
        dilation: Distance between two neighbouring weights, in samples.

    Returns:
        The responses, `(..., o)`, with `o` from [`output_shape`][convdocs.output_shape]; the
            dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, or the kernel does not fit.

    Source: I. Goodfellow, Y. Bengio and A. Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), 2016, equation 9.3.

    Examples:
        Multiplying polynomials is a full convolution of their coefficients,
        $(1 + 2x)(3 + 4x) = 3 + 10x + 8x^2$:

        >>> import numpy as np
        >>> from convdocs import conv1d
        >>> conv1d(np.array([1, 2]), np.array([3, 4]), padding=1)
        array([ 3, 10,  8])
    """
    return _correlate(X, K, 1, stride, padding, dilation, flip=True)


def conv2d[A: Array](X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> A:
    r"""Convolve an image with a kernel: cross-correlate it with the kernel flipped.

    $$Y_{i,j} = \sum_{a,b} K_{k_h - 1 - a,\, k_w - 1 - b} X_{i + a,\, j + b}$$

    This is the mathematicians' operation. `torch.nn.functional.conv2d`, for all its name,
    is [`corr2d`][convdocs.corr2d].

    Args:
        X: Image, `(..., h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Rows and columns of zeros added at every side; an int or a pair. Kernel
            size less one gives the full convolution.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.

    Returns:
        The responses, `(..., o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, or the kernel does not fit.

    Source: I. Goodfellow, Y. Bengio and A. Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), 2016, equations 9.4 to 9.6.

    Examples:
        >>> import torch
        >>> from convdocs import conv2d
        >>> X = torch.arange(9.0).reshape(3, 3)
        >>> K = torch.arange(4.0).reshape(2, 2)
        >>> conv2d(X, K)
        tensor([[ 5., 11.],
                [23., 29.]])
    """
    return _correlate(X, K, 2, stride, padding, dilation, flip=True)


def conv3d[A: Array](X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> A:
    r"""Convolve a volume, or a video, with a kernel: cross-correlate with the kernel flipped.

    $$Y_{i,j,k} = \sum_{a,b,c} K_{k_d - 1 - a,\, k_h - 1 - b,\, k_w - 1 - c}
    X_{i + a,\, j + b,\, k + c}$$

    Args:
        X: Volume, `(..., d, h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_d, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in voxels; an int or one for each axis.
        padding: Zeros added at both ends of every axis; an int or one for each axis.
        dilation: Distance between two neighbouring weights, in voxels; an int or one for
            each axis.

    Returns:
        The responses, `(..., o_d, o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, or the kernel does not fit.

    Source: I. Goodfellow, Y. Bengio and A. Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), 2016, equation 9.5, in three dimensions.

    Examples:
        >>> import numpy as np
        >>> from convdocs import conv3d
        >>> X = np.zeros((3, 3, 3), dtype=int)
        >>> X[1, 1, 1] = 1
        >>> K = np.arange(8).reshape(2, 2, 2)
        >>> bool((conv3d(X, K) == K).all())
        True
    """
    return _correlate(X, K, 3, stride, padding, dilation, flip=True)


def corr2d_multi_in[A: Array](
    X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1
) -> A:
    r"""Cross-correlate each channel with its own slice of the kernel, and add the results.

    $$Y_{i,j} = \sum_{c,a,b} K_{c,a,b} X_{c,\, i + a,\, j + b}$$

    Args:
        X: Image of `c` channels, `(..., c, h, w)`; leading axes are a batch. Floating, int32
            or int64.
        K: Kernel, `(c, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Rows and columns of zeros added at every side; an int or a pair.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.

    Returns:
        One feature map, `(..., o_h, o_w)`; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, the channels differ in number, or
            the kernel does not fit.

    Source: [*Dive into Deep Learning*, section 7.4](https://d2l.ai/chapter_convolutional-neural-networks/channels.html).

    Examples:
        >>> import torch
        >>> from convdocs import corr2d_multi_in
        >>> X = torch.arange(27.0).reshape(3, 3, 3)
        >>> K = torch.arange(12.0).reshape(3, 2, 2)
        >>> corr2d_multi_in(X, K)
        tensor([[1035., 1101.],
                [1233., 1299.]])
    """
    xp = namespace(X=X, K=K)
    rank("X", X, 3, "channels, height and width", batch=True)
    rank("K", K, 3, "channels, height and width")
    _same_channels(X, K.shape[0])
    one_kernel: Any = K
    maps = _feature_maps(xp, X, one_kernel[None, ...], stride, padding, dilation)
    Y: A = maps[..., 0, :, :]
    return Y


def corr2d_multi_in_out[A: Array](
    X: A, K: A, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1
) -> A:
    r"""Cross-correlate an image with several kernels, one for each output channel.

    $$Y_{o,i,j} = \sum_{c,a,b} K_{o,c,a,b} X_{c,\, i + a,\, j + b}$$

    Args:
        X: Image, `(..., c_i, h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernels, `(c_o, c_i, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Rows and columns of zeros added at every side; an int or a pair.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.

    Returns:
        The feature maps, `(..., c_o, o_h, o_w)`; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, the channels differ in number, or
            the kernel does not fit.

    Source: [*Dive into Deep Learning*, section 7.4](https://d2l.ai/chapter_convolutional-neural-networks/channels.html).

    Examples:
        >>> import torch
        >>> from convdocs import corr2d_multi_in_out
        >>> X = torch.arange(27.0).reshape(3, 3, 3)
        >>> K = torch.arange(12.0).reshape(3, 2, 2)
        >>> corr2d_multi_in_out(X, torch.stack([K, K + 1])).shape
        torch.Size([2, 2, 2])
    """
    xp = namespace(X=X, K=K)
    rank("X", X, 3, "channels, height and width", batch=True)
    rank("K", K, 4, "output channels, input channels, height and width")
    _same_channels(X, K.shape[1])
    maps: A = _feature_maps(xp, X, K, stride, padding, dilation)
    return maps


def _same_channels(X: Any, channels: int) -> None:
    if X.shape[-3] != channels:
        raise ValueError(
            f"K has {channels} channels but X has {X.shape[-3]}: the kernel needs one slice "
            "for each channel of the image"
        )
