r"""Cross-correlation and true convolution in one, two and three dimensions.

Cross-correlation slides the kernel over the image and sums the products; convolution does
the same with the kernel flipped. Deep learning's convolutional layers compute the first
and are named after the second.

The formulas below show stride 1, no padding and no dilation.
"""

from collections.abc import Sequence
from itertools import product as every
from math import prod
from typing import Any, SupportsIndex

import array_api_compat

from convdocs.arrays import (
    AXES,
    AnyArray,
    Padding,
    Size,
    both_ends,
    dims,
    fits,
    lengths,
    moves,
    pad,
    per_axis,
    prepared,
    product,
    rank,
    same_channels,
    spans,
    total,
    traced,
    unstack,
    whole,
    wide,
)

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "corr1d",
    "corr1d_multi_in_out",
    "corr2d",
    "corr2d_multi_in",
    "corr2d_multi_in_out",
    "corr2d_transposed",
    "corr3d",
    "corr3d_multi_in_out",
    "output_shape",
]


def output_shape(
    image: Sequence[SupportsIndex],
    kernel: Sequence[SupportsIndex],
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> tuple[int, ...]:
    r"""How many places there are for the kernel along each axis.

    $$o = \left\lfloor \frac{n + p + p' - d(k - 1) - 1}{s} \right\rfloor + 1$$

    Args:
        image: Length $n$ of each spatial axis, such as `(6, 8)`.
        kernel: Length $k$ of each axis of the kernel, as many as the image has.
        stride: Step $s$ between two windows, in pixels; an int or one for each axis.
        padding: Pixels $p$ added before and $p'$ added after the image; an int for all ends,
            or for each axis an int or a pair. `"same"` adds what makes $o = n$.
        dilation: Distance $d$ between two neighbouring weights of the kernel, in pixels;
            an int or one for each axis.

    Returns:
        The length $o$ of each axis of the output.

    Raises:
        TypeError: If a length, a stride, a padding or a dilation is not an int.
        ValueError: If the shapes differ in rank, a number is too small, the kernel does
            not fit inside the padded image, or `"same"` is asked for with an even window or
            with a stride.

    Source: V. Dumoulin and F. Visin, [A guide to convolution arithmetic for deep
    learning](https://arxiv.org/abs/1603.07285), 2016, relationship 15.

    Examples:
        >>> from convdocs import output_shape
        >>> output_shape((6, 8), (1, 2))
        (6, 7)
        >>> output_shape((224, 224), (7, 7), stride=2, padding=3)
        (112, 112)

        The definition: count the windows that end inside the padded image.

        >>> n, k, s, p, d = 10, 3, 2, 1, 2
        >>> len([i for i in range(0, n + 2 * p, s) if i + d * (k - 1) < n + 2 * p])
        4
        >>> output_shape((n,), (k,), stride=s, padding=p, dilation=d)
        (4,)
    """
    for name, shape in (("image", image), ("kernel", kernel)):
        if not isinstance(shape, tuple | list):
            raise TypeError(f"{name} is {shape!r}: give the length of each axis, such as (6, 8)")
    if len(image) == 0:
        raise ValueError("image is (): give the length of at least one axis")
    if len(kernel) != len(image):
        raise ValueError(f"kernel has {len(kernel)} axes but the image has {len(image)}")
    n_k = lengths("kernel", kernel, len(image))
    n_x = lengths("image", image, len(image))
    return moves(n_x, n_k, stride, padding, dilation)[-1]


def _feature_maps(
    xp: Any,
    X: Any,
    K: Any,
    stride: Size,
    padding: Padding,
    dilation: Size,
    padding_mode: str,
    groups: int = 1,
) -> Any:
    """Correlate images `(..., c_i, h, w)` with kernels `(c_o, c_i / groups, k_h, k_w)`.

    Signals and volumes go the same way. All that changes here is the images' padding and the
    order of the axes; the computation itself is in `_by_rows`, and `_in_pieces` cuts large
    images.
    """
    n = len(K.shape) - 2
    s, p, d, out = moves(X.shape[-n:], K.shape[-n:], stride, padding, dilation)
    fits([x + sum(ends) for x, ends in zip(X.shape[-n:], p, strict=True)], padding=padding)
    X = pad(xp, X, p, padding_mode)
    if array_api_compat.is_dask_array(X):
        from convdocs._chunks import by_chunks

        return by_chunks(_feature_maps, X, K, s, d, out, groups)
    images = xp.reshape(X, (-1, groups, K.shape[1], *X.shape[-n:]))
    kernels = xp.reshape(K, (groups, -1, *K.shape[1:]))
    kernels = xp.permute_dims(kernels, (0, *range(3, 2 + n), 1, 2, 2 + n))  # a row's weights last
    Y = _in_pieces(_by_rows, xp, images, kernels, s, d, out)
    return xp.reshape(Y, (*X.shape[: -n - 1], K.shape[0], *out))


def _by_rows(xp: Any, X: Any, K: Any, s: Any, d: Any, out: Any) -> Any:
    r"""Lay every row of weights along every row of pixels, then add up the rows.

    $$P_{a,o,i,j} = \sum_{c,b} K_{o,c,a,b} X_{c,\,i,\,j + b}$$

    $$Y_{o,i,j} = \sum_a P_{a,\,o,\,i + a,\,j}$$

    The first sum runs over channels and columns, so it is one product of matrices: the kernels,
    with a row of the matrix for each output channel and each row of weights, all input channels
    side by side, times the image shifted by 0, 1, 2, … columns. The second sum moves the
    results of each row of weights to their place and adds them up. A row is the weights that
    differ in the last index alone: a signal's kernel has one, an image's `k_h`, a volume's
    `k_d * k_h`. `X` is `(images, groups, c_i, …, w)` and `K` is `(groups, …, c_o, c_i, k_w)`.
    """
    images, groups, c_i, *lead, _ = X.shape
    _, *k, c_o, _, k_w = K.shape
    *o, o_w = out
    last = s[-1] * (o_w - 1) + 1
    shifts = [X[..., d[-1] * b : d[-1] * b + last : s[-1]] for b in range(k_w)]
    shifted = xp.stack(shifts, axis=3)
    rows = xp.reshape(K, (groups, prod(k), c_o, c_i * k_w))
    moved = [
        [slice(e * a, e * a + t * (n - 1) + 1, t) for a in range(m)]
        for e, t, n, m in zip(d, s, o, k, strict=False)
    ]
    places = every(*moved)  # for each row of weights, the rows of pixels that it meets
    if c_o > 1 and any(t > 1 for t in s[:-1]):  # each meets few: one product a row of weights
        size = (images, groups, c_i * k_w, prod(out))
        met = (xp.reshape(shifted[(..., *place, slice(None))], size) for place in places)
        Y = total(product(xp, rows[:, a, ...], pixels) for a, pixels in enumerate(met))
        Y = xp.reshape(Y, (images, groups, c_o, *out))
    else:
        shifted = xp.reshape(shifted, (images, groups, c_i * k_w, prod(lead) * o_w))
        P = product(xp, xp.reshape(rows, (groups, prod(k) * c_o, c_i * k_w)), shifted)
        P = unstack(xp, xp.reshape(P, (images, groups, prod(k), c_o, *lead, o_w)), axis=2)
        Y = total(P_a[(..., *place, slice(None))] for P_a, place in zip(P, places, strict=True))
    return xp.astype(Y, X.dtype, copy=False)


# Numbers worked on at once: few enough that the processor finds most of them in its cache.
AT_ONCE = 2**21


def _in_pieces(
    compute: Any, xp: Any, X: Any, K: Any, s: Any, d: Any, out: Any, room: int = 0
) -> Any:
    """Halve the work again and again, until a piece needs few numbers.

    A half of the outputs along an axis needs half of the image, and the pixels beyond it that
    its last windows reach into. The halves' outputs are put together again.
    """
    images, groups, c_i, *size = X.shape
    _, *k, c_o, _, k_w = K.shape
    needed = images * groups * (c_i * k_w + c_o * prod(k)) * prod(size)
    # As many as twice the output, or what makes a product of matrices worth its call.
    room = room or min(AT_ONCE, max(AT_ONCE // 8 * c_o, 2 * images * groups * c_o * prod(out)))
    if traced(X) or needed <= room:  # a compiler makes its own pieces
        return compute(xp, X, K, s, d, out)
    windows, steps = (images, *out), (1, *s)
    span = (1, *spans((*k, k_w), d))
    axis = max(range(len(windows)), key=lambda i: windows[i] / span[i])
    if windows[axis] < 2 * span[axis]:  # the halves would mostly read the same pixels
        return compute(xp, X, K, s, d, out)
    place = axis + 2 if axis else 0  # behind groups and channels
    half = windows[axis] // 2
    parts = []
    for start, stop in (0, half), (half, windows[axis]):
        pixels = slice(steps[axis] * start, steps[axis] * (stop - 1) + span[axis])
        piece = X[(*[slice(None)] * place, pixels, ...)]
        fewer = (*windows[:axis], stop - start, *windows[axis + 1 :])
        parts.append(_in_pieces(compute, xp, piece, K, s, d, fewer[1:], room))
    return xp.concat(parts, axis=place)


def corr1d(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
) -> AnyArray:
    r"""Cross-correlate a signal with a kernel.

    $$Y_i = \sum_a K_a X_{i + a}$$

    Args:
        X: Signal, `(..., n)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k,)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in samples.
        padding: Samples added at both ends; an int, `((before, after),)`, or `"same"`, which keeps
            the length.
        dilation: Distance between two neighbouring weights, in samples.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.

    Returns:
        The responses, `(..., o)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the kernel does not fit, or a
            number, padding or mode is invalid.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html), in one dimension.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr1d
        >>> X, K = np.arange(7), np.array([1, 2])
        >>> corr1d(X, K)
        array([ 2,  5,  8, 11, 14, 17])

        The definition, one weight at a time:

        >>> o = len(X) - len(K) + 1
        >>> sum(K[a] * X[a : a + o] for a in range(len(K)))
        array([ 2,  5,  8, 11, 14, 17])
    """
    xp, X, K = prepared(X=X, K=K)
    rank("X", X, 1, AXES[1], batch=True)
    rank("K", K, 1, AXES[1])
    maps = _feature_maps(
        xp, X[..., None, :], K[None, None, ...], stride, padding, dilation, padding_mode
    )
    return maps[..., 0, :]


def corr2d(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
) -> AnyArray:
    r"""Cross-correlate an image with a kernel.

    $$Y_{i,j} = \sum_{a,b} K_{a,b} X_{i + a,\, j + b}$$

    A colour image with its channels last, `(h, w, 3)`, would be read as a batch of `h` images:
    move the channels to the front.

    Args:
        X: Image, `(..., h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Pixels added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.

    Returns:
        The responses, `(..., o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the kernel does not fit, or a
            number, padding or mode is invalid.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr2d
        >>> X, K = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
        >>> corr2d(X, K)
        array([[19, 25],
               [37, 43]])

        The definition, one weight at a time:

        >>> o = 3 - 2 + 1
        >>> sum(K[a, b] * X[a : a + o, b : b + o] for a in range(2) for b in range(2))
        array([[19, 25],
               [37, 43]])
    """
    xp, X, K = prepared(X=X, K=K)
    rank("X", X, 2, AXES[2], batch=True)
    rank("K", K, 2, AXES[2])
    maps = _feature_maps(
        xp, X[..., None, :, :], K[None, None, ...], stride, padding, dilation, padding_mode
    )
    return maps[..., 0, :, :]


def corr3d(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
) -> AnyArray:
    r"""Cross-correlate a volume, or a video, with a kernel.

    $$Y_{i,j,k} = \sum_{a,b,c} K_{a,b,c} X_{i + a,\, j + b,\, k + c}$$

    Args:
        X: Volume, `(..., d, h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_d, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in voxels; an int or one for each axis.
        padding: Voxels added around the volume; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in voxels; an int or one for
            each axis.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.

    Returns:
        The responses, `(..., o_d, o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the kernel does not fit, or a
            number, padding or mode is invalid.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html), in three dimensions.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr3d
        >>> X, K = np.arange(27).reshape(3, 3, 3), np.arange(8).reshape(2, 2, 2)
        >>> Y = corr3d(X, K)
        >>> Y.shape
        (2, 2, 2)

        The definition, one weight at a time:

        >>> by_weight = np.zeros((2, 2, 2))
        >>> for a, b, c in np.ndindex(K.shape):
        ...     by_weight += K[a, b, c] * X[a : a + 2, b : b + 2, c : c + 2]
        >>> bool((Y == by_weight).all())
        True
    """
    xp, X, K = prepared(X=X, K=K)
    rank("X", X, 3, AXES[3], batch=True)
    rank("K", K, 3, AXES[3])
    maps = _feature_maps(
        xp, X[..., None, :, :, :], K[None, None, ...], stride, padding, dilation, padding_mode
    )
    return maps[..., 0, :, :, :]


def conv1d(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
) -> AnyArray:
    r"""Convolve a signal with a kernel: cross-correlate it with the kernel flipped.

    $$Y_i = \sum_a K_{k - 1 - a} X_{i + a}$$

    With `padding=k - 1` it is the full convolution, in which every sample meets every weight.

    Args:
        X: Signal, `(..., n)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k,)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in samples.
        padding: Samples added at both ends; an int, `((before, after),)`, or `"same"`, which keeps
            the length.
        dilation: Distance between two neighbouring weights, in samples.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.

    Returns:
        The responses, `(..., o)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the kernel does not fit, or a
            number, padding or mode is invalid.

    Source: I. Goodfellow, Y. Bengio and A. Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), 2016, equation 9.3.

    Examples:
        Multiplying polynomials is a full convolution of their coefficients,
        $(1 + 2x)(3 + 4x) = 3 + 10x + 8x^2$:

        >>> import numpy as np
        >>> from convdocs import conv1d, corr1d
        >>> X, K = np.array([1, 2]), np.array([3, 4])
        >>> conv1d(X, K, padding=1)
        array([ 3, 10,  8])

        The definition:

        >>> corr1d(X, np.flip(K), padding=1)
        array([ 3, 10,  8])
    """
    xp, X, K = prepared(X=X, K=K)
    return corr1d(
        X, xp.flip(K), stride=stride, padding=padding, dilation=dilation, padding_mode=padding_mode
    )


def conv2d(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
) -> AnyArray:
    r"""Convolve an image with a kernel: cross-correlate it with the kernel flipped.

    $$Y_{i,j} = \sum_{a,b} K_{k_h - 1 - a,\, k_w - 1 - b} X_{i + a,\, j + b}$$

    This is the mathematicians' operation. `torch.nn.functional.conv2d`, for all its name,
    is [`corr2d`][convdocs.corr2d]. A padding of the kernel's size less one gives the full
    convolution.

    Args:
        X: Image, `(..., h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Pixels added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.

    Returns:
        The responses, `(..., o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the kernel does not fit, or a
            number, padding or mode is invalid.

    Source: I. Goodfellow, Y. Bengio and A. Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), 2016, equations 9.4 to 9.6.

    Examples:
        >>> import numpy as np
        >>> from convdocs import conv2d, corr2d
        >>> X, K = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
        >>> conv2d(X, K)
        array([[ 5, 11],
               [23, 29]])

        The definition, a kernel turned by 180 degrees:

        >>> corr2d(X, np.flip(K))
        array([[ 5, 11],
               [23, 29]])
    """
    xp, X, K = prepared(X=X, K=K)
    return corr2d(
        X, xp.flip(K), stride=stride, padding=padding, dilation=dilation, padding_mode=padding_mode
    )


def conv3d(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
) -> AnyArray:
    r"""Convolve a volume, or a video, with a kernel: cross-correlate with the kernel flipped.

    $$Y_{i,j,k} = \sum_{a,b,c} K_{k_d - 1 - a,\, k_h - 1 - b,\, k_w - 1 - c}
    X_{i + a,\, j + b,\, k + c}$$

    Args:
        X: Volume, `(..., d, h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_d, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in voxels; an int or one for each axis.
        padding: Voxels added around the volume; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in voxels; an int or one for
            each axis.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.

    Returns:
        The responses, `(..., o_d, o_h, o_w)`, with the size from
            [`output_shape`][convdocs.output_shape]; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the kernel does not fit, or a
            number, padding or mode is invalid.

    Source: I. Goodfellow, Y. Bengio and A. Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), 2016, equation 9.5, in three dimensions.

    Examples:
        The full convolution of a single bright voxel with a kernel is the kernel:

        >>> import numpy as np
        >>> from convdocs import conv3d, corr3d
        >>> X, K = np.ones((1, 1, 1), dtype=int), np.arange(8).reshape(2, 2, 2)
        >>> bool((conv3d(X, K, padding=1) == K).all())
        True

        The definition:

        >>> bool((conv3d(X, K, padding=1) == corr3d(X, np.flip(K), padding=1)).all())
        True
    """
    xp, X, K = prepared(X=X, K=K)
    return corr3d(
        X, xp.flip(K), stride=stride, padding=padding, dilation=dilation, padding_mode=padding_mode
    )


def corr2d_multi_in(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
) -> AnyArray:
    r"""Cross-correlate each channel with its own slice of the kernel, and add the results.

    $$Y_{i,j} = \sum_{c,a,b} K_{c,a,b} X_{c,\, i + a,\, j + b}$$

    Args:
        X: Image of `c` channels, `(..., c, h, w)`; leading axes are a batch. Floating, int32
            or int64.
        K: Kernel, `(c, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Pixels added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.

    Returns:
        One feature map, `(..., o_h, o_w)`; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the channels differ in number, the
            kernel does not fit, or a number, padding or mode is invalid.

    Source: [*Dive into Deep Learning*, section 7.4](https://d2l.ai/chapter_convolutional-neural-networks/channels.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr2d, corr2d_multi_in
        >>> X, K = np.arange(27).reshape(3, 3, 3), np.arange(12).reshape(3, 2, 2)
        >>> corr2d_multi_in(X, K)
        array([[1035, 1101],
               [1233, 1299]])

        The definition:

        >>> sum(corr2d(X[c], K[c]) for c in range(3))
        array([[1035, 1101],
               [1233, 1299]])
    """
    xp, X, K = prepared(X=X, K=K)
    rank("X", X, 3, f"channels, {AXES[2]}", batch=True)
    rank("K", K, 3, f"channels, {AXES[2]}")
    same_channels(X, K.shape[0], 2)
    maps = _feature_maps(xp, X, K[None, ...], stride, padding, dilation, padding_mode)
    return maps[..., 0, :, :]


def corr2d_multi_in_out(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
    groups: SupportsIndex = 1,
) -> AnyArray:
    r"""Cross-correlate an image with several kernels, one for each output channel.

    $$Y_{o,i,j} = \sum_{c,a,b} K_{o,c,a,b} X_{c,\, i + a,\, j + b}$$

    Args:
        X: Image, `(..., c_i,  h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernels, `(c_o, c_i / groups, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Pixels added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.
        groups: Number of equal groups into which both kinds of channels are split; each output
            channel sees the input channels of its own group only. As many groups as input
            channels make it depthwise.

    Returns:
        The feature maps, `(..., c_o, o_h, o_w)`; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the channels differ in number or
            can't be split, the kernel does not fit, or a number, padding or mode is
            invalid.

    Source: [*Dive into Deep Learning*, section 7.4](https://d2l.ai/chapter_convolutional-neural-networks/channels.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr2d_multi_in, corr2d_multi_in_out
        >>> X, K = np.arange(27).reshape(3, 3, 3), np.arange(24).reshape(2, 3, 2, 2)
        >>> Y = corr2d_multi_in_out(X, K)
        >>> Y.shape
        (2, 2, 2)

        The definition:

        >>> bool((Y == np.stack([corr2d_multi_in(X, kernel) for kernel in K])).all())
        True

        Depthwise, a kernel for each channel:

        >>> corr2d_multi_in_out(X, np.ones((3, 1, 3, 3), dtype=int), groups=3).ravel()
        array([ 36, 117, 198])
    """
    xp, X, K = prepared(X=X, K=K)
    rank("X", X, 3, f"channels, {AXES[2]}", batch=True)
    rank("K", K, 4, f"output channels, input channels, {AXES[2]}")
    groups = whole("groups", groups, least=1)
    same_channels(X, K.shape[1], 2, groups, K.shape[0])
    return _feature_maps(xp, X, K, stride, padding, dilation, padding_mode, groups)


def corr1d_multi_in_out(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
    groups: SupportsIndex = 1,
) -> AnyArray:
    r"""Cross-correlate a signal of several channels with several kernels.

    $$Y_{o,i} = \sum_{c,a} K_{o,c,a} X_{c,\, i + a}$$

    Args:
        X: Signal, `(..., c_i,  n)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernels, `(c_o, c_i / groups, k)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in samples.
        padding: Samples added at both ends; an int, `((before, after),)`, or `"same"`, which keeps
            the length.
        dilation: Distance between two neighbouring weights, in samples.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.
        groups: Number of equal groups into which both kinds of channels are split; each output
            channel sees the input channels of its own group only. As many groups as input
            channels make it depthwise.

    Returns:
        The feature maps, `(..., c_o, o)`; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the channels differ in number or
            can't be split, the kernel does not fit, or a number, padding or mode is
            invalid.

    Source: [*Dive into Deep Learning*, section 7.4](https://d2l.ai/chapter_convolutional-neural-networks/channels.html), in one dimension.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr1d, corr1d_multi_in_out
        >>> X, K = np.arange(8).reshape(2, 4), np.arange(12).reshape(3, 2, 2)
        >>> Y = corr1d_multi_in_out(X, K)
        >>> Y.shape
        (3, 3)

        The definition:

        >>> maps = [sum(corr1d(X[c], kernel[c]) for c in range(2)) for kernel in K]
        >>> bool((Y == maps).all())
        True
    """
    xp, X, K = prepared(X=X, K=K)
    rank("X", X, 2, f"channels, {AXES[1]}", batch=True)
    rank("K", K, 3, f"output channels, input channels, {AXES[1]}")
    groups = whole("groups", groups, least=1)
    same_channels(X, K.shape[1], 1, groups, K.shape[0])
    return _feature_maps(xp, X, K, stride, padding, dilation, padding_mode, groups)


def corr3d_multi_in_out(
    X: AnyArray,
    K: AnyArray,
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
    padding_mode: str = "zeros",
    groups: SupportsIndex = 1,
) -> AnyArray:
    r"""Cross-correlate a volume of several channels with several kernels.

    $$Y_{o,i,j,k} = \sum_{e,a,b,c} K_{o,e,a,b,c} X_{e,\, i + a,\, j + b,\, k + c}$$

    Args:
        X: Volume, `(..., c_i,  d, h, w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernels, `(c_o, c_i / groups, k_d, k_h, k_w)`, of the same kind and dtype as `X`.
        stride: Step between two windows, in voxels; an int or one for each axis.
        padding: Voxels added around the volume; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in voxels; an int or one for
            each axis.
        padding_mode: What is added: `"zeros"`, or the image's own pixels: `"circular"` from its
            other end, `"reflect"` mirrored at the outermost one, `"replicate"` the outermost
            one again.
        groups: Number of equal groups into which both kinds of channels are split; each output
            channel sees the input channels of its own group only. As many groups as input
            channels make it depthwise.

    Returns:
        The feature maps, `(..., c_o, o_d, o_h, o_w)`; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, the channels differ in number or
            can't be split, the kernel does not fit, or a number, padding or mode is
            invalid.

    Source: [*Dive into Deep Learning*, section 7.4](https://d2l.ai/chapter_convolutional-neural-networks/channels.html), in three dimensions.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr3d, corr3d_multi_in_out
        >>> X = np.arange(54).reshape(2, 3, 3, 3)
        >>> K = np.arange(32).reshape(2, 2, 2, 2, 2)
        >>> Y = corr3d_multi_in_out(X, K)
        >>> Y.shape
        (2, 2, 2, 2)

        The definition:

        >>> maps = [sum(corr3d(X[e], kernel[e]) for e in range(2)) for kernel in K]
        >>> bool((Y == maps).all())
        True
    """
    xp, X, K = prepared(X=X, K=K)
    rank("X", X, 4, f"channels, {AXES[3]}", batch=True)
    rank("K", K, 5, f"output channels, input channels, {AXES[3]}")
    groups = whole("groups", groups, least=1)
    same_channels(X, K.shape[1], 3, groups, K.shape[0])
    return _feature_maps(xp, X, K, stride, padding, dilation, padding_mode, groups)


def corr2d_transposed(
    Y: AnyArray,
    K: AnyArray,
    *,
    image: Sequence[SupportsIndex] | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> AnyArray:
    r"""Go back from outputs to pixels: the transpose of the matrix that `corr2d` multiplies by.

    $$X_{k,l} = \sum_{a,b} K_{a,b} Y_{k - a,\, l - b}, \quad \text{with } Y = 0 \text{ outside}$$

    Each output is laid back on the window that it came from, times the kernel, and what falls
    on one pixel is added up. Given a loss's gradient with respect to the outputs, it returns
    the one with respect to the image. Deep learning calls this a transposed convolution; it is
    not the inverse.

    Args:
        Y: Outputs, `(..., o_h, o_w)`; leading axes are a batch. Floating, int32 or int64.
        K: Kernel, `(k_h, k_w)`, of the same kind and dtype as `Y`.
        image: Height and width of the image; if left out, the smallest that gives outputs of
            that size. With a stride, several do.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Zeros that `corr2d` added around the image, and that are cut off here; an int,
            or for each axis an int or `(before, after)`, or `"same"`.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.

    Returns:
        The pixels, `(..., h, w)`; the dtype of `Y`.

    Raises:
        TypeError: If an argument is no array, kinds or dtypes differ, or a number is not an int.
        ValueError: If a rank is wrong, an array is empty, a number or a padding is invalid,
            or no image, or none of the given size, has outputs of that size.

    Source: V. Dumoulin and F. Visin, [A guide to convolution arithmetic for deep
    learning](https://arxiv.org/abs/1603.07285), 2016, section 4.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr2d_transposed, toeplitz
        >>> Y, K = np.arange(4).reshape(2, 2), np.arange(4).reshape(2, 2)
        >>> corr2d_transposed(Y, K)
        array([[ 0,  0,  1],
               [ 0,  4,  6],
               [ 4, 12,  9]])

        The definition:

        >>> T = toeplitz(K, (3, 3))
        >>> (T.T @ Y.ravel()).reshape(3, 3)
        array([[ 0,  0,  1],
               [ 0,  4,  6],
               [ 4, 12,  9]])
    """
    xp, Y, K = prepared(Y=Y, K=K)
    rank("Y", Y, 2, AXES[2], batch=True)
    rank("K", K, 2, AXES[2])
    s = per_axis("stride", stride, 2, least=1)
    d = per_axis("dilation", dilation, 2, least=1)
    span = spans(K.shape, d)
    p = both_ends(padding, span, s)
    o = tuple(Y.shape[-2:])
    least = tuple(t * (n - 1) + a - sum(q) for t, n, a, q in zip(s, o, span, p, strict=True))
    if image is None:
        if min(least) < 1:
            raise ValueError(f"padding is {padding!r}: it cuts off all of the {dims(o)} outputs")
        size = least
    else:
        size = lengths("image", image, 2)
        if any(not m <= n < m + t for m, n, t in zip(least, size, s, strict=True)):
            raise ValueError(f"image is {dims(size)}, which does not give outputs of {dims(o)}")
    fits(size, stride=stride, dilation=dilation, image=image)
    (top, bottom), (left, right) = p
    h, w = size[0] + top + bottom, size[1] + left + right  # with the padding
    numbers, weights = wide(xp, Y), wide(xp, K)
    rows = (
        total(_laid(xp, weights[a, b] * numbers, -1, w, s[1], d[1] * b) for b in range(K.shape[1]))
        for a in range(K.shape[0])
    )
    X = total(_laid(xp, row, -2, h, s[0], d[0] * a) for a, row in enumerate(rows))
    return xp.astype(X[..., top : h - bottom, left : w - right], Y.dtype, copy=False)


def _laid(xp: Any, Y: Any, axis: int, length: int, s: int, start: int) -> Any:
    """`Y` with its neighbours `s` apart along an axis, from `start` on, and zeros elsewhere."""
    n = Y.shape[axis]
    if s > 1 and n > 1:
        apart = xp.stack([Y, *[xp.zeros_like(Y)] * (s - 1)], axis=Y.ndim + axis + 1)
        apart = xp.reshape(apart, (*Y.shape[:axis], n * s, *Y.shape[Y.ndim + axis + 1 :]))
        n = s * (n - 1) + 1
        Y = apart[(..., slice(n), *[slice(None)] * (-1 - axis))]
    ends = [(start, length - start - n), *[(0, 0)] * (-1 - axis)]
    return pad(xp, Y, ends)
