"""Pooling, and what a stack of windows sees."""

import array_api_strict
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from torch import nn
from torch.nn import functional

from convdocs import pool2d, receptive_field

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
KINDS = {"numpy": np.asarray, "torch": torch.asarray, "array_api_strict": array_api_strict.asarray}
POOLS = {"max": functional.max_pool2d, "mean": functional.avg_pool2d}


@pytest.mark.parametrize("mode", [*POOLS])
@given(size=pairs, stride=pairs, seed=st.integers(0, 99), kind=st.sampled_from([*KINDS]))
def test_pooling_is_torchs(mode, size, stride, seed, kind):
    X = np.random.default_rng(seed).integers(-99, 99, (2, 3, 5, 6)).astype("float64")
    wanted = POOLS[mode](torch.from_numpy(X), size, stride)
    Y = pool2d(KINDS[kind](X), size, mode, stride=stride)
    np.testing.assert_allclose(np.asarray(Y), wanted.numpy(), rtol=1e-14)


@pytest.mark.parametrize("mode", [*POOLS])
def test_gradients_of_pooling_are_torchs(mode):
    X = torch.randn(2, 5, 6, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(2, 2, 3, dtype=torch.float64)
    wanted = torch.autograd.grad((POOLS[mode](X, 2, 2) * weights).sum(), X)
    found = torch.autograd.grad((pool2d(X, 2, mode, stride=2) * weights).sum(), X)
    torch.testing.assert_close(found, wanted)


def test_pooling_by_hand():
    X = np.arange(16).reshape(4, 4)
    assert pool2d(X, 2, stride=2).tolist() == [[5, 7], [13, 15]]
    assert pool2d(X, (1, 4)).tolist() == [[3], [7], [11], [15]]
    assert pool2d(X / 1, (4, 1), "mean").tolist() == [[6, 7, 8, 9]]
    assert pool2d(np.full((2, 2), np.nan), 2).tolist() == [[pytest.approx(np.nan, nan_ok=True)]]


def test_the_mean_of_half_precision_does_not_leave_its_range():
    X = np.full((4, 4), 60000, dtype=np.float16)
    assert pool2d(X, 4, "mean").tolist() == [[60000]]
    assert pool2d(X, 4).dtype == np.float16


def test_pooling_returns_new_numbers():
    X = np.ones((3, 3))
    pool2d(X, 1)[:] = 7
    assert X.max() == 1


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda X: pool2d(X, 2, "avg"), ValueError, "mode is 'avg': give 'max' or 'mean'"),
        (lambda X: pool2d(X, 2, None), ValueError, "mode is None: give 'max' or 'mean'"),
        (
            lambda X: pool2d(X, 4),
            ValueError,
            "pool_size is 4×4 but the image is 3×3: a window must fit",
        ),
        (lambda X: pool2d(X, 0), ValueError, "pool_size is 0: it must be 1 or more"),
        (lambda X: pool2d(X, 2.0), TypeError, "pool_size is 2.0: give an int or a tuple of 2"),
        (lambda X: pool2d(X, 2, stride=0), ValueError, "stride is 0: it must be 1 or more"),
        (lambda X: pool2d(X[0], 2), ValueError, "X has 1 axes"),
        (lambda X: pool2d(X.tolist(), 2), TypeError, "X is a list: give a torch tensor"),
        (
            lambda X: pool2d(X.astype(int), 2, "mean"),
            TypeError,
            "X is int64: give a floating dtype",
        ),
    ],
)
def test_what_cannot_be_pooled_is_refused(call, error, said):
    with pytest.raises(error, match=f"^{said}"):
        call(np.ones((3, 3)))


# ---- receptive fields ----

layers = st.fixed_dictionaries(
    {"kernel_size": st.integers(1, 4)},
    optional={
        "stride": st.integers(1, 3),
        "padding": st.integers(0, 3),
        "dilation": st.integers(1, 3),
    },
)


@given(stack=st.lists(layers, max_size=4), pooled=st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_receptive_field_is_where_the_gradient_is_not_zero(stack, pooled):
    field = receptive_field(stack)
    modules = []
    for layer, pool in zip(stack, pooled, strict=False):
        if (
            pool
            and layer.get("dilation", 1) == 1
            and 2 * layer.get("padding", 0) <= layer["kernel_size"]
        ):
            about = {name: number for name, number in layer.items() if name != "dilation"}
            modules.append(nn.AvgPool1d(**{"stride": 1, **about}))
        else:
            modules.append(nn.Conv1d(1, 1, **layer))
            nn.init.ones_(modules[-1].weight)
    n = 5 * field.step + 2 * field.size + 40
    X = torch.zeros(1, 1, n, dtype=torch.float64, requires_grad=True)
    Y = nn.Sequential(*modules).double()(X)[0, 0] if modules else X[0, 0]
    # units whose window lies inside the image: padding hides a part of the others'
    inside = [
        i
        for i in range(len(Y))
        if field.start + i * field.step >= 0 and field.start + i * field.step + field.size <= n
    ]
    assume(inside)
    for i in {inside[0], inside[-1]}:
        (gradient,) = torch.autograd.grad(Y[i], X, retain_graph=True)
        reached = gradient[0, 0].nonzero()[:, 0].tolist()
        assert reached[0] == field.start + i * field.step
        assert reached[-1] - reached[0] + 1 == field.size


def test_receptive_fields_by_hand():
    assert receptive_field([]) == (1, 1, 0)
    assert receptive_field([{"kernel_size": 3}]) == (3, 1, 0)
    # AlexNet's first convolution and pooling: 11 + 4·(3 − 1) = 19 pixels, every 4·2 = 8
    first, pool = {"kernel_size": 11, "stride": 4, "padding": 2}, {"kernel_size": 3, "stride": 2}
    assert receptive_field([first, pool]) == (19, 8, -2)
    # a 1×1 layer with a stride sees no further, but all that follow do
    assert receptive_field([{"kernel_size": 1, "stride": 2}, {"kernel_size": 3}]) == (5, 2, 0)
    # dilations 1, 2 and 4 of three weights each: 1 + 2·(1 + 2 + 4) = 15
    assert receptive_field([{"kernel_size": 3, "dilation": d} for d in (1, 2, 4)]).size == 15


@pytest.mark.parametrize(
    ("stack", "error", "said"),
    [
        ([3], TypeError, r"layers\[0\] is 3: give a mapping such as \{'kernel_size': 3\}"),
        ([{"kernel_size": 3}, {"stride": 2}], ValueError, r"layers\[1\] has no kernel_size"),
        (
            [{"kernel_size": 3, "pad": 1}],
            ValueError,
            r"layers\[0\] has 'pad': give kernel_size and",
        ),
        ([{"kernel_size": 0}], ValueError, r"kernel_size of layers\[0\] is 0: give 1 or more"),
        (
            [{"kernel_size": (3, 3)}],
            TypeError,
            r"kernel_size of layers\[0\] is \(3, 3\): give an int",
        ),
        (
            [{"kernel_size": 3, "padding": -1}],
            ValueError,
            r"padding of layers\[0\] is -1: give 0 or more",
        ),
    ],
)
def test_layers_that_there_are_none_of_are_refused(stack, error, said):
    with pytest.raises(error, match=f"^{said}"):
        receptive_field(stack)
