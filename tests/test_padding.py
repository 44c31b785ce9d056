"""What is added around an image: as much as is asked for, of the kind that is asked for."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from scipy import ndimage
from test_correlation import (
    CONV,
    CORR,
    KINDS,
    TORCH,
    in_one_two_and_three_dimensions,
    whole_numbers,
)
from torch import nn
from torch.nn import functional

from convdocs import (
    Conv2D,
    LocallyConnected2D,
    conv2d_cost,
    corr2d,
    corr2d_multi_in,
    corr2d_multi_in_out,
    kernel_to_dense,
    output_shape,
    toeplitz,
)

MODES = {
    "zeros": "constant",
    "circular": "circular",
    "reflect": "reflect",
    "replicate": "replicate",
}
NDIMAGE = {"zeros": "constant", "circular": "wrap", "reflect": "mirror", "replicate": "nearest"}


@in_one_two_and_three_dimensions
@given(data=st.data(), mode=st.sampled_from([*MODES]), kind=st.sampled_from([*KINDS]))
def test_padding_of_each_kind_is_torchs(n, data, mode, kind):
    size = data.draw(st.tuples(*[st.integers(4, 6)] * n))
    kernel = data.draw(st.tuples(*[st.integers(1, 3)] * n))
    ends = data.draw(st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * n))
    stride = data.draw(st.integers(1, 2))
    X, K = whole_numbers(0, 2, *size), whole_numbers(1, *kernel)
    # torch wants the ends of the last axis first
    flat = [width for pair in reversed(ends) for width in pair]
    padded = functional.pad(torch.from_numpy(X)[:, None], flat, mode=MODES[mode])
    for operation, turned in ((CORR[n], K), (CONV[n], np.flip(K).copy())):
        wanted = TORCH[n](padded, torch.from_numpy(turned)[None, None], stride=stride)[:, 0]
        given = {"stride": stride, "padding": ends, "padding_mode": mode}
        Y = operation(KINDS[kind](X), KINDS[kind](K), **given)
        np.testing.assert_array_equal(np.asarray(Y), wanted.numpy())
        assert output_shape(size, kernel, stride=stride, padding=ends) == Y.shape[1:]


@pytest.mark.parametrize("mode", [*MODES])
@given(rows=st.sampled_from([1, 3, 5]), columns=st.sampled_from([1, 3]), seed=st.integers(0, 99))
def test_same_is_ndimages_at_every_border(mode, rows, columns, seed):
    X, K = whole_numbers(seed, 6, 7), whole_numbers(seed + 1, rows, columns)
    wanted = ndimage.correlate(X, K, mode=NDIMAGE[mode])
    np.testing.assert_array_equal(corr2d(X, K, padding="same", padding_mode=mode), wanted)


@given(dilation=st.integers(1, 3), k=st.sampled_from([1, 3, 5]))
def test_same_keeps_the_size_with_a_dilation_as_torchs_does(dilation, k):
    X, K = whole_numbers(0, 1, 1, 9, 8), whole_numbers(1, 1, 1, k, k)
    wanted = functional.conv2d(
        torch.from_numpy(X), torch.from_numpy(K), padding="same", dilation=dilation
    )
    Y = corr2d_multi_in_out(X, K, padding="same", dilation=dilation)
    np.testing.assert_array_equal(Y, wanted.numpy())
    assert output_shape((9, 8), (k, k), padding="same", dilation=dilation) == (9, 8)


def test_a_row_by_hand():
    X, K = np.array([1, 2, 3]), np.array([1, 10, 100])
    # zeros: 0 1 2 3 0; circular: 3 1 2 3 1; reflect: 2 1 2 3 2; replicate: 1 1 2 3 3
    first = {"zeros": 210, "circular": 213, "reflect": 212, "replicate": 211}
    for mode, number in first.items():
        Y = CORR[1](X, K, padding="same", padding_mode=mode)
        assert Y.tolist()[0] == number
        assert Y.tolist()[1] == 321
    assert CORR[1](X, K, padding=((0, 2),)).tolist() == [321, 32, 3]
    assert CORR[1](X, K, padding=[[2, 0]]).tolist() == [100, 210, 321]


def test_every_function_that_pads_takes_every_way_to_say_it():
    X, K = whole_numbers(0, 5, 6), whole_numbers(1, 3, 3)
    ways = [1, (1, 1), [1, 1], ((1, 1), (1, 1)), ((1, 1), 1), "same"]
    for call in (
        lambda p: corr2d_multi_in(X[None], K[None], padding=p),
        lambda p: kernel_to_dense(K, (5, 6), padding=p),
        lambda p: toeplitz(K, (5, 6), padding=p),
        lambda p: Conv2D(1, 1, 3, padding=p)(torch.ones(1, 5, 6)).shape,
        lambda p: LocallyConnected2D((5, 6), 3, padding=p).weight.shape,
        lambda p: conv2d_cost((5, 6), 1, 1, 3, padding=p).multiply_adds,
    ):
        for way in ways:
            np.testing.assert_array_equal(call(way), call(1))


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"padding": "full"}, ValueError, "padding is 'full': give a number of pixels, or 'same'"),
        (
            {"padding": "same", "stride": (1, 2)},
            ValueError,
            r"padding is 'same' but stride is \(1, 2\): only stride 1 keeps the size",
        ),
        ({"padding": ((1, 2),)}, ValueError, r"padding is \(\(1, 2\),\): give an int or a pair"),
        ({"padding": ((1, 2), (1, 2, 3))}, ValueError, r"padding is \(1, 2, 3\): give an int or a"),
        ({"padding": ((1, -2), 1)}, ValueError, r"padding is \(1, -2\): it must be 0 or more"),
        ({"padding": ((1, 2.0), 1)}, TypeError, r"padding is \(1, 2.0\): give an int or a tuple"),
        (
            {"padding_mode": "symmetric"},
            ValueError,
            "padding_mode is 'symmetric': give 'zeros', 'ci",
        ),
        ({"padding_mode": None}, ValueError, "padding_mode is None: give 'zeros'"),
        (
            {"padding": 6, "padding_mode": "circular"},
            ValueError,
            r"padding is \(\(6, 6\), \(6, 6\)\) but the image is 5×6: with circular .* at most 5×6",
        ),
        (
            {"padding": ((0, 5), 0), "padding_mode": "reflect"},
            ValueError,
            r"padding is \(\(0, 5\), \(0, 0\)\) but the image is 5×6: with reflect .* at most 4×5",
        ),
    ],
)
def test_padding_that_cannot_be_is_refused(given, error, said):
    with pytest.raises(error, match=f"^{said}"):
        corr2d(whole_numbers(0, 5, 6), whole_numbers(1, 3, 3), **given)


@pytest.mark.parametrize("kernel", [(2, 3), (3, 4)])
def test_same_says_what_an_even_window_cannot(kernel):
    said = rf"^padding is 'same' but the window spans {kernel[0]}×{kernel[1]}: one of even length"
    X, K = whole_numbers(0, 5, 6), whole_numbers(1, *kernel)
    for call in (
        lambda: corr2d(X, K, padding="same"),
        lambda: output_shape((5, 6), kernel, padding="same"),
        lambda: Conv2D(kernel, padding="same"),
        lambda: Conv2D(1, 2, kernel, padding="same"),
    ):
        with pytest.raises(ValueError, match=said):
            call()
    with pytest.raises(ValueError, match=said):  # a dilation does not make the middle a pixel
        corr2d(X, K, padding="same", dilation=1)


@pytest.mark.parametrize("mode", [*MODES])
def test_gradients_through_padding_are_torchs(mode):
    X = torch.randn(2, 1, 5, 6, dtype=torch.float64, requires_grad=True)
    theirs = nn.Conv2d(1, 1, 3, padding=2, padding_mode=mode).double()
    ours = Conv2D(1, 1, 3, padding=2, padding_mode=mode).double()
    ours.load_state_dict(theirs.state_dict())
    weights = torch.randn(2, 1, 7, 8, dtype=torch.float64)
    wanted = torch.autograd.grad((theirs(X) * weights).sum(), [X, *theirs.parameters()])
    found = torch.autograd.grad((ours(X) * weights).sum(), [X, *ours.parameters()])
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b)
