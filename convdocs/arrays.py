"""What counts as an array, and the checks that every function makes of its arguments."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isnan, prod
from numbers import Real
from operator import index
from typing import TYPE_CHECKING, Any, Protocol, SupportsFloat, SupportsIndex, TypeVar

import array_api_compat
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

type Size = SupportsIndex | Sequence[SupportsIndex]
"""One int for all axes, or a tuple or list with one for each."""

type Padding = SupportsIndex | str | Sequence[SupportsIndex | Sequence[SupportsIndex]]
"""What is added to an image: an int for every end, `"same"`, or a tuple or list with an entry for
each axis, an int for its two ends or a pair `(before, after)`."""

AXES = {1: "length", 2: "height and width", 3: "depth, height and width"}


class Array(Protocol):
    """A torch tensor, a NumPy array, or any other array of the Python array API standard.

    The operations are slices, products and sums, so they run on the caller's own kind of
    array, on its device, and through its library's gradients. All arrays of one call must be
    of one kind, on one device and of one dtype: a floating dtype of 16 bits or more, int32 or
    int64. Results have that dtype; numbers of 16 bits are added up in float32 and rounded once.
    Smaller integers are refused because sums of their products overflow, complex numbers
    because there is no agreement on whether correlation conjugates the kernel.

    Where an image is a Dask array, the kernel may be a NumPy array; then correlations go chunk
    by chunk, with as much of the neighbouring chunks as the kernel reaches into. Under
    `torch.autocast`, floating tensors are taken in its dtype, as by torch's own layers.

    NaN and infinity follow IEEE arithmetic: an output is NaN if its window holds a NaN,
    even where the kernel is zero, and no other output is touched.

    Source: the [Python array API standard](https://data-apis.org/array-api/), 2023.12 or later.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""

    @property
    def dtype(self) -> Any:
        """The type of the elements."""

    def __array_namespace__(self, *, api_version: None = None) -> Any:
        """The library that the array is of."""

    def __getitem__(self, key: Any, /) -> Any:
        """An element, or a slice."""


# Either both NumPy's or both torch's, or both another library's. NumPy's shapes are left open.
AnyArray = TypeVar("AnyArray", NDArray[Any], "Tensor", Array)


def prepared(**arrays: Any) -> tuple[Any, ...]:
    """The arrays' library, then the arrays as it computes with them; or say which does not fit."""
    for name, array in arrays.items():
        if not array_api_compat.is_array_api_obj(array):
            how = ", such as numpy.array(…) makes of it" if isinstance(array, list | tuple) else ""
            raise TypeError(
                f"{name} is a {type(array).__name__}: give a torch tensor, a NumPy array "
                f"or another array of the Python array API{how}"
            )
        _dense(name, array)
    (first, X), *others = arrays.items()
    xp = array_api_compat.array_namespace(X)
    for name, array in others:
        if array_api_compat.is_dask_array(X) and array_api_compat.is_numpy_array(array):
            arrays[name] = xp.asarray(array)
        elif array_api_compat.array_namespace(array) is not xp:
            raise TypeError(
                f"{name} is an array of {library(array)} but {first} is one of {library(X)}: "
                f"give both as the same kind{_converted(first, X, name, array)}"
            )
    if array_api_compat.is_torch_array(X) and others:  # products are what autocast is for
        arrays = _as_autocast_wants(arrays)
    elif array_api_compat.is_numpy_array(X) or array_api_compat.is_dask_array(X):
        arrays = {name: _in_native_order(array) for name, array in arrays.items()}
    X = arrays[first]
    for name, array in arrays.items():
        if wanted := _wanted(xp, array.dtype):
            raise TypeError(f"{name} is {array.dtype}: give {wanted}")
        if array.dtype != X.dtype:
            raise TypeError(
                f"{name} is {array.dtype} but {first} is {X.dtype}: give both the same dtype, "
                + _cast(library(X), *((first, name) if name == "weight" else (name, first)))
            )
        # JAX spreads arrays over devices as it sees fit, and knows none while it traces.
        if array is X or array_api_compat.is_jax_array(X):
            continue
        here, there = array_api_compat.device(array), array_api_compat.device(X)
        if here != there:
            raise ValueError(
                f"{name} is on {here} but {first} is on {there}: move both to one device"
            )
    return xp, *arrays.values()


def _dense(name: str, array: Any) -> None:
    """Raise if the numbers don't lie in memory side by side, or nobody knows how many there are."""
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: fill its holes, for padding drops the mask")
    if array_api_compat.is_torch_array(array):
        if array.is_nested:
            raise TypeError(f"{name} is a nested tensor: give a dense one, or one tensor at a time")
        if str(array.layout) != "torch.strided":
            raise TypeError(f"{name} is {array.layout}: give a dense tensor")
    elif array_api_compat.is_pydata_sparse_array(array):
        raise TypeError(f"{name} is a sparse array: give a dense one")
    elif array_api_compat.is_dask_array(array) and any(map(isnan, array.shape)):
        raise ValueError(
            f"{name} has chunks of unknown length: call {name}.compute_chunk_sizes() first"
        )


def _converted(first: str, X: Any, name: str, array: Any) -> str:
    """How to make one kind of two arrays, where that is one call."""
    kinds = {library(X): first, library(array): name}
    return f", such as torch.from_numpy({kinds['numpy']})" if {*kinds} == {"torch", "numpy"} else ""


def _cast(of: str, name: str, wanted: str) -> str:
    return f"such as {name}.{'to' if of == 'torch' else 'astype'}({wanted}.dtype)"


def _as_autocast_wants(tensors: dict[str, Any]) -> dict[str, Any]:
    """Within `torch.autocast`, floating tensors as its dtype: all but those of 64 bits."""
    import torch

    first = next(iter(tensors.values()))
    if not _casts(first):
        return tensors
    dtype = torch.get_autocast_dtype(first.device.type)
    return {
        name: t.to(dtype) if t.is_floating_point() and t.dtype != torch.float64 else t
        for name, t in tensors.items()
    }


def _casts(tensor: Any) -> bool:
    """Whether `torch.autocast` is on where the tensor is."""
    import torch

    kind = tensor.device.type
    return kind != "meta" and torch.is_autocast_enabled(kind)


def _in_native_order(array: Any) -> Any:
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _wanted(xp: Any, dtype: Any) -> str:
    """What to give instead of such a dtype; nothing if sums of its products are taken."""
    try:
        if xp.isdtype(dtype, "real floating"):
            return "" if xp.finfo(dtype).bits >= 16 else "a floating dtype of 16 bits or more"
    except TypeError:  # NumPy knows such a dtype from another package only
        return "a floating dtype of NumPy's own"
    return "" if dtype in (xp.int32, xp.int64) else "a floating dtype, int32 or int64"


def product(xp: Any, P: Any, Q: Any) -> Any:
    """The matrix product of stacks of matrices; of numbers of 16 bits, in float32."""
    if xp.isdtype(P.dtype, "integral"):
        try:
            return P @ Q
        except RuntimeError:  # CUDA and MPS have no product of integers: a sum of outer ones
            return total(P[..., i : i + 1] * Q[..., i : i + 1, :] for i in range(P.shape[-1]))
    if array_api_compat.is_torch_array(P) and _casts(P):  # then float32 would go back to 16 bits
        with xp.autocast(P.device.type, enabled=False):
            return wide(xp, P) @ wide(xp, Q)
    return wide(xp, P) @ wide(xp, Q)


def wide(xp: Any, X: Any) -> Any:
    """Numbers of 16 bits as float32, in which they are added up; others as they are."""
    half = xp.isdtype(X.dtype, "real floating") and xp.finfo(X.dtype).bits == 16
    return xp.astype(X, xp.float32) if half else X


def traced(X: Any) -> bool:
    """Whether a compiler looks on, of torch's or of JAX's, instead of numbers being computed."""
    if array_api_compat.is_torch_array(X):
        import torch

        return torch.compiler.is_compiling()
    if array_api_compat.is_jax_array(X):
        import jax

        return isinstance(X, jax.core.Tracer)
    return False


def unstack(xp: Any, X: Any, axis: int) -> Sequence[Any]:
    """The parts of an array along an axis; torch's own way can be mapped over, too."""
    torch = array_api_compat.is_torch_array(X)
    parts: Sequence[Any] = X.unbind(axis) if torch else xp.unstack(X, axis=axis)
    return parts


def total(terms: Iterator[Any]) -> Any:
    """Their sum; the first two make an array, and the others are added to it."""
    result = next(terms)
    for count, term in enumerate(terms):
        if count == 0:
            result = result + term
        else:
            result += term
    return result


def pad(xp: Any, X: Any, ends: Sequence[tuple[int, int]], mode: str = "zeros") -> Any:
    """Put `ends[i]`, so many before and so many after, around each of the last axes of `X`."""
    own = known_mode(mode)
    size = X.shape[-len(ends) :]
    if own is not None and any(max(pair) > n - own for pair, n in zip(ends, size, strict=True)):
        raise ValueError(
            f"padding is {ends} but the image is {dims(size)}: with {mode} it is made of the "
            f"image's own pixels, at most {dims([n - own for n in size])} of them"
        )
    for axis, (before, after) in enumerate(ends, start=-len(ends)):
        if before or after:
            start = _border(xp, X, axis, before, mode, end=0)
            X = xp.concat([start, X, _border(xp, X, axis, after, mode, end=-1)], axis=axis)
    return X


def known_mode(mode: str) -> int | None:
    """Check a padding mode; how many pixels of the image it leaves out, if it is made of them."""
    modes = {"zeros": None, "circular": 0, "reflect": 1, "replicate": None}
    if not isinstance(mode, str) or mode not in modes:
        raise ValueError(f"padding_mode is {mode!r}: give {', '.join(map(repr, modes))}")
    return modes[mode]


def moves(
    image: Sequence[int],
    kernel: Sequence[int],
    stride: Size,
    padding: Padding,
    dilation: Size,
    name: str = "kernel",
) -> tuple[Any, ...]:
    """Stride, padding at both ends, dilation and number of windows, of each axis."""
    n = len(kernel)
    s = per_axis("stride", stride, n, least=1)
    d = per_axis("dilation", dilation, n, least=1)
    span = spans(kernel, d)
    p = both_ends(padding, span, s)
    padded = tuple(x + before + after for x, (before, after) in zip(image, p, strict=True))
    if any(a > b for a, b in zip(span, padded, strict=True)):
        wide = f" and spans {dims(span)}" if span != tuple(kernel) else ""
        window = "kernel" if name == "kernel" else "window"
        raise ValueError(
            f"{name} is {dims(kernel)}{wide} but the "
            f"{'padded ' if any(map(any, p)) else ''}image is {dims(padded)}: "
            f"a {window} must fit inside the image"
        )
    out = tuple((b - a) // t + 1 for a, b, t in zip(span, padded, s, strict=True))
    s = tuple(map(min, s, padded))  # a step beyond the image is not taken
    return s, p, d, out


def spans(kernel: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """How many pixels a kernel reaches over along each axis, from its first weight to its last."""
    return tuple(e * (k - 1) + 1 for e, k in zip(dilation, kernel, strict=True))


def both_ends(
    padding: Padding, span: Sequence[int], stride: Sequence[int] = ()
) -> tuple[tuple[int, int], ...]:
    """Padding before and after, for each axis; `"same"` is half a window less its middle."""
    n = len(span)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * n
        if padding != "same":
            raise ValueError(f"padding is {padding!r}: give a number of pixels, or 'same'")
        if any(a % 2 == 0 for a in span):
            raise ValueError(
                f"padding is 'same' but the window spans {dims(span)}: one of even length has no "
                "middle to lay on a pixel; give a pair (before, after) for each axis"
            )
        if any(t > 1 for t in stride):
            raise ValueError(
                f"padding is 'same' but stride is {stride}: only stride 1 keeps the size"
            )
        return tuple((a // 2, a // 2) for a in span)
    if isinstance(padding, tuple | list) and any(isinstance(p, tuple | list) for p in padding):
        if len(padding) != n:
            raise ValueError(f"padding is {padding!r}: give an int or a pair for {n} axes")
        pairs = [per_axis("padding", p, 2, least=0) for p in padding]
    else:
        pairs = [(p, p) for p in per_axis("padding", padding, n, least=0)]
    return tuple((before, after) for before, after in pairs)


def _border(xp: Any, X: Any, axis: int, width: int, mode: str, end: int) -> Any:
    """What stands before the start of an axis (`end` 0) or after its end (−1), `width` pixels."""

    def pixels(start: int, stop: int) -> Any:
        return X[(..., slice(start, stop), *[slice(None)] * (-1 - axis))]

    n = X.shape[axis]
    shape = [*X.shape]
    shape[axis] = width
    if mode == "circular":
        return pixels(n - width, n) if end == 0 else pixels(0, width)
    if mode == "reflect":
        near = pixels(1, 1 + width) if end == 0 else pixels(n - 1 - width, n - 1)
        return xp.flip(near, axis=axis)
    if mode == "replicate":
        return xp.broadcast_to(pixels(0, 1) if end == 0 else pixels(n - 1, n), tuple(shape))
    return xp.zeros(tuple(shape), dtype=X.dtype, device=array_api_compat.device(X))


@contextmanager
def needs_torch(module: str) -> Iterator[None]:
    """Say how to get PyTorch where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{module} needs PyTorch: install convdocs[torch]", name=error.name
        ) from error


def library(array: Any) -> str:
    """The library that an array is of: `numpy` or `torch`."""
    return type(array).__module__.partition(".")[0]


def dims(shape: Sequence[int]) -> str:
    """A shape for people: `3×5`."""
    return "×".join(map(str, shape)) if len(shape) else "a scalar"


def rank(name: str, array: Any, wanted: int, axes: str, batch: bool = False) -> None:
    """Raise unless `array` has `wanted` axes, none of them empty, or more if batches are allowed."""
    found = len(array.shape)
    if found != wanted and not (batch and found > wanted):
        raise ValueError(
            f"{name} has {found} axes ({dims(array.shape)}): give {axes}, "
            f"{'at least ' if batch else ''}{wanted} axes"
        )
    if 0 in array.shape[-wanted:]:
        raise ValueError(f"{name} is {dims(array.shape)}: it has no elements")


def per_axis(name: str, value: Any, n: int, least: int) -> tuple[int, ...]:
    """Spread an int over `n` axes, or check a tuple or list of `n` ints, each `least` or more."""
    if type(value) is int and value >= least:
        return (value,) * n
    wanted = f"give an int or a tuple of {n} int{'s' if n > 1 else ''}"
    values = _ints(value if isinstance(value, tuple | list) else [value] * n)
    if values is None:
        raise TypeError(f"{name} is {value!r}: {wanted}")
    if len(values) != n:
        raise ValueError(f"{name} is {value!r}: {wanted}")
    if min(values) < least:
        raise ValueError(f"{name} is {value!r}: it must be {least} or more")
    return values


def lengths(name: str, value: Sequence[SupportsIndex], n: int) -> tuple[int, ...]:
    """Check the lengths of `n` axes: a tuple or a list of ints, each 1 or more."""
    wanted = f"give the length of each axis, {n} int{'s' if n > 1 else ''}"
    values = _ints(value) if isinstance(value, tuple | list) else None
    if values is None:
        raise TypeError(f"{name} is {value!r}: {wanted}")
    if len(values) != n:
        raise ValueError(f"{name} is {value!r}: {wanted}")
    if min(values) < 1:
        raise ValueError(f"{name} is {value!r}: each length must be 1 or more")
    return values


def _ints(values: Sequence[Any]) -> tuple[int, ...] | None:
    """The values as ints, or None if one is none; True and False are none."""
    if any(isinstance(value, bool) for value in values):
        return None
    try:
        return tuple(index(value) for value in values)
    except TypeError:
        return None


def whole(name: str, value: SupportsIndex, least: int) -> int:
    """Check an int that must be `least` or more."""
    values = _ints([value])
    if values is None:
        raise TypeError(f"{name} is {value!r}: give an int")
    if values[0] < least:
        raise ValueError(f"{name} is {value}: give {least} or more")
    return values[0]


def positive(name: str, value: SupportsFloat) -> float:
    """Check a number that must be above 0 and finite."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}: give an int or a float above 0")
    number: Any = value
    if not 0 < number < float("inf"):
        raise ValueError(f"{name} is {value}: give a finite number above 0")
    return number if isinstance(number, int) else float(number)


def numbers(name: str, array: Any) -> None:
    """Raise if `array` has a shape but no numbers, as a tensor on the device `meta` has."""
    if str(array_api_compat.device(array)) == "meta":
        raise ValueError(f"{name} is on the device meta: it has a shape but no numbers")


def fits(shape: Sequence[int], **asked: Any) -> None:
    """Raise if an array of this shape, which the arguments ask for, is beyond every machine."""
    if prod(shape) > 2**48:
        given = ", ".join(f"{name} is {value!r}" for name, value in asked.items())
        raise MemoryError(f"{given}: an array of {dims(shape)} is more than memory holds")


def same_channels(
    X: Any, channels: int, n: int, groups: int = 1, outputs: int | None = None
) -> None:
    """Raise unless the kernels have a slice for each channel of the image, or of its group."""
    found = X.shape[-n - 1]
    if groups > 1 and (found % groups or (outputs or 0) % groups):
        raise ValueError(
            f"groups is {groups}: it must divide the {found} input and {outputs} output channels"
        )
    if found != channels * groups:
        each = f" in each of {groups} groups" if groups > 1 else ""
        raise ValueError(
            f"K has {channels} channels{each} but X has {found}: the kernel needs one slice "
            "for each channel of the image"
        )
