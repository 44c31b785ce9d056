"""The mathematics of convolution, each function checked against its formula.

Every public name is imported from here: `from convdocs import corr2d`. Names that need
torch (the layers and the learning) load it when they are first asked for, not before.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convdocs.arrays import Array, Size
from convdocs.correlation import (
    conv1d,
    conv2d,
    conv3d,
    corr1d,
    corr2d,
    corr2d_multi_in,
    corr2d_multi_in_out,
    corr3d,
    output_shape,
)
from convdocs.cost import Cost, conv2d_cost, dense_cost, human_bytes
from convdocs.dense import (
    dense2d,
    distance_to_local,
    distance_to_shared,
    kernel_to_dense,
    share,
    to_absolute,
    to_relative,
    toeplitz,
    truncate,
)
from convdocs.images import cat
from convdocs.kernels import (
    box_kernel,
    edge_kernel,
    gaussian_kernel,
    laplacian_kernel,
    sharpen_kernel,
    sobel_kernel,
)

if TYPE_CHECKING:
    from convdocs.layers import Conv2D, Dense2D, LocallyConnected2D
    from convdocs.learning import LearntKernel, learn_kernel, max_learning_rate

__all__ = [
    "Array",
    "Conv2D",
    "Cost",
    "Dense2D",
    "LearntKernel",
    "LocallyConnected2D",
    "Size",
    "box_kernel",
    "cat",
    "conv1d",
    "conv2d",
    "conv2d_cost",
    "conv3d",
    "corr1d",
    "corr2d",
    "corr2d_multi_in",
    "corr2d_multi_in_out",
    "corr3d",
    "dense2d",
    "dense_cost",
    "distance_to_local",
    "distance_to_shared",
    "edge_kernel",
    "gaussian_kernel",
    "human_bytes",
    "kernel_to_dense",
    "laplacian_kernel",
    "learn_kernel",
    "max_learning_rate",
    "output_shape",
    "share",
    "sharpen_kernel",
    "sobel_kernel",
    "to_absolute",
    "to_relative",
    "toeplitz",
    "truncate",
]

_NEEDS_TORCH = {
    "Conv2D": "convdocs.layers",
    "Dense2D": "convdocs.layers",
    "LocallyConnected2D": "convdocs.layers",
    "LearntKernel": "convdocs.learning",
    "learn_kernel": "convdocs.learning",
    "max_learning_rate": "convdocs.learning",
}


def __getattr__(name: str) -> Any:
    if name in _NEEDS_TORCH:
        return getattr(import_module(_NEEDS_TORCH[name]), name)
    raise AttributeError(f"module 'convdocs' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
