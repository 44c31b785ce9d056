"""The mathematics of convolution, read as its formulas.

Every public name is imported from here: `from convdocs import corr2d`. Names that need
torch (the layers and the learning) load it when they are first asked for, not before.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from convdocs.arrays import Array, Size
from convdocs.correlation import (
    conv1d,
    conv2d,
    conv3d,
    corr1d,
    corr1d_multi_in_out,
    corr2d,
    corr2d_multi_in,
    corr2d_multi_in_out,
    corr2d_transposed,
    corr3d,
    corr3d_multi_in_out,
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
from convdocs.windows import ReceptiveField, pool2d, receptive_field

if TYPE_CHECKING:
    from convdocs.layers import Conv2D, Dense2D, LocallyConnected2D
    from convdocs.learning import LearntKernel, learn_kernel, max_learning_rate

__version__ = "0.1.0"

__all__ = [
    "Array",
    "Cost",
    "ReceptiveField",
    "Size",
    "box_kernel",
    "cat",
    "conv1d",
    "conv2d",
    "conv2d_cost",
    "conv3d",
    "corr1d",
    "corr1d_multi_in_out",
    "corr2d",
    "corr2d_multi_in",
    "corr2d_multi_in_out",
    "corr2d_transposed",
    "corr3d",
    "corr3d_multi_in_out",
    "dense2d",
    "dense_cost",
    "distance_to_local",
    "distance_to_shared",
    "edge_kernel",
    "gaussian_kernel",
    "human_bytes",
    "kernel_to_dense",
    "laplacian_kernel",
    "output_shape",
    "pool2d",
    "receptive_field",
    "share",
    "sharpen_kernel",
    "sobel_kernel",
    "to_absolute",
    "to_relative",
    "toeplitz",
    "truncate",
]

_OF_TORCH = {
    "Conv2D": "convdocs.layers",
    "Dense2D": "convdocs.layers",
    "LocallyConnected2D": "convdocs.layers",
    "LearntKernel": "convdocs.learning",
    "learn_kernel": "convdocs.learning",
    "max_learning_rate": "convdocs.learning",
}

if find_spec("torch"):
    __all__ += [
        "Conv2D",
        "Dense2D",
        "LearntKernel",
        "LocallyConnected2D",
        "learn_kernel",
        "max_learning_rate",
    ]
else:

    class _Missing:
        """Python asks this for `convdocs.Conv2D` after `from convdocs import Conv2D` has failed."""

        @staticmethod
        def find_spec(name: str, path: Any = None, target: Any = None) -> None:
            """Say how to get what a name needs."""
            if name.removeprefix("convdocs.") in _OF_TORCH:
                raise ModuleNotFoundError(_needs(name.removeprefix("convdocs.")), name="torch")

    sys.meta_path.append(_Missing)


def _needs(name: str) -> str:
    return f"convdocs.{name} needs PyTorch: install convdocs[torch]"


def __getattr__(name: str) -> Any:
    if name not in _OF_TORCH:
        raise AttributeError(f"module 'convdocs' has no attribute {name!r}")
    if name not in __all__:
        raise AttributeError(_needs(name))
    return getattr(import_module(_OF_TORCH[name]), name)


def __dir__() -> list[str]:
    special = {name for name in globals() if name.startswith("__") and name.endswith("__")}
    return sorted({*special, *__all__})
