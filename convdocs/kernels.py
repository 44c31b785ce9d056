"""The kernels that have names, as NumPy arrays of float32."""

from math import exp
from typing import SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from convdocs.arrays import fits, positive, whole

__all__ = [
    "box_kernel",
    "edge_kernel",
    "gaussian_kernel",
    "laplacian_kernel",
    "sharpen_kernel",
    "sobel_kernel",
]

type Kernel = NDArray[np.float32]


def edge_kernel() -> Kernel:
    r"""The difference of two neighbours: it answers where brightness changes along a row.

    $$\begin{pmatrix} 1 & -1 \end{pmatrix}$$

    Returns:
        Kernel, `(1, 2)`, float32.

    Source: [*Dive into Deep Learning*, section 7.2.3](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html).

    Examples:
        >>> from convdocs import edge_kernel
        >>> edge_kernel()
        array([[ 1., -1.]], dtype=float32)

        The definition: a pixel less the one to its right.

        >>> import numpy as np
        >>> from convdocs import corr2d
        >>> row = np.array([[5, 5, 2, 2]], dtype=np.float32)
        >>> bool((corr2d(row, edge_kernel()) == row[:, :-1] - row[:, 1:]).all())
        True
    """
    return np.array([[1, -1]], dtype=np.float32)


def sharpen_kernel() -> Kernel:
    r"""The image minus its Laplacian: it raises what differs from its neighbours.

    $$\begin{pmatrix} 0 & -1 & 0 \\ -1 & 5 & -1 \\ 0 & -1 & 0 \end{pmatrix}$$

    Returns:
        Kernel, `(3, 3)`, float32; its weights add up to 1.

    Source: R. Gonzalez and R. Woods, *Digital Image Processing*, 4th edition, 2018,
    section 3.6.

    Examples:
        >>> from convdocs import laplacian_kernel, sharpen_kernel
        >>> float(sharpen_kernel().sum())
        1.0

        The definition:

        >>> import numpy as np
        >>> pixel = np.zeros((3, 3))
        >>> pixel[1, 1] = 1
        >>> bool((sharpen_kernel() == pixel - laplacian_kernel()).all())
        True
    """
    return np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], dtype=np.float32)


def box_kernel(size: SupportsIndex = 3) -> Kernel:
    r"""The mean of a square: it blurs.

    $$K_{a,b} = \frac{1}{\text{size}^2}$$

    Args:
        size: Side, in pixels.

    Returns:
        Kernel, `(size, size)`, float32; its weights add up to 1.

    Raises:
        TypeError: If `size` is not an int.
        ValueError: If `size` is below 1.

    Source: R. Gonzalez and R. Woods, *Digital Image Processing*, 4th edition, 2018,
    section 3.5.

    Examples:
        >>> from convdocs import box_kernel
        >>> box_kernel(2)
        array([[0.25, 0.25],
               [0.25, 0.25]], dtype=float32)

        The definition:

        >>> import numpy as np
        >>> bool(np.allclose(box_kernel(3), np.ones((3, 3)) / 9))
        True
    """
    size = whole("size", size, least=1)
    fits((size, size), size=size)
    return np.full((size, size), 1 / size**2, dtype=np.float32)


def gaussian_kernel(size: SupportsIndex = 5, sigma: SupportsFloat = 1.0) -> Kernel:
    r"""The bell curve, sampled and made to add up to 1: it blurs without a preferred direction.

    $$K_{a,b} \propto \exp\left(-\frac{a^2 + b^2}{2 \sigma^2}\right)$$

    Args:
        size: Side, in pixels, odd, so that there is a middle from which $a$ and $b$ count.
        sigma: Standard deviation σ, in pixels, above 0.

    Returns:
        Kernel, `(size, size)`, float32; its weights add up to 1.

    Raises:
        TypeError: If `size` is not an int, or `sigma` is not an int or a float.
        ValueError: If `size` is even or below 1, or `sigma` is not above 0 and finite.

    Source: R. Gonzalez and R. Woods, *Digital Image Processing*, 4th edition, 2018,
    section 3.5.

    Examples:
        >>> from convdocs import gaussian_kernel
        >>> gaussian_kernel(3).round(3)
        array([[0.075, 0.124, 0.075],
               [0.124, 0.204, 0.124],
               [0.075, 0.124, 0.075]], dtype=float32)

        The definition:

        >>> import numpy as np
        >>> a, b = np.mgrid[-1:2, -1:2]
        >>> bell = np.exp(-(a**2 + b**2) / 2)
        >>> bool(np.allclose(gaussian_kernel(3), bell / bell.sum()))
        True
    """
    size = whole("size", size, least=1)
    if size % 2 == 0:
        raise ValueError(f"size is {size}: give an odd number, so that there is a middle")
    sigma = positive("sigma", sigma)
    fits((size, size), size=size)
    middle = size // 2
    steps = [(a - middle) / sigma for a in range(size)]
    bell = np.array([exp(-t * t / 2) for t in steps])  # t**2 would raise where t * t is infinite
    K = np.outer(bell, bell)
    K /= K.sum()
    return K.astype(np.float32)


def sobel_kernel(axis: SupportsIndex = 1) -> Kernel:
    r"""A smoothed difference along one axis; `axis=1` answers to vertical edges.

    $$\begin{pmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{pmatrix}$$

    Args:
        axis: Axis of the difference: 1 along the rows, 0 along the columns.

    Returns:
        Kernel, `(3, 3)`, float32; positive where brightness grows with the index.

    Raises:
        TypeError: If `axis` is not an int.
        ValueError: If `axis` is neither 0 nor 1.

    Source: I. Sobel, [An isotropic 3×3 image gradient
    operator](https://www.researchgate.net/publication/239398674), 2014.

    Examples:
        >>> from convdocs import sobel_kernel
        >>> sobel_kernel()
        array([[-1.,  0.,  1.],
               [-2.,  0.,  2.],
               [-1.,  0.,  1.]], dtype=float32)

        The definition: a difference of columns, and a sum over rows that counts the middle one
        twice.

        >>> import numpy as np
        >>> bool((sobel_kernel() == np.outer([1, 2, 1], [-1, 0, 1])).all())
        True
    """
    if whole("axis", axis, least=0) > 1:
        raise ValueError(f"axis is {axis!r}: give 0 or 1")
    K = np.outer([1, 2, 1], [-1, 0, 1]).astype(np.float32)
    return K if axis == 1 else K.T.copy()


def laplacian_kernel() -> Kernel:
    r"""The sum of the second differences along both axes: it answers to spots and thin lines.

    $$\begin{pmatrix} 0 & 1 & 0 \\ 1 & -4 & 1 \\ 0 & 1 & 0 \end{pmatrix}$$

    Returns:
        Kernel, `(3, 3)`, float32; its weights add up to 0.

    Source: R. Gonzalez and R. Woods, *Digital Image Processing*, 4th edition, 2018,
    section 3.6.

    Examples:
        >>> from convdocs import laplacian_kernel
        >>> float(laplacian_kernel().sum())
        0.0

        The definition, a second difference along each axis:

        >>> import numpy as np
        >>> K = np.zeros((3, 3))
        >>> K[1, :] += [1, -2, 1]
        >>> K[:, 1] += [1, -2, 1]
        >>> bool((laplacian_kernel() == K).all())
        True
    """
    return np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=np.float32)
