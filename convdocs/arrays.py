"""What counts as an array, and the checks that every function makes of its arguments."""

from collections.abc import Sequence
from math import prod
from typing import Any, Protocol

import array_api_compat
import numpy as np

type Size = int | tuple[int, ...]
"""One number for every axis, or a tuple with one for each."""


class Array(Protocol):
    """A torch tensor, a NumPy array, or any other array of the Python array API standard.

    The operations are slices, products and sums, so they run on the caller's own kind of
    array, on its device, and through torch's autograd. All arrays of one call must be of
    one kind, on one device and of one dtype: a floating dtype, int32 or int64. Sums are
    taken in that dtype. Smaller integers are refused because sums of their products
    overflow, complex numbers because the field does not agree whether correlation conjugates
    the kernel.

    NaN and infinity follow IEEE arithmetic: an output is NaN if its window holds a NaN,
    even where the kernel is zero, and no other output is touched.

    Source: the [Python array API standard](https://data-apis.org/array-api/).
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""

    @property
    def dtype(self) -> Any:
        """The type of the elements."""


def namespace(**arrays: Any) -> Any:
    """Return the array library that the arguments share, or say which one does not fit."""
    for name, array in arrays.items():
        if not array_api_compat.is_array_api_obj(array):
            raise TypeError(
                f"{name} is a {type(array).__name__}: give a torch tensor, a NumPy array "
                "or another array of the Python array API"
            )
        if isinstance(array, np.ma.MaskedArray):
            raise TypeError(f"{name} is a masked array: fill its holes, for padding drops the mask")
        if "sparse" in str(getattr(array, "layout", "")):
            raise TypeError(f"{name} is {array.layout}: give a dense tensor")
    (first, X), *others = arrays.items()
    xp = array_api_compat.array_namespace(X)
    for name, array in others:
        if array_api_compat.array_namespace(array) is not xp:
            raise TypeError(
                f"{name} is an array of {library(array)} but {first} is one of {library(X)}: "
                "give both as the same kind"
            )
    for name, array in arrays.items():
        if not (xp.isdtype(array.dtype, "real floating") or array.dtype in (xp.int32, xp.int64)):
            raise TypeError(f"{name} is {dtype_name(array)}: give a floating dtype, int32 or int64")
        if array.dtype != X.dtype:
            raise TypeError(
                f"{name} is {dtype_name(array)} but {first} is {dtype_name(X)}: "
                "give both the same dtype"
            )
        if 0 in array.shape:
            raise ValueError(f"{name} is {dims(array.shape)}: it has no elements")
        device, device_of_first = array_api_compat.device(array), array_api_compat.device(X)
        if device != device_of_first:
            raise ValueError(
                f"{name} is on {device} but {first} is on {device_of_first}: move both to one device"
            )
    return xp


def library(array: Any) -> str:
    """The library that an array is of: `numpy` or `torch`."""
    return type(array).__module__.partition(".")[0]


def dtype_name(array: Any) -> str:
    """The dtype as its library spells it: `float32` or `torch.float32`."""
    return str(array.dtype)


def dims(shape: tuple[int, ...]) -> str:
    """A shape for people: `3×5`."""
    return "×".join(map(str, shape)) if shape else "a scalar"


def rank(name: str, array: Array, wanted: int, axes: str, batch: bool = False) -> None:
    """Raise unless `array` has `wanted` axes, or at least that many if batches are allowed."""
    found = len(array.shape)
    if found == wanted or (batch and found > wanted):
        return
    raise ValueError(
        f"{name} has {found} axes ({dims(array.shape)}): give {axes}, "
        f"{'at least ' if batch else ''}{wanted} axes"
    )


def per_axis(name: str, value: Size, n: int, least: int) -> tuple[int, ...]:
    """Spread an int over `n` axes, or check a tuple of `n` ints, each `least` or more."""
    values = (value,) * n if isinstance(value, int) else value
    wanted = f"give an int or a tuple of {n} int{'s' if n > 1 else ''}"
    if not isinstance(values, tuple) or any(type(v) is not int for v in values):
        raise TypeError(f"{name} is {value!r}: {wanted}")
    if len(values) != n:
        raise ValueError(f"{name} is {value!r}: {wanted}")
    if min(values) < least:
        raise ValueError(f"{name} is {value!r}: it must be {least} or more")
    return values


def lengths(name: str, value: Sequence[int], n: int) -> tuple[int, ...]:
    """Check the lengths of `n` axes: a tuple or a list of ints, each 1 or more."""
    wanted = f"give the length of each axis, {n} int{'s' if n > 1 else ''}"
    if not isinstance(value, (tuple, list)) or any(type(v) is not int for v in value):
        raise TypeError(f"{name} is {value!r}: {wanted}")
    if len(value) != n:
        raise ValueError(f"{name} is {value!r}: {wanted}")
    if min(value) < 1:
        raise ValueError(f"{name} is {value!r}: each length must be 1 or more")
    return tuple(value)


def whole(name: str, value: int, least: int) -> int:
    """Check an int that must be `least` or more."""
    if type(value) is not int:
        raise TypeError(f"{name} is {value!r}: give an int")
    if value < least:
        raise ValueError(f"{name} is {value}: give {least} or more")
    return value


def numbers(name: str, array: Any) -> None:
    """Raise if `array` has a shape but no numbers, as a tensor on the device `meta` has."""
    if str(array_api_compat.device(array)) == "meta":
        raise ValueError(f"{name} is on the device meta: it has a shape but no numbers")


def fits(shape: tuple[int, ...], **asked: Any) -> None:
    """Raise if an array of this shape, which the arguments ask for, is beyond every machine."""
    if prod(shape) > 2**48:
        given = ", ".join(f"{name} is {value!r}" for name, value in asked.items())
        raise MemoryError(f"{given}: an array of {dims(shape)} is more than memory holds")


def pad(xp: Any, X: Any, padding: tuple[int, ...]) -> Any:
    """Put `padding[i]` zeros before and after each of the last axes of `X`."""
    for axis, width in enumerate(padding, start=-len(padding)):
        if width:
            shape = list(X.shape)
            shape[axis] = width
            zeros = xp.zeros(tuple(shape), dtype=X.dtype, device=array_api_compat.device(X))
            X = xp.concat([zeros, X, zeros], axis=axis)
    return X
