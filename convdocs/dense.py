"""A convolution as the fully connected layer that it is.

The weight `W[i, j, k, l]` of a fully connected layer from image to image is taken, step by
step, to a kernel: re-indexed by relative position, shared between positions, cut to a
neighbourhood.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, SupportsIndex

import array_api_compat
import numpy as np
from numpy.typing import NDArray

from convdocs.arrays import (
    AXES,
    AnyArray,
    Padding,
    Size,
    dims,
    fits,
    lengths,
    numbers,
    pad,
    prepared,
    product,
    rank,
    whole,
    wide,
)
from convdocs.correlation import corr2d

__all__ = [
    "dense2d",
    "distance_to_local",
    "distance_to_shared",
    "kernel_to_dense",
    "share",
    "to_absolute",
    "to_relative",
    "toeplitz",
    "truncate",
]


def dense2d(X: AnyArray, W: AnyArray) -> AnyArray:
    r"""Apply a fully connected layer whose input and output are images.

    $$H_{i,j} = \sum_{k,l} W_{i,j,k,l} X_{k,l}$$

    Args:
        X: Image, `(..., h, w)`; leading axes are a batch. Floating, int32 or int64.
        W: Weight, `(o_h, o_w, h, w)`, of the same kind and dtype as `X`.

    Returns:
        Hidden layer, `(..., o_h, o_w)`; the dtype of `X`.

    Raises:
        TypeError: If an argument is no array, or kinds or dtypes differ.
        ValueError: If a rank is wrong, an array is empty, or `W` was made for images of
            another size.

    Source: [*Dive into Deep Learning*, equation 7.1.1](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import dense2d
        >>> X, W = np.arange(4).reshape(2, 2), np.arange(24).reshape(2, 3, 2, 2)
        >>> dense2d(X, W)
        array([[ 14,  38,  62],
               [ 86, 110, 134]])

        The definition:

        >>> np.array([[(W[i, j] * X).sum() for j in range(3)] for i in range(2)])
        array([[ 14,  38,  62],
               [ 86, 110, 134]])
    """
    xp, X, W = prepared(X=X, W=W)
    rank("X", X, 2, AXES[2], batch=True)
    rank("W", W, 4, "output height and width, input height and width")
    if X.shape[-2:] != W.shape[2:]:
        raise ValueError(
            f"X is {dims(tuple(X.shape[-2:]))} but W is for images of {dims(tuple(W.shape[2:]))}"
        )
    o_h, o_w, h, w = W.shape
    pixels = xp.reshape(X, (*X.shape[:-2], h * w, 1))
    H = product(xp, xp.reshape(W, (o_h * o_w, h * w)), pixels)
    return xp.reshape(xp.astype(H, X.dtype, copy=False), (*X.shape[:-2], o_h, o_w))


def kernel_to_dense(
    K: AnyArray,
    image: Sequence[SupportsIndex],
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> AnyArray:
    r"""The weight of the fully connected layer that does what sliding the kernel does.

    $$W_{i,j,\,i + a,\,j + b} = K_{a,b}, \quad \text{and } 0 \text{ elsewhere}$$

    Column `[:, :, k, l]` of `W` is the kernel's response to an image that is 1 at `[k, l]`
    and 0 elsewhere. It is computed in this way, but with the weights' numbers 1, 2, 3, … in
    place of the weights, so that a weight that is NaN or infinite stays in its slots.

    Args:
        K: Kernel, `(k_h, k_w)`. Floating, int32 or int64.
        image: Height and width of the image, in pixels.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Zeros added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.

    Returns:
        Weight, `(o_h, o_w, h, w)`; the dtype of `K`.

    Raises:
        TypeError: If `K` is no array of such a dtype, or `image` is not a tuple or
            list of ints.
        ValueError: If the rank is wrong, `K` is empty, `image` is no size of an image, or
            the kernel does not fit.

    Source: [*Dive into Deep Learning*, section 7.1](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html), read backwards.

    Examples:
        >>> import numpy as np
        >>> from convdocs import corr2d, dense2d, kernel_to_dense
        >>> X, K = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
        >>> W = kernel_to_dense(K, (3, 3))
        >>> W.shape
        (2, 2, 3, 3)
        >>> bool((dense2d(X, W) == corr2d(X, K)).all())
        True

        The definition, one position at a time:

        >>> by_position = np.zeros((2, 2, 3, 3))
        >>> for i, j in np.ndindex(2, 2):
        ...     by_position[i, j, i : i + 2, j : j + 2] = K
        >>> bool((W == by_position).all())
        True
    """
    xp, K = prepared(K=K)
    rank("K", K, 2, AXES[2])
    h, w = lengths("image", image, 2)
    fits((h, w, h, w), image=image)
    n = prod(K.shape)
    device = array_api_compat.device(K)
    units = xp.reshape(xp.eye(h * w, dtype=xp.int32, device=device), (h, w, h, w))
    places = xp.reshape(xp.arange(1, n + 1, dtype=xp.int32, device=device), K.shape)
    responses = corr2d(units, places, stride=stride, padding=padding, dilation=dilation)
    place = xp.permute_dims(responses, (2, 3, 0, 1))
    zero = xp.zeros((1,), dtype=K.dtype, device=device)
    weights = xp.concat([zero, xp.reshape(K, (n,))])
    return xp.reshape(xp.take(weights, xp.reshape(place, (-1,)), axis=0), place.shape)


def toeplitz(
    K: AnyArray,
    image: Sequence[SupportsIndex],
    *,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> AnyArray:
    """The matrix that turns the flattened image into the flattened output.

    It is [`kernel_to_dense`][convdocs.kernel_to_dense] with the rows and columns of the output,
    and those of the image, flattened: at stride 1 a matrix of Toeplitz blocks, which themselves
    repeat along the diagonals.

    Args:
        K: Kernel, `(k_h, k_w)`. Floating, int32 or int64.
        image: Height and width of the image, in pixels.
        stride: Step between two windows, in pixels; an int or `(vertical, horizontal)`.
        padding: Zeros added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.

    Returns:
        Matrix, `(o_h * o_w, h * w)`; the dtype of `K`.

    Raises:
        TypeError: If `K` is no array of such a dtype, or `image` is not a tuple or
            list of ints.
        ValueError: If the rank is wrong, `K` is empty, `image` is no size of an image, or
            the kernel does not fit.

    Source: V. Dumoulin and F. Visin, [A guide to convolution arithmetic for deep
    learning](https://arxiv.org/abs/1603.07285), 2016, section 4.1.

    Examples:
        >>> import numpy as np
        >>> from convdocs import toeplitz
        >>> toeplitz(np.array([[0, 1], [2, 3]]), (3, 3))
        array([[0, 1, 0, 2, 3, 0, 0, 0, 0],
               [0, 0, 1, 0, 2, 3, 0, 0, 0],
               [0, 0, 0, 0, 1, 0, 2, 3, 0],
               [0, 0, 0, 0, 0, 1, 0, 2, 3]])

        The definition: column `n` is what pixel `n` alone gives.

        >>> from convdocs import corr2d
        >>> pixels = np.eye(9, dtype=int).reshape(9, 3, 3)
        >>> corr2d(pixels, np.array([[0, 1], [2, 3]])).reshape(9, 4).T
        array([[0, 1, 0, 2, 3, 0, 0, 0, 0],
               [0, 0, 1, 0, 2, 3, 0, 0, 0],
               [0, 0, 0, 0, 1, 0, 2, 3, 0],
               [0, 0, 0, 0, 0, 1, 0, 2, 3]])
    """
    W = kernel_to_dense(K, image, stride=stride, padding=padding, dilation=dilation)
    o_h, o_w, h, w = W.shape
    xp, W = prepared(W=W)
    return xp.reshape(W, (o_h * o_w, h * w))


def to_relative(W: AnyArray) -> AnyArray:
    r"""Re-index a weight by the pixel's position relative to the hidden unit's.

    $$V_{i,j,a,b} = W_{i,j,\,i + a,\,j + b}$$

    Nothing is saved by it: `V` holds the weights of `W`, and zeros in the slots whose pixel
    would lie outside the image.

    Args:
        W: Weight, `(h, w, h, w)`: hidden layer and image are of one size. Floating, int32 or
            int64.

    Returns:
        `V`, `(h, w, 2 * h - 1, 2 * w - 1)`; the offset `a = b = 0` is in the middle, at
            `[h - 1, w - 1]`. The dtype of `W`.

    Raises:
        TypeError: If `W` is no array of such a dtype.
        ValueError: If `W` is empty or is not of that shape.

    Source: [*Dive into Deep Learning*, equation 7.1.1](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import to_relative
        >>> W = np.arange(16.0).reshape(2, 2, 2, 2)
        >>> V = to_relative(W)
        >>> V.shape
        (2, 2, 3, 3)

        The definition, with the offset 0 at `[1, 1]`:

        >>> places = np.ndindex(W.shape)
        >>> all(W[i, j, k, l] == V[i, j, k - i + 1, l - j + 1] for i, j, k, l in places)
        True
    """
    xp, W = prepared(W=W)
    h, w = _image_to_image(W)
    P = pad(xp, W, [(h - 1, h - 1), (w - 1, w - 1)])
    rows = [
        xp.stack([P[i, j, i : i + 2 * h - 1, j : j + 2 * w - 1] for j in range(w)])
        for i in range(h)
    ]
    return xp.stack(rows)


def to_absolute(V: AnyArray) -> AnyArray:
    r"""Re-index a weight by the pixel's position in the image: undo `to_relative`.

    $$W_{i,j,k,l} = V_{i,j,\,k - i,\,l - j}$$

    Args:
        V: Weight by relative position, `(h, w, 2 * p + 1, 2 * q + 1)`, with the offset 0 in
            the middle; weights at offsets beyond `p`, `q` count as zero. Floating, int32 or
            int64.

    Returns:
        `W`, `(h, w, h, w)`; the dtype of `V`.

    Raises:
        TypeError: If `V` is no array of such a dtype.
        ValueError: If the rank is wrong, `V` is empty, or a window's side is even.

    Source: [*Dive into Deep Learning*, equation 7.1.1](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import to_absolute, to_relative
        >>> W = np.arange(144).reshape(3, 4, 3, 4)
        >>> bool((to_absolute(to_relative(W)) == W).all())
        True

        The definition, with the offset 0 at `[1, 2]`:

        >>> V = np.arange(90).reshape(2, 3, 3, 5)
        >>> W = to_absolute(V)
        >>> places = np.ndindex(W.shape)
        >>> all(W[i, j, k, l] == V[i, j, k - i + 1, l - j + 2] for i, j, k, l in places)
        True
    """
    xp, V = prepared(V=V)
    rank("V", V, 4, "hidden height and width, window height and width")
    p, q = _radius("V", V)
    h, w = V.shape[:2]
    P = pad(xp, V, [(max(0, h - 1 - p),) * 2, (max(0, w - 1 - q),) * 2])
    p, q = max(p, h - 1), max(q, w - 1)
    rows = [
        xp.stack([P[i, j, p - i : p - i + h, q - j : q - j + w] for j in range(w)])
        for i in range(h)
    ]
    return xp.stack(rows)


def share(V: AnyArray) -> AnyArray:
    r"""The one window closest to the windows of all positions: their mean.

    $$v_{a,b} = \operatorname{mean}_{i,j} V_{i,j,a,b}$$

    The mean runs over the positions whose pixel lies inside the image, so it is the least
    squares solution: no other shared window gives a layer closer to this one.

    Args:
        V: Weight by relative position, `(h, w, 2 * p + 1, 2 * q + 1)`, as
            [`to_relative`][convdocs.to_relative] gives it. Floating.

    Returns:
        The shared window `v`, `(2 * p + 1, 2 * q + 1)`; the dtype of `V`.

    Raises:
        TypeError: If `V` is no array of a floating dtype.
        ValueError: If the rank is wrong, `V` is empty, a window's side is even, or the
            window reaches further than the image.

    Source: [*Dive into Deep Learning*, equation 7.1.2](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html).

    Examples:
        Sharing recovers the kernel from the fully connected layer that was made of it:

        >>> import numpy as np
        >>> from convdocs import kernel_to_dense, share, to_relative, truncate
        >>> K = np.arange(9.0).reshape(3, 3)
        >>> W = kernel_to_dense(K, (5, 5), padding=1)
        >>> v = share(to_relative(W))
        >>> bool((truncate(v, 1) == K).all())
        True

        The definition; `inside` is 1 where the pixel lies inside the image:

        >>> inside = to_relative(np.ones((5, 5, 5, 5)))
        >>> bool(np.allclose(v, to_relative(W).sum((0, 1)) / inside.sum((0, 1))))
        True
    """
    xp, V = prepared(V=V)
    if not xp.isdtype(V.dtype, "real floating"):
        raise TypeError(f"V is {V.dtype}: give a floating dtype, for a mean is taken")
    rank("V", V, 4, "hidden height and width, window height and width")
    p, q = _radius("V", V)
    h, w = V.shape[:2]
    if p > h - 1 or q > w - 1:
        raise ValueError(f"V has a window of radius {p}×{q}, further than the {h}×{w} image")
    exact = wide(xp, V)
    ones = xp.ones((h, w, h, w), dtype=exact.dtype, device=array_api_compat.device(V))
    inside = to_relative(ones)[..., h - 1 - p : h + p, w - 1 - q : w + q]
    total = xp.sum(xp.where(inside == 1, exact, xp.zeros_like(exact)), axis=(0, 1))
    return xp.astype(total / xp.sum(inside, axis=(0, 1)), V.dtype, copy=False)


def truncate(V: AnyArray, delta: SupportsIndex) -> AnyArray:
    r"""Keep the offsets up to Δ in both directions and drop the others.

    $$v_{a,b} = 0 \quad \text{where } |a| > \Delta \text{ or } |b| > \Delta$$

    The dropped weights are not stored, so the result's size counts the parameters that
    remain: `2 * delta + 1` a side.

    Args:
        V: Weight by relative position, `(..., 2 * p + 1, 2 * q + 1)`: `V` or a shared window
            `v`. Floating, int32 or int64.
        delta: Δ, in pixels, from 0 to the smaller of `p` and `q`.

    Returns:
        The window's middle, `(..., 2 * delta + 1, 2 * delta + 1)`; the dtype of `V`. Where the
        library has views, as NumPy and torch do, the result is one: what is written to it is
        written to `V`.

    Raises:
        TypeError: If `V` is no array of such a dtype, or `delta` is not an int.
        ValueError: If the rank is wrong, `V` is empty, a window's side is even, or `delta`
            is out of range.

    Source: [*Dive into Deep Learning*, equation 7.1.3](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import truncate
        >>> truncate(np.arange(25).reshape(5, 5), 1)
        array([[ 6,  7,  8],
               [11, 12, 13],
               [16, 17, 18]])

        The definition: of the indices 0 to 4, the middle is 2, so rows and columns from 2 − 1
        to 2 + 1.

        >>> np.arange(25).reshape(5, 5)[1:4, 1:4]
        array([[ 6,  7,  8],
               [11, 12, 13],
               [16, 17, 18]])
    """
    _, V = prepared(V=V)
    rank("V", V, 2, "window height and width", batch=True)
    p, q = _radius("V", V)
    most = min(p, q)
    if (delta := whole("delta", delta, least=0)) > most:
        raise ValueError(f"delta is {delta}: give 0 to {most}, for the window ends there")
    return V[..., p - delta : p + delta + 1, q - delta : q + delta + 1]


def distance_to_shared(W: AnyArray) -> float:
    r"""How far the weight of a layer is from translation invariance.

    $$\min_v \lVert W - W(v) \rVert_F$$

    where $W(v)$ is the weight of the layer whose positions all share the window $v$.

    Args:
        W: Weight, `(h, w, h, w)`. Floating, int32 or int64.

    Returns:
        The Frobenius norm of the difference to the nearest such layer, taken in float64. Apart
        from rounding, it is 0 if and only if every position has the same window.

    Raises:
        TypeError: If `W` is no array of such a dtype.
        ValueError: If `W` is empty, is not of that shape, or is on the device `meta`.

    Source: the nearest layer is the mean over positions, see [`share`][convdocs.share].

    Examples:
        >>> import numpy as np
        >>> from convdocs import distance_to_shared, kernel_to_dense
        >>> W = kernel_to_dense(np.ones((3, 3)), (4, 4), padding=1)
        >>> distance_to_shared(W)
        0.0
        >>> W[0, 0, 0, 0] += 1
        >>> round(distance_to_shared(W), 6)
        0.968246

        The definition:

        >>> from convdocs import share, to_relative
        >>> nearest = kernel_to_dense(share(to_relative(W)), (4, 4), padding=3)
        >>> round(float(np.linalg.norm(W - nearest)), 6)
        0.968246
    """
    exact, exponent = _scaled(_exact(W))  # so that no sum of weights is infinite
    h, w = exact.shape[:2]
    v = share(to_relative(exact))
    return _norm(exact - kernel_to_dense(v, (h, w), padding=(h - 1, w - 1)), exponent)


def distance_to_local(W: AnyArray, delta: SupportsIndex) -> float:
    r"""How far the weight of a layer is from locality.

    $$\lVert W - W_\Delta \rVert_F$$

    where $W_\Delta$ is $W$ with the weights dropped that reach further than $\Delta$.

    Args:
        W: Weight, `(h, w, h, w)`. Floating, int32 or int64.
        delta: Δ, in pixels, from 0 to one less than the smaller side.

    Returns:
        The Frobenius norm of the weights beyond Δ, taken in float64, which is 0 exactly if
            there are none.

    Raises:
        TypeError: If `W` is no array of such a dtype, or `delta` is not an int.
        ValueError: If `W` is empty, is not of that shape or is on the device `meta`, or
            `delta` is out of range.

    Source: [*Dive into Deep Learning*, equation 7.1.3](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html).

    Examples:
        >>> import numpy as np
        >>> from convdocs import distance_to_local, kernel_to_dense
        >>> W = kernel_to_dense(np.ones((3, 3)), (4, 4), padding=1)
        >>> distance_to_local(W, 1)
        0.0
        >>> round(distance_to_local(W, 0), 6)
        9.165151

        The definition:

        >>> from convdocs import to_absolute, to_relative, truncate
        >>> local = to_absolute(truncate(to_relative(W), 0))
        >>> round(float(np.linalg.norm(W - local)), 6)
        9.165151
    """
    exact = _exact(W)
    near = to_absolute(truncate(to_relative(np.ones_like(exact)), delta))
    return _norm(np.where(near == 1, 0, exact))


def _image_to_image(W: Any) -> tuple[int, int]:
    rank("W", W, 4, "hidden height and width, image height and width")
    h, w, k, l = W.shape  # noqa: E741 (the formula's index)
    if (h, w) != (k, l):
        raise ValueError(f"W maps {k}×{l} images to {h}×{w}: give a weight that keeps the size")
    return h, w


def _radius(name: str, V: Any) -> tuple[int, int]:
    height, width = V.shape[-2:]
    if height % 2 == 0 or width % 2 == 0:
        raise ValueError(f"{name} has a window of {height}×{width}: give odd sides")
    return height // 2, width // 2


def _exact(W: Any) -> NDArray[np.floating]:
    """The weights as NumPy's numbers, in float64 or wider."""
    _, W = prepared(W=W)
    _image_to_image(W)
    numbers("W", W)
    if array_api_compat.is_torch_array(W):
        W = W.detach().cpu()
        W = W.double() if W.is_floating_point() else W  # NumPy has no bfloat16
    found = np.asarray(W)
    return found.astype(np.result_type(found.dtype, np.float64))


def _scaled(W: NDArray[np.floating]) -> tuple[NDArray[np.floating], int]:
    """Its numbers divided by the power of two above the largest, and the exponent of that."""
    exponent = int(np.frexp(np.abs(W).max())[1])
    return np.ldexp(W, -exponent), exponent


def _norm(W: NDArray[np.floating], exponent: int = 0) -> float:
    """The root of the sum of squares, times two to the exponent."""
    W, further = _scaled(W)
    with np.errstate(over="ignore"):  # beyond float64, the norm is infinite
        return float(np.ldexp(np.sqrt(np.sum(W**2)), exponent + further))
