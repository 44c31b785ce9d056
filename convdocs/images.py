"""The photo that the lessons look at."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["cat"]


def cat(*, gray: bool = False) -> NDArray[np.float32]:
    r"""Chelsea the cat, a photo of 300 by 451 pixels.

    $$\text{gray} = 0.2125\,R + 0.7154\,G + 0.0721\,B$$

    Args:
        gray: Whether to give the brightness alone, weighted as above.

    Returns:
        The photo, `(3, 300, 451)`, a plane each for red, green and blue, or `(300, 451)` in
            gray; float32 in [0, 1]. To show it in colour, matplotlib wants the planes last:
            `np.moveaxis(cat(), 0, -1)`.

    Raises:
        ModuleNotFoundError: If scikit-image, which ships the photo, is not installed.

    Source: `skimage.data.chelsea`, photographed by Stéfan van der Walt, released under CC0;
    the weights are those of `skimage.color.rgb2gray`.

    Examples:
        >>> from convdocs import cat
        >>> cat().shape
        (3, 300, 451)
        >>> cat(gray=True).shape
        (300, 451)

        The definition of gray:

        >>> import numpy as np
        >>> red, green, blue = cat()
        >>> gray = 0.2125 * red + 0.7154 * green + 0.0721 * blue
        >>> bool(np.allclose(cat(gray=True), gray))
        True
    """
    try:
        from skimage import color, data
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the photo is part of scikit-image: install convdocs[images]"
        ) from error
    photo = data.chelsea()
    image = color.rgb2gray(photo) if gray else np.moveaxis(photo, -1, 0) / 255
    return cast(NDArray[np.float32], np.ascontiguousarray(image, dtype=np.float32))
