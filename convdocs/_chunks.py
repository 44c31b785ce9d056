"""Correlation of an image that lies in chunks, as Dask keeps what is larger than memory."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from convdocs.arrays import spans


def by_chunks(
    function: Callable[..., Any],
    X: Any,
    K: Any,
    s: Sequence[int],
    d: Sequence[int],
    out: Sequence[int],
    groups: int,
) -> Any:
    """Give each chunk the pixels beyond its end that its windows reach into, and call `function`.

    `X` is `(..., c_i, h, w)`, padded, in chunks; `K` is `(c_o, c_i / groups, k_h, k_w)`. A chunk
    becomes a chunk of the result, so that no more than a few of each are in memory at once.
    """
    import dask.array as da

    n = len(out)
    first = X.ndim - n
    chunks: dict[int, Any] = {first - 1: -1}  # all channels together
    reach, outputs = {}, []
    moved = zip(out, s, spans(K.shape[-n:], d), strict=True)
    for axis, (o, t, span) in enumerate(moved, start=first):
        reach[axis] = max(0, span - t)
        edges = _edges(X.chunks[axis], o, t, reach[axis])
        outputs.append(tuple(stop - start for start, stop in pairwise(edges)))
        X = X[(*[slice(None)] * axis, slice(t * (o - 1) + span))]  # what some window reads
        chunks[axis] = (
            *(t * (b - a) for a, b in pairwise(edges[:-1])),
            X.shape[axis] - t * edges[-2],
        )
    X = da.overlap.overlap(  # type: ignore[no-untyped-call]
        X.rechunk(chunks),
        depth={axis: (0, reach.get(axis, 0)) for axis in range(X.ndim)},
        boundary="none",
    )
    every, kernels = range(X.ndim), range(X.ndim, X.ndim + K.ndim)
    maps = X.ndim + K.ndim  # the index of the feature maps, which takes the channels' place
    return da.blockwise(  # type: ignore[no-untyped-call]
        partial(_block, function, s, d, groups),
        (*every[: first - 1], maps, *every[first:]),
        X,
        every,
        K.rechunk(-1),
        kernels,
        new_axes={maps: K.shape[0]},
        adjust_chunks=dict(zip(every[first:], outputs, strict=True)),
        concatenate=True,
        dtype=X.dtype,
        meta=np.empty((0,) * X.ndim, dtype=X.dtype),
    )


def _edges(chunks: Sequence[int], o: int, s: int, reach: int) -> list[int]:
    """Between which outputs to cut: where chunks of the image end, if a neighbour reaches no further."""
    edges = [0]
    for end in np.cumsum(chunks)[:-1]:
        edge = min(o, -(-int(end) // s))
        if s * (edge - edges[-1]) >= max(1, reach) and edge < o:
            edges.append(edge)
    return [*edges, o]


def _block(function: Callable[..., Any], s: Any, d: Any, groups: int, X: Any, K: Any) -> Any:
    """One chunk's feature maps."""
    from array_api_compat import array_namespace

    return function(array_namespace(X), X, K, s, 0, d, "zeros", groups)
