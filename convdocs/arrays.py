"""What counts as an array, and the checks that every function makes of its arguments."""

from typing import Any, Protocol

import array_api_compat

type Size = int | tuple[int, ...]


class Array(Protocol):
    """A torch tensor, a NumPy array, or any other array of the Python array API standard.

    The operations are slices, products and sums, so they run on the caller's own kind of
    array, on its device, and through torch's autograd. All arrays of one call must be of
    one kind and of one dtype: a floating dtype, int32 or int64. Sums are taken in that
    dtype. Smaller integers are refused because sums of their products overflow, complex
    numbers because the field does not agree whether correlation conjugates the kernel.

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
    (first, X), *others = arrays.items()
    xp = array_api_compat.array_namespace(X)
    for name, array in others:
        if array_api_compat.array_namespace(array) is not xp:
            raise TypeError(
                f"{name} is a {type(array).__module__} array but {first} is a "
                f"{type(X).__module__} array: give both as the same kind"
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
    return xp


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
    if not isinstance(values, tuple) or any(type(v) is not int for v in values):
        raise TypeError(f"{name} is {value!r}: give an int or a tuple of {n} ints")
    if len(values) != n:
        raise ValueError(f"{name} is {value!r}: give an int or a tuple of {n} ints")
    if min(values) < least:
        raise ValueError(f"{name} is {value!r}: it must be {least} or more")
    return values


def pad(xp: Any, X: Any, padding: tuple[int, ...]) -> Any:
    """Put `padding[i]` zeros before and after each of the last axes of `X`."""
    for axis, width in enumerate(padding, start=-len(padding)):
        if width:
            shape = list(X.shape)
            shape[axis] = width
            zeros = xp.zeros(tuple(shape), dtype=X.dtype, device=array_api_compat.device(X))
            X = xp.concat([zeros, X, zeros], axis=axis)
    return X
