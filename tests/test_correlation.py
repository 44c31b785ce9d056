from enum import IntEnum

import array_api_strict
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage, signal
from torch.autograd import gradcheck
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from convdocs import (
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
    correlation,
    output_shape,
    toeplitz,
)

CORR = {1: corr1d, 2: corr2d, 3: corr3d}
CONV = {1: conv1d, 2: conv2d, 3: conv3d}
SEVERAL = {1: corr1d_multi_in_out, 2: corr2d_multi_in_out, 3: corr3d_multi_in_out}
TORCH = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
KINDS = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "array_api_strict": array_api_strict.asarray,
}
in_one_two_and_three_dimensions = pytest.mark.parametrize("n", [1, 2, 3])
both = pytest.mark.parametrize("operation", [CORR, CONV], ids=["corr", "conv"])


def whole_numbers(seed, *shape):
    """Small whole numbers: their products and sums are exact in every dtype."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype("float64")


@st.composite
def settings_of(draw, n):
    """Shapes of a batch, an image and a kernel that fits, and how the kernel is moved."""
    sizes = st.tuples(*[st.integers(1, 3)] * n)
    kernel, dilation, stride = draw(sizes), draw(sizes), draw(sizes)
    padding = draw(st.tuples(*[st.integers(0, 2)] * n))
    image = tuple(
        draw(st.integers(max(1, d * (k - 1) + 1 - 2 * p), d * (k - 1) + 4))
        for k, d, p in zip(kernel, dilation, padding, strict=True)
    )
    batch = tuple(draw(st.lists(st.integers(1, 2), max_size=2)))
    return batch, image, kernel, {"stride": stride, "padding": padding, "dilation": dilation}


# What the output is


def test_corr2d_by_hand():
    X, K = torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2)
    # 0·0 + 1·1 + 2·3 + 3·4 = 19
    assert corr2d(X, K).tolist() == [[19, 25], [37, 43]]


def test_conv2d_by_hand():
    X, K = torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2)
    # 3·0 + 2·1 + 1·3 + 0·4 = 5
    assert conv2d(X, K).tolist() == [[5, 11], [23, 29]]


def test_a_difference_of_neighbours_finds_the_edges_of_a_black_bar():
    X = torch.ones(6, 8)
    X[:, 2:6] = 0
    K = torch.tensor([[1.0, -1.0]])
    assert corr2d(X, K).tolist() == [[0, 1, 0, 0, 0, -1, 0]] * 6
    assert corr2d(X.T, K).tolist() == [[0] * 5] * 8  # it does not see horizontal edges


@in_one_two_and_three_dimensions
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), seed=st.integers(0, 99))
def test_correlation_is_what_torch_calls_convolution(n, data, kind, seed):
    batch, image, kernel, moves = data.draw(settings_of(n))
    dtype = data.draw(st.sampled_from(["float32", "float64", "int32", "int64"]))
    X, K = whole_numbers(seed, *batch, *image), whole_numbers(seed + 1, *kernel)
    wanted = TORCH[n](
        torch.asarray(X).reshape(-1, 1, *image), torch.asarray(K)[None, None], **moves
    )
    Y = CORR[n](KINDS[kind](X.astype(dtype)), KINDS[kind](K.astype(dtype)), **moves)
    np.testing.assert_array_equal(np.asarray(Y), wanted.reshape(Y.shape).numpy())
    assert Y.shape == (*batch, *output_shape(image, kernel, **moves))


@pytest.mark.parametrize(
    ("image", "kernel", "moves"),
    [
        ((900_001,), (101,), {}),
        ((900_001,), (4,), {"stride": 2, "padding": 3, "dilation": 5}),
        ((1100, 901), (3, 5), {"padding": (1, 2)}),
        ((1100, 901), (31, 2), {"stride": (2, 1), "dilation": (1, 3)}),
        ((90, 70, 80), (3, 2, 3), {"padding": 1, "stride": (1, 2, 1)}),
    ],
)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_images_too_large_for_one_strip_are_put_together(image, kernel, moves, kind):
    X, K = whole_numbers(0, *image), whole_numbers(1, *kernel)
    n = len(image)
    wanted = TORCH[n](torch.asarray(X)[None, None], torch.asarray(K)[None, None], **moves)[0, 0]
    Y = CORR[n](KINDS[kind](X), KINDS[kind](K), **moves)
    np.testing.assert_array_equal(np.asarray(Y), wanted.numpy())


@given(data=st.data(), seed=st.integers(0, 99))
def test_channels_in_small_tiles_are_torchs(data, seed):
    batch, image, kernel, moves = data.draw(settings_of(2))
    image = tuple(size + data.draw(st.integers(0, 60)) for size in image)
    X, K = whole_numbers(seed, *batch, 3, *image), whole_numbers(seed + 1, 2, 3, *kernel)
    wanted = functional.conv2d(torch.asarray(X).reshape(-1, 3, *image), torch.asarray(K), **moves)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "AT_ONCE", 1)  # tiles as small as there may be
        Y = corr2d_multi_in_out(X, K, **moves)
    np.testing.assert_array_equal(Y, wanted.reshape(Y.shape).numpy())


@in_one_two_and_three_dimensions
@given(data=st.data(), seed=st.integers(0, 99))
def test_fractions_agree_with_torch_to_the_dtypes_precision(n, data, seed):
    _, image, kernel, moves = data.draw(settings_of(n))
    dtype = data.draw(st.sampled_from([torch.float32, torch.float64]))
    torch.manual_seed(seed)
    X, K = torch.randn(image, dtype=dtype), torch.randn(kernel, dtype=dtype)
    wanted = TORCH[n](X[None, None], K[None, None], **moves)[0, 0]
    eps = torch.finfo(dtype).eps
    # Each of at most 27 products and sums rounds once.
    tolerance = 64 * eps * float(X.abs().max() * K.abs().sum())
    torch.testing.assert_close(CORR[n](X, K, **moves), wanted, rtol=0, atol=tolerance)


@in_one_two_and_three_dimensions
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), seed=st.integers(0, 99))
def test_correlation_and_convolution_are_scipys(n, data, kind, seed):
    _, image, kernel, _ = data.draw(settings_of(n))
    image = tuple(map(max, image, kernel))
    X, K = whole_numbers(seed, *image), whole_numbers(seed + 1, *kernel)
    x, k = KINDS[kind](X), KINDS[kind](K)
    full = tuple(size - 1 for size in kernel)
    for ours, scipys in ((CORR[n], signal.correlate), (CONV[n], signal.convolve)):
        valid = scipys(X, K, mode="valid", method="direct")
        np.testing.assert_array_equal(np.asarray(ours(x, k)), valid)
        everywhere = scipys(X, K, mode="full", method="direct")
        np.testing.assert_array_equal(np.asarray(ours(x, k, padding=full)), everywhere)


@in_one_two_and_three_dimensions
@given(data=st.data(), seed=st.integers(0, 99))
def test_flipping_the_kernel_turns_correlation_into_convolution(n, data, seed):
    batch, image, kernel, moves = data.draw(settings_of(n))
    X, K = whole_numbers(seed, *batch, *image), whole_numbers(seed + 1, *kernel)
    np.testing.assert_array_equal(CONV[n](X, K, **moves), CORR[n](X, np.flip(K), **moves))


@in_one_two_and_three_dimensions
@given(data=st.data(), seed=st.integers(0, 99))
def test_an_output_is_the_sum_of_its_windows_products(n, data, seed):
    _, image, kernel, moves = data.draw(settings_of(n))
    X, K = whole_numbers(seed, *image), whole_numbers(seed + 1, *kernel)
    padded = np.pad(X, [(p, p) for p in moves["padding"]])
    span = tuple(d * (k - 1) + 1 for d, k in zip(moves["dilation"], kernel, strict=True))
    windows = sliding_window_view(padded, span)[
        tuple(slice(None, None, step) for step in (*moves["stride"], *moves["dilation"]))
    ]
    wanted = np.tensordot(windows, K, axes=n)
    np.testing.assert_array_equal(CORR[n](X, K, **moves), wanted)


@given(data=st.data(), seed=st.integers(0, 99))
def test_correlation_is_the_flattened_kernel_times_the_unfolded_image(data, seed):
    _, image, kernel, moves = data.draw(settings_of(2))
    X, K = map(torch.asarray, (whole_numbers(seed, *image), whole_numbers(seed + 1, *kernel)))
    columns = functional.unfold(X[None, None], kernel, **moves)[0]
    assert torch.equal(corr2d(X, K, **moves).reshape(-1), K.reshape(-1) @ columns)


def test_padding_by_the_radius_keeps_the_size_as_ndimage_does():
    X, K = whole_numbers(0, 7, 9), whole_numbers(1, 3, 5)
    wanted = ndimage.correlate(X, K, mode="constant")
    np.testing.assert_array_equal(corr2d(X, K, padding=(1, 2)), wanted)
    wanted = ndimage.convolve(X, K, mode="constant")
    np.testing.assert_array_equal(conv2d(X, K, padding=(1, 2)), wanted)


@in_one_two_and_three_dimensions
@both
def test_an_int_means_the_same_along_every_axis(operation, n):
    X, K = whole_numbers(0, *[9] * n), whole_numbers(1, *[2] * n)
    of_int = operation[n](X, K, stride=2, padding=1, dilation=3)
    of_tuple = operation[n](X, K, stride=(2,) * n, padding=(1,) * n, dilation=(3,) * n)
    np.testing.assert_array_equal(of_int, of_tuple)


@given(seed=st.integers(0, 99), a=st.integers(1, 4), b=st.integers(1, 4))
def test_full_convolution_commutes(seed, a, b):
    A, B = whole_numbers(seed, a), whole_numbers(seed + 1, b)
    np.testing.assert_array_equal(conv1d(A, B, padding=b - 1), conv1d(B, A, padding=a - 1))


def test_full_correlation_does_not_commute():
    A, B = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert corr1d(A, B, padding=1).tolist() == [4, 11, 6]
    assert corr1d(B, A, padding=1).tolist() == [6, 11, 4]


@given(seed=st.integers(0, 99), n=st.integers(1, 6), k=st.integers(1, 6))
def test_full_convolution_multiplies_polynomials(seed, n, k):
    a, b = whole_numbers(seed, n), whole_numbers(seed + 1, k)
    np.testing.assert_array_equal(conv1d(a, b, padding=k - 1), np.convolve(a, b))


@both
@given(seed=st.integers(0, 99), down=st.integers(0, 3), right=st.integers(0, 3))
def test_shifting_the_image_shifts_the_output(operation, seed, down, right):
    X, K = whole_numbers(seed, 8, 9), whole_numbers(seed + 1, 2, 3)
    shifted = np.roll(X, (down, right), axis=(0, 1))
    before, after = operation[2](X, K), operation[2](shifted, K)
    np.testing.assert_array_equal(after[down:, right:], before[: 7 - down, : 7 - right])


@both
@given(seed=st.integers(0, 99), c=st.integers(-9, 9))
def test_the_output_is_linear_in_the_image_and_in_the_kernel(operation, seed, c):
    X, Z = whole_numbers(seed, 2, 5, 6)
    K, L = whole_numbers(seed + 1, 2, 2, 3)
    f = operation[2]
    np.testing.assert_array_equal(f(X + c * Z, K), f(X, K) + c * f(Z, K))
    np.testing.assert_array_equal(f(X, K + c * L), f(X, K) + c * f(X, L))


@in_one_two_and_three_dimensions
@both
def test_a_kernel_of_one_weight_scales_and_returns_a_new_array(operation, n):
    X = whole_numbers(0, *[3] * n)
    copy = X.copy()
    Y = operation[n](X, np.ones((1,) * n))
    Y += 1
    np.testing.assert_array_equal(X, copy)
    np.testing.assert_array_equal(Y, copy + 1)


@in_one_two_and_three_dimensions
@both
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_arrays_of_one_element_work(operation, n, kind):
    X, K = (KINDS[kind](np.full((1,) * n, value)) for value in (3.0, 5.0))
    Y = operation[n](X, K)
    assert Y.shape == (1,) * n
    assert float(Y[(0,) * n]) == 15


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_stride_beyond_the_image_leaves_one_window(kind):
    X, K = KINDS[kind](whole_numbers(0, 4, 5)), KINDS[kind](whole_numbers(1, 2, 2))
    wanted = np.asarray(corr2d(X, K))[:1, :1]
    np.testing.assert_array_equal(np.asarray(corr2d(X, K, stride=10**30)), wanted)
    np.testing.assert_array_equal(np.asarray(corr2d(X, K, stride=4)), wanted)
    by_row = np.asarray(corr2d(X, K, stride=(10**30, 1)))
    np.testing.assert_array_equal(by_row, np.asarray(corr2d(X, K))[:1])


def test_a_stride_beyond_the_image_does_not_overflow_a_tensors_own_strides():
    X = torch.arange(20.0).reshape(5, 4).T  # its rows are 1 apart, its columns 4
    assert corr2d(X, torch.ones(1, 1), stride=10**30).tolist() == [[0]]


def test_int_sums_are_taken_in_the_dtype_given():
    X, K = np.array([2**30, 2**30]), np.array([2, 2])
    assert corr1d(X, K).tolist() == [2**32]
    assert corr1d(X.astype("int32"), K.astype("int32")).tolist() == [0]  # modulo 2^32


# Channels


def test_the_sum_over_channels_by_hand():
    X, K = torch.arange(27.0).reshape(3, 3, 3), torch.arange(12.0).reshape(3, 2, 2)
    maps = [corr2d(x, k) for x, k in zip(X, K, strict=True)]
    assert [m.tolist() for m in maps] == [
        [[19, 25], [37, 43]],
        [[249, 271], [315, 337]],
        [[767, 805], [881, 919]],
    ]
    assert corr2d_multi_in(X, K).tolist() == [[1035, 1101], [1233, 1299]]
    both = corr2d_multi_in_out(X, torch.stack([K, 2 * K]))
    assert both.tolist() == [[[1035, 1101], [1233, 1299]], [[2070, 2202], [2466, 2598]]]


@given(
    data=st.data(),
    kind=st.sampled_from(sorted(KINDS)),
    c_i=st.integers(1, 3),
    c_o=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_channels_are_summed_as_torch_does(data, kind, c_i, c_o, seed):
    batch, image, kernel, moves = data.draw(settings_of(2))
    dtype = data.draw(st.sampled_from(["float32", "float64", "int32", "int64"]))
    X = whole_numbers(seed, *batch, c_i, *image)
    K = whole_numbers(seed + 1, c_o, c_i, *kernel)
    x, k = KINDS[kind](X.astype(dtype)), KINDS[kind](K.astype(dtype))
    wanted = functional.conv2d(torch.asarray(X).reshape(-1, c_i, *image), torch.asarray(K), **moves)
    size = output_shape(image, kernel, **moves)
    Y = corr2d_multi_in_out(x, k, **moves)
    np.testing.assert_array_equal(np.asarray(Y), wanted.reshape(*batch, c_o, *size).numpy())
    first = corr2d_multi_in(x, k[0, ...], **moves)
    np.testing.assert_array_equal(np.asarray(first), wanted[:, 0].reshape(*batch, *size).numpy())


def test_kernels_of_one_pixel_mix_channels_as_a_matrix_does():
    X, K = whole_numbers(0, 3, 4, 5), whole_numbers(1, 2, 3, 1, 1)
    wanted = np.einsum("oc,chw->ohw", K[:, :, 0, 0], X)
    np.testing.assert_array_equal(corr2d_multi_in_out(X, K), wanted)


def test_channels_that_differ_in_number_are_refused():
    X = np.ones((3, 4, 4))
    said = r"^K has 2 channels but X has 3: the kernel needs one slice for each channel"
    with pytest.raises(ValueError, match=said):
        corr2d_multi_in(X, np.ones((2, 2, 2)))
    with pytest.raises(ValueError, match=said):
        corr2d_multi_in_out(X, np.ones((5, 2, 2, 2)))


# The number of windows


@pytest.mark.parametrize(
    ("image", "kernel", "moves", "wanted"),
    [
        ((6, 8), (1, 2), {}, (6, 7)),
        ((3, 3), (2, 2), {"padding": 1}, (4, 4)),
        ((8, 8), (3, 5), {"stride": (3, 4), "padding": (0, 1)}, (2, 2)),
        ((224, 224), (7, 7), {"stride": 2, "padding": 3}, (112, 112)),
        ((7,), (3,), {"dilation": 3}, (1,)),
        ((1, 2, 3, 4), (1, 1, 2, 2), {}, (1, 2, 2, 3)),
        ((5,), (2,), {"stride": 100}, (1,)),
    ],
)
def test_output_shapes_by_hand(image, kernel, moves, wanted):
    assert output_shape(image, kernel, **moves) == wanted
    assert output_shape(list(image), list(kernel), **moves) == wanted
    assert all(type(o) is int for o in output_shape(torch.Size(image), kernel, **moves))


@in_one_two_and_three_dimensions
@given(data=st.data())
def test_output_shape_counts_the_windows_of_torch(n, data):
    _, image, kernel, moves = data.draw(settings_of(n))
    X, K = (torch.empty((1, 1, *s), device="meta") for s in (image, kernel))
    assert output_shape(image, kernel, **moves) == TORCH[n](X, K, **moves).shape[2:]


# Gradients


def in_float64(*shape):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, dtype=torch.float64, generator=generator).requires_grad_()


@in_one_two_and_three_dimensions
@both
@pytest.mark.parametrize("moves", [{}, {"stride": 2, "padding": 1, "dilation": 2}])
def test_gradients_are_those_of_finite_differences(operation, n, moves):
    X, K = in_float64(2, *[4, 3, 3][:n]), in_float64(*[2, 1, 2][:n])
    assert gradcheck(lambda X, K: operation[n](X, K, **moves), (X, K))


@pytest.mark.parametrize("moves", [{}, {"stride": (2, 1), "padding": 1, "dilation": (1, 2)}])
def test_gradients_over_channels_are_those_of_finite_differences(moves):
    X, K = in_float64(2, 2, 4, 3), in_float64(2, 2, 2, 2)
    assert gradcheck(
        lambda X, K: corr2d_multi_in(X, K, **moves), (X, K[0].detach().clone().requires_grad_())
    )
    assert gradcheck(lambda X, K: corr2d_multi_in_out(X, K, **moves), (X, K))


@given(seed=st.integers(0, 99))
def test_the_kernels_gradient_is_the_image_correlated_with_the_outputs(seed):
    X, K, G = (
        torch.asarray(whole_numbers(seed + i, *s)) for i, s in enumerate([(5, 6), (2, 3), (4, 4)])
    )
    (gradient,) = torch.autograd.grad(corr2d(X, K.requires_grad_()), K, grad_outputs=G)
    assert torch.equal(gradient, corr2d(X, G))


@given(seed=st.integers(0, 99))
def test_the_images_gradient_is_the_full_convolution_of_the_outputs_with_the_kernel(seed):
    X, K, G = (
        torch.asarray(whole_numbers(seed + i, *s)) for i, s in enumerate([(5, 6), (2, 3), (4, 4)])
    )
    (gradient,) = torch.autograd.grad(corr2d(X.requires_grad_(), K), X, grad_outputs=G)
    assert torch.equal(gradient, conv2d(G, K, padding=(1, 2)))


@given(data=st.data(), seed=st.integers(0, 99))
def test_gradients_are_torchs(data, seed):
    _, image, kernel, moves = data.draw(settings_of(2))
    X, K = (torch.asarray(whole_numbers(seed, *s)).requires_grad_() for s in (image, kernel))
    Y = corr2d(X, K, **moves)
    G = torch.asarray(whole_numbers(seed + 1, *Y.shape))
    ours = torch.autograd.grad(Y, (X, K), grad_outputs=G)
    theirs = functional.conv2d(X[None, None], K[None, None], **moves)[0, 0]
    for a, b in zip(ours, torch.autograd.grad(theirs, (X, K), grad_outputs=G), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("moves", [{}, {"stride": (3, 2), "padding": 2, "dilation": (2, 1)}])
def test_gradients_through_many_tiles_are_torchs(moves, monkeypatch):
    monkeypatch.setattr(correlation, "AT_ONCE", 1)  # tiles as small as there may be
    X = torch.asarray(whole_numbers(0, 3, 2, 50, 70)).requires_grad_()
    K = torch.asarray(whole_numbers(1, 4, 2, 5, 3)).requires_grad_()
    ours, theirs = corr2d_multi_in_out(X, K, **moves), functional.conv2d(X, K, **moves)
    G = torch.asarray(whole_numbers(2, *theirs.shape))
    ours = torch.autograd.grad(ours, (X, K), grad_outputs=G)
    for a, b in zip(ours, torch.autograd.grad(theirs, (X, K), grad_outputs=G), strict=True):
        assert torch.equal(a, b)


def test_feature_maps_lie_in_memory_in_order():
    for batch in ((), (1,), (4,), (2, 3)):
        X, K = torch.rand(*batch, 3, 9, 8), torch.rand(2, 3, 3, 3)
        assert corr2d_multi_in_out(X, K).is_contiguous()


def test_images_and_kernels_may_be_mapped_over():
    X, K = torch.asarray(whole_numbers(0, 5, 4, 4)), torch.asarray(whole_numbers(1, 5, 2, 2))
    wanted = torch.stack([corr2d(x, k) for x, k in zip(X, K, strict=True)])
    assert torch.equal(torch.func.vmap(corr2d)(X, K), wanted)


# NaN and infinity


@pytest.mark.parametrize("moves", [{}, {"padding": 1}, {"stride": 2, "dilation": 2, "padding": 2}])
@given(i=st.integers(0, 5), j=st.integers(0, 6), weight=st.sampled_from([0.0, 2.0]))
def test_a_nan_reaches_exactly_the_outputs_whose_window_holds_it(moves, i, j, weight):
    X, K = torch.ones(6, 7, dtype=torch.float64), torch.full((2, 3), weight, dtype=torch.float64)
    X[i, j] = torch.nan
    # The windows that hold the pixel are those whose sum counts it.
    holds = (
        functional.conv2d(X.isnan().double()[None, None], torch.ones(1, 1, 2, 3).double(), **moves)
        > 0
    )
    Y = corr2d(X, K, **moves)
    assert torch.equal(Y.isnan(), holds[0, 0])
    torchs = functional.conv2d(X[None, None], K[None, None], **moves)[0, 0]
    torch.testing.assert_close(Y, torchs, equal_nan=True, rtol=0, atol=0)
    np.testing.assert_array_equal(corr2d(X.numpy(), K.numpy(), **moves), Y.numpy())


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # NumPy says so, IEEE too
def test_infinity_times_zero_is_nan_and_infinity_times_one_is_infinity():
    X = np.array([0.0, np.inf, 0.0])
    np.testing.assert_array_equal(corr1d(X, np.array([1.0, 0.0])), [np.nan, np.inf])
    np.testing.assert_array_equal(
        corr1d(torch.asarray(X), torch.tensor([1.0, 0.0]).double()), [np.nan, np.inf]
    )


def test_a_nan_in_one_channel_reaches_its_windows_only():
    X, K = torch.ones(2, 3, 4), torch.ones(3, 2, 2, 2)
    X[1, 0, 0] = torch.nan
    K[2, 0, 1, 1] = torch.nan
    wanted = functional.conv2d(X[None], K)[0]
    assert torch.equal(corr2d_multi_in_out(X, K).isnan(), wanted.isnan())
    assert int(wanted.isnan().sum()) == 1 + 1 + 6


# What is refused


@in_one_two_and_three_dimensions
@both
def test_a_wrong_rank_is_refused(operation, n):
    axes = ["length", "height and width", "depth, height and width"][n - 1]
    X, K = np.ones((3,) * n), np.ones((2,) * n)
    with pytest.raises(ValueError, match=rf"^K has {n + 1} axes \(.*\): give {axes}, {n} axes$"):
        operation[n](X, K[None])
    if n > 1:
        with pytest.raises(
            ValueError, match=rf"^X has {n - 1} axes \(.*\): give {axes}, at least {n}"
        ):
            operation[n](X[0], K)
        with pytest.raises(ValueError, match=rf"^K has {n - 1} axes"):
            operation[n](X, K[0])


def test_a_wrong_rank_is_refused_over_channels():
    with pytest.raises(ValueError, match=r"^X has 2 axes \(3×3\): give channels, height and width"):
        corr2d_multi_in(np.ones((3, 3)), np.ones((1, 2, 2)))
    with pytest.raises(ValueError, match=r"^K has 2 axes \(2×2\): give channels, height and width"):
        corr2d_multi_in(np.ones((1, 3, 3)), np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"^X has 2 axes \(3×3\): give channels, height and width"):
        corr2d_multi_in_out(np.ones((3, 3)), np.ones((1, 1, 2, 2)))
    with pytest.raises(ValueError, match=r"^K has 3 axes \(1×2×2\): give output channels, input"):
        corr2d_multi_in_out(np.ones((1, 3, 3)), np.ones((1, 2, 2)))


@both
@pytest.mark.parametrize(
    ("image", "kernel", "moves", "said"),
    [
        ((2, 4), (3, 5), {}, "kernel is 3×5 but the image is 2×4: a kernel must fit"),
        ((9, 4), (3, 5), {}, "kernel is 3×5 but the image is 9×4: a kernel must fit"),
        ((3, 3), (2, 2), {"dilation": 3}, "kernel is 2×2 and spans 4×4 but the image is 3×3"),
        ((1, 1), (4, 4), {"padding": 1}, "kernel is 4×4 but the padded image is 3×3"),
        (
            (1, 1),
            (2, 2),
            {"padding": (1, 0), "dilation": 5},
            "kernel is 2×2 and spans 6×6 but the padded image is 3×1",
        ),
        ((3, 3), (2, 2), {"dilation": 10**30}, "kernel is 2×2 and spans 10+1×10+1 but"),
    ],
)
def test_a_kernel_larger_than_the_image_is_refused(operation, image, kernel, moves, said):
    with pytest.raises(ValueError, match=said):
        operation[2](np.ones(image), np.ones(kernel), **moves)
    with pytest.raises(ValueError, match=said):
        output_shape(image, kernel, **moves)


def test_a_kernel_that_just_fits_is_not_refused():
    assert corr2d(np.ones((5, 2)), np.ones((3, 2)), dilation=(2, 1)).tolist() == [[6]]
    assert corr2d(np.ones((1, 1)), np.ones((3, 3)), padding=1).tolist() == [[1]]


SIZES = ("stride", "padding", "dilation")


@in_one_two_and_three_dimensions
@both
@pytest.mark.parametrize("argument", SIZES)
@pytest.mark.parametrize(
    "wrong", [1.0, True, b"1", None, {1}, np.float32(1), np.ones(3, int), [1.0], (True,)]
)
def test_what_is_no_int_is_refused(operation, n, argument, wrong):
    if isinstance(wrong, (tuple, list)):
        wrong = wrong * n
    wanted = f"give an int or a tuple of {n} int{'s' if n > 1 else ''}$"
    with pytest.raises(TypeError, match=rf"^{argument} is .*: {wanted}"):
        operation[n](np.ones((3,) * n), np.ones((2,) * n), **{argument: wrong})


@in_one_two_and_three_dimensions
@both
@pytest.mark.parametrize("argument", SIZES)
def test_numbers_too_small_are_refused(operation, n, argument):
    least = 0 if argument == "padding" else 1
    for wrong in (least - 1, -7, (2,) * (n - 1) + (least - 1,)):
        with pytest.raises(ValueError, match=rf"^{argument} is .*: it must be {least} or more$"):
            operation[n](np.ones((9,) * n), np.ones((2,) * n), **{argument: wrong})


@in_one_two_and_three_dimensions
@both
@pytest.mark.parametrize("argument", SIZES)
def test_a_tuple_of_another_length_is_refused(operation, n, argument):
    for wrong in ((), (1,) * (n + 1)):
        with pytest.raises(
            ValueError, match=rf"^{argument} is \(.*: give an int or a tuple of {n} int"
        ):
            operation[n](np.ones((9,) * n), np.ones((2,) * n), **{argument: wrong})


@pytest.mark.parametrize("function", [corr2d_multi_in, corr2d_multi_in_out])
@pytest.mark.parametrize("argument", SIZES)
def test_numbers_are_checked_over_channels_too(function, argument):
    X, K = np.ones((2, 4, 4)), np.ones((2, 2, 2))
    K = K if function is corr2d_multi_in else K[None]
    for wrong, error in ((-1, ValueError), (1.5, TypeError), ((1, 1, 1), ValueError)):
        with pytest.raises(error, match=rf"^{argument} is "):
            function(X, K, **{argument: wrong})


@pytest.mark.parametrize("wrong", [5, None, "56", np.array([5, 5]), {5, 6}, iter((5, 5))])
def test_output_shape_wants_lengths(wrong):
    with pytest.raises(TypeError, match=r"^image is .*: give the length of each axis, such as"):
        output_shape(wrong, (3, 3))
    with pytest.raises(TypeError, match=r"^kernel is .*: give the length of each axis, such as"):
        output_shape((3, 3), wrong)


@in_one_two_and_three_dimensions
@both
@pytest.mark.parametrize("argument", SIZES)
@pytest.mark.parametrize(
    "two", [np.int64(2), np.uint8(2), np.array(2), torch.tensor(2), IntEnum("Two", {"A": 2}).A, [2]]
)
def test_what_stands_for_an_int_is_one(operation, n, argument, two):
    X, K = whole_numbers(0, *(7,) * n), whole_numbers(1, *(2,) * n)
    given = two * n if isinstance(two, list) else two
    wanted = operation[n](X, K, **{argument: 2})
    np.testing.assert_array_equal(operation[n](X, K, **{argument: given}), wanted)
    np.testing.assert_array_equal(operation[n](X, K, **{argument: [2] * n}), wanted)


@pytest.mark.parametrize("wrong", [5.0, True, "5", None, np.float64(5)])
def test_output_shape_wants_lengths_that_are_ints(wrong):
    with pytest.raises(TypeError, match=r"^image is \(.*: give the length of each axis, 2 ints$"):
        output_shape((5, wrong), (3, 3))
    with pytest.raises(TypeError, match=r"^kernel is \(.*: give the length of each axis, 2 ints$"):
        output_shape((5, 5), (wrong, 3))


def test_output_shape_refuses_lengths_that_no_array_has():
    with pytest.raises(ValueError, match=r"^image is \(\): give the length of at least one axis"):
        output_shape((), ())
    with pytest.raises(ValueError, match=r"^kernel has 1 axes but the image has 2"):
        output_shape((5, 5), (3,))
    with pytest.raises(ValueError, match=r"^image is \(0, 5\): each length must be 1 or more"):
        output_shape((0, 5), (1, 1))
    with pytest.raises(ValueError, match=r"^kernel is \(3, -1\): each length must be 1 or more"):
        output_shape((5, 5), (3, -1))


# More channels, groups, and the way back


@in_one_two_and_three_dimensions
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), seed=st.integers(0, 99))
def test_channels_in_groups_are_torchs(n, data, kind, seed):
    batch, image, kernel, moves = data.draw(settings_of(n))
    groups, inputs, outputs = (data.draw(st.integers(1, 3)) for _ in range(3))
    X = whole_numbers(seed, *batch, groups * inputs, *image)
    K = whole_numbers(seed + 1, groups * outputs, inputs, *kernel)
    wanted = TORCH[n](
        torch.asarray(X).reshape(-1, *X.shape[-n - 1 :]), torch.asarray(K), groups=groups, **moves
    )
    Y = SEVERAL[n](KINDS[kind](X), KINDS[kind](K), groups=groups, **moves)
    np.testing.assert_array_equal(np.asarray(Y), wanted.reshape(Y.shape).numpy())


@in_one_two_and_three_dimensions
def test_gradients_in_groups_are_those_of_finite_differences(n):
    X = torch.randn(2, 4, *(4,) * n, dtype=torch.float64, requires_grad=True)
    K = torch.randn(6, 2, *(2,) * n, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda X, K: SEVERAL[n](X, K, groups=2, padding=1, stride=2), (X, K))


@pytest.mark.parametrize(
    ("shape", "groups", "error", "said"),
    [
        ((4, 2, 3, 3), 3, ValueError, "groups is 3: it must divide the 4 input and 4 output"),
        ((3, 2, 3, 3), 2, ValueError, "groups is 2: it must divide the 4 input and 3 output"),
        ((4, 4, 3, 3), 2, ValueError, "K has 4 channels in each of 2 groups but X has 4: the k"),
        ((4, 4, 3, 3), 0, ValueError, "groups is 0: give 1 or more"),
        ((4, 4, 3, 3), 1.0, TypeError, "groups is 1.0: give an int"),
    ],
)
def test_groups_that_there_are_none_of_are_refused(shape, groups, error, said):
    with pytest.raises(error, match=f"^{said}"):
        corr2d_multi_in_out(np.ones((4, 5, 5)), np.ones(shape), groups=groups)


@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), seed=st.integers(0, 99))
def test_the_transposed_is_the_matrixs_transpose(data, kind, seed):
    batch, image, kernel, moves = data.draw(settings_of(2))
    K = whole_numbers(seed, *kernel)
    T = toeplitz(K, image, **moves)
    Y = whole_numbers(seed + 1, *batch, *output_shape(image, kernel, **moves))
    X = corr2d_transposed(KINDS[kind](Y), KINDS[kind](K), image=image, **moves)
    wanted = (Y.reshape(-1, T.shape[0]) @ T).reshape(*batch, *image)
    np.testing.assert_array_equal(np.asarray(X), wanted)


@given(data=st.data(), seed=st.integers(0, 99))
def test_the_transposed_is_torchs_and_the_images_gradient(data, seed):
    _, image, kernel, moves = data.draw(settings_of(2))
    K = torch.asarray(whole_numbers(seed, *kernel))
    X = torch.zeros(image, dtype=torch.float64, requires_grad=True)
    Y = corr2d(X, K, **moves)
    G = torch.asarray(whole_numbers(seed + 1, *Y.shape))
    (gradient,) = torch.autograd.grad((Y * G).sum(), X)
    assert torch.equal(corr2d_transposed(G, K, image=list(image), **moves), gradient)
    try:
        smallest = functional.conv_transpose2d(G[None, None], K[None, None], **moves)[0, 0]
    except RuntimeError:  # the padding cuts all off
        with pytest.raises(ValueError, match=r"^padding is .*: it cuts off all of the"):
            corr2d_transposed(G, K, **moves)
    else:
        assert torch.equal(corr2d_transposed(G, K, **moves), smallest)


def test_the_transposed_undoes_unequal_and_same_padding():
    K, Y = whole_numbers(0, 3, 3), whole_numbers(1, 5, 6)
    for padding in ("same", ((2, 0), (1, 1)), 1):
        T = toeplitz(K, (5, 6), padding=padding)
        X = corr2d_transposed(Y, K, padding=padding)
        np.testing.assert_array_equal(X, (Y.ravel() @ T).reshape(5, 6))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_a_weight_or_output_that_is_no_number_reaches_its_own_pixels_only(odd):
    K, Y = np.array([[odd, 1.0]]), np.ones((2, 2))
    wanted = functional.conv_transpose2d(
        *(torch.from_numpy(a)[None, None] for a in (Y, K)), stride=2
    )
    np.testing.assert_array_equal(corr2d_transposed(Y, K, stride=2), wanted[0, 0].numpy())
    Y[0, 1] = odd
    wanted = functional.conv_transpose2d(*(torch.from_numpy(a)[None, None] for a in (Y, K)))
    np.testing.assert_array_equal(corr2d_transposed(Y, K), wanted[0, 0].numpy())


@in_one_two_and_three_dimensions
def test_a_stride_multiplies_no_more_than_torch_does(n):
    X, K = torch.randn(1, 4, *(33,) * n), torch.randn(8, 4, *(3,) * n)
    work = []
    for run in (SEVERAL[n], TORCH[n]):
        with FlopCounterMode(display=False) as counter:
            run(X, K, stride=2)
        work.append(counter.get_total_flops())
    assert work[0] <= work[1]


@pytest.mark.parametrize("image", [(5, 6), (6, 8), (8, 8)])
def test_an_image_that_gives_other_outputs_is_refused(image):
    with pytest.raises(ValueError, match=r"^image is .*, which does not give outputs of 3×3$"):
        corr2d_transposed(np.ones((3, 3)), np.ones((2, 2)), stride=2, image=image)


def test_the_transposeds_gradients_are_those_of_finite_differences():
    Y = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    K = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(
        lambda Y, K: corr2d_transposed(Y, K, stride=(2, 1), padding=1, dilation=(2, 1)), (Y, K)
    )


# What arrays may be like


@in_one_two_and_three_dimensions
@both
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_empty_batch_gives_empty_outputs(operation, n, kind):
    X, K = np.ones((0, 2, *(5,) * n)), np.ones((3,) * n)
    assert operation[n](KINDS[kind](X), KINDS[kind](K)).shape == (0, 2, *(3,) * n)
    X, K = np.ones((0, 2, *(5,) * n)), np.ones((4, 2, *(3,) * n))
    assert SEVERAL[n](KINDS[kind](X), KINDS[kind](K), stride=2).shape == (0, 4, *(2,) * n)


@pytest.mark.parametrize("dtype", [">i4", ">i8", ">f4", ">f8"])
def test_numbers_in_the_other_byte_order_are_numbers(dtype):
    X, K = whole_numbers(0, 5, 6), whole_numbers(1, 2, 3)
    native = np.dtype(dtype).newbyteorder("=")
    for a, b in ((dtype, dtype), (dtype, native), (native, dtype)):
        Y = corr2d(X.astype(a), K.astype(b))
        np.testing.assert_array_equal(Y, corr2d(X, K))
        assert Y.dtype == native


def test_half_precision_is_added_up_in_float32():
    ones = np.ones((71, 71), np.float16)
    assert corr2d(ones, ones).tolist() == [[5040]]  # of 5041, the nearest float16
    wide = torch.ones(21, 21, dtype=torch.bfloat16)
    assert corr2d(wide, wide).tolist() == [[440]]  # of 441, the nearest bfloat16
    column = np.float16([[60000], [60000], [-60000]])
    assert corr2d(column, np.ones((3, 1), np.float16)).tolist() == [[60000]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@given(seed=st.integers(0, 99))
def test_half_precision_is_as_exact_as_torchs(dtype, seed):
    torch.manual_seed(seed)
    X, K = torch.randn(1, 2, 24, 24).to(dtype), torch.randn(3, 2, 9, 9).to(dtype)
    exact = functional.conv2d(X.double(), K.double())
    ours = (corr2d_multi_in_out(X, K).double() - exact).abs().max()
    nearest = (exact.to(dtype).double() - exact).abs().max()
    assert ours <= 1.01 * nearest
