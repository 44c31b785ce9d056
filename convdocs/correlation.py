r"""Cross-correlation and true convolution in one, two and three dimensions.

Cross-correlation slides the kernel over the image and sums the products; convolution does
the same with the kernel flipped. Deep learning's convolutional layers compute the first
and are named after the second.

The formulas below show stride 1, no padding and no dilation.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
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

# Numbers worked on at once: all rows of weights pass over them while they are in the processor's cache.
IN_CACHE = 2**18


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
    """Images `(..., c_i, h, w)` by kernels `(c_o, c_i, k_h, k_w)`; as well with another `n` axes.

    With `a` a weight's row and `b` its column, the sum over `c` and `b` is a matrix product,
    of `K[:, :, a, :]` and the pixels that these weights meet; over `a`, we add.
    """
    batch, size = X.shape[: 1 - K.ndim], K.shape[2:]
    n = len(size)
    out = output_shape(X.shape[-n:], size, stride=stride, padding=padding, dilation=dilation)
    s = per_axis("stride", stride, n, least=1)
    s = tuple(t if o > 1 else 1 for t, o in zip(s, out, strict=True))  # a lone window takes no step
    d = per_axis("dilation", dilation, n, least=1)
    p = per_axis("padding", padding, n, least=0)
    fits((*X.shape[:-n], *(x + 2 * q for x, q in zip(X.shape[-n:], p, strict=True))), padding=p)
    X = pad(xp, X, p)
    weights_at = {
        a: xp.reshape(K[:, :, *a, :], (K.shape[0], -1)) for a in product(*map(range, size[:-1]))
    }

    def rows(first: int, last: int) -> Any:
        """The outputs of these rows."""
        part = (last - first, *out[1:])
        end = (last - 1) * s[0] + d[0] * (size[0] - 1) + 1
        seen = X[..., first * s[0] : end, *[slice(None)] * (n - 1)]
        met = xp.stack(
            [_met(seen, (b,), part[-1:], s[-1:], d[-1:]) for b in range(size[-1])], axis=-n - 1
        )
        met = xp.reshape(met, (*batch, -1, *met.shape[-n:]))

        def products() -> Iterator[Any]:
            for a, weights in weights_at.items():
                pixels = _met(met, (*a, 0), part, (*s[:-1], 1), d)
                yield weights @ xp.reshape(pixels, (*batch, -1, prod(part)))

        sums = _total(products())
        return xp.reshape(sums, (*batch, K.shape[0], *part))

    a_row = prod(batch) * K.shape[1] * size[-1] * prod(out[1:])
    step = max(size[0], IN_CACHE // a_row)
    parts = [rows(i, min(i + step, out[0])) for i in range(0, out[0], step)]
    return parts[0] if len(parts) == 1 else xp.concat(parts, axis=-n)


def _total(terms: Iterator[Any]) -> Any:
    """Their sum, in the first one's place."""
    total = next(terms)
    for term in terms:
        total += term
        del term  # the next one takes its place
    return total


def _met(
    X: Any, a: tuple[int, ...], out: tuple[int, ...], s: tuple[int, ...], d: tuple[int, ...]
) -> Any:
    """The pixels that the weight at offset `a` meets, one for each output."""
    starts = [e * i for e, i in zip(d, a, strict=True)]
    # A slice ends at its last pixel: the array API leaves slices past the edge undefined.
    return X[
        ..., *(slice(f, f + t * (o - 1) + 1, t) for f, t, o in zip(starts, s, out, strict=True))
    ]


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
