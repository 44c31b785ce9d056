from math import sqrt

import array_api_strict
import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from torch.autograd import gradcheck
from torch.autograd.functional import jacobian
from torch.nn import functional

from convdocs import (
    corr2d,
    dense2d,
    distance_to_local,
    distance_to_shared,
    kernel_to_dense,
    output_shape,
    share,
    to_absolute,
    to_relative,
    toeplitz,
    truncate,
)

KINDS = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "array_api_strict": array_api_strict.asarray,
}
sides = st.tuples(st.integers(1, 4), st.integers(1, 4))
seeds = st.integers(0, 99)
kinds = st.sampled_from(sorted(KINDS))
dtypes = st.sampled_from(["float32", "float64", "int32", "int64"])


def whole_numbers(seed, *shape):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype("float64")


def offsets(h, w):
    """How far below and to the right of the hidden unit `[i, j]` the pixel `[k, l]` lies."""
    i, j, k, l = np.indices((h, w, h, w))  # noqa: E741
    return k - i, l - j


@st.composite
def settings_of(draw):
    kernel, dilation, stride = draw(st.tuples(*[st.tuples(*[st.integers(1, 3)] * 2)] * 3))
    padding = draw(st.tuples(*[st.integers(0, 2)] * 2))
    image = tuple(
        draw(st.integers(max(1, d * (k - 1) + 1 - 2 * p), d * (k - 1) + 3))
        for k, d, p in zip(kernel, dilation, padding, strict=True)
    )
    return image, kernel, {"stride": stride, "padding": padding, "dilation": dilation}


# The fully connected layer


@given(
    kind=kinds,
    dtype=dtypes,
    batch=st.lists(st.integers(1, 3), max_size=2),
    image=sides,
    hidden=sides,
    seed=seeds,
)
def test_dense2d_is_einsum_and_torchs_linear_layer(kind, dtype, batch, image, hidden, seed):
    X, W = whole_numbers(seed, *batch, *image), whole_numbers(seed + 1, *hidden, *image)
    H = np.asarray(dense2d(KINDS[kind](X.astype(dtype)), KINDS[kind](W.astype(dtype))))
    np.testing.assert_array_equal(H, np.einsum("ijkl,...kl->...ij", W, X))
    rows = torch.asarray(W.reshape(hidden[0] * hidden[1], -1))
    linear = functional.linear(torch.asarray(X.reshape(*batch, -1)), rows)
    np.testing.assert_array_equal(H.reshape(linear.shape), linear.numpy())


def test_an_image_of_another_size_than_the_weights_is_refused():
    with pytest.raises(ValueError, match=r"^X is 3×2 but W is for images of 2×3$"):
        dense2d(np.ones((5, 3, 2)), np.ones((4, 4, 2, 3)))


# The kernel as a fully connected layer


@given(data=st.data(), kind=kinds, dtype=dtypes, seed=seeds)
def test_the_kernels_weight_is_the_jacobian_of_torchs_convolution(data, kind, dtype, seed):
    image, kernel, moves = data.draw(settings_of())
    K = whole_numbers(seed, *kernel)
    X = torch.zeros(1, 1, *image, dtype=torch.float64)
    wanted = jacobian(lambda X: functional.conv2d(X, torch.asarray(K)[None, None], **moves), X)
    W = kernel_to_dense(KINDS[kind](K.astype(dtype)), image, **moves)
    np.testing.assert_array_equal(np.asarray(W), wanted[0, 0, :, :, 0, 0].numpy())
    T = toeplitz(KINDS[kind](K.astype(dtype)), image, **moves)
    o_h, o_w = output_shape(image, kernel, **moves)
    np.testing.assert_array_equal(np.asarray(T), np.asarray(W).reshape(o_h * o_w, -1))


@given(data=st.data(), seed=seeds)
def test_the_dense_layer_does_what_sliding_the_kernel_does(data, seed):
    image, kernel, moves = data.draw(settings_of())
    X, K = whole_numbers(seed, 2, *image), whole_numbers(seed + 1, *kernel)
    Y = corr2d(X, K, **moves)
    np.testing.assert_array_equal(dense2d(X, kernel_to_dense(K, image, **moves)), Y)
    flat = X.reshape(2, -1) @ toeplitz(K, image, **moves).T
    np.testing.assert_array_equal(flat.reshape(Y.shape), Y)


def test_the_matrix_of_a_small_kernel_by_hand():
    T = toeplitz(np.array([[1, 2], [3, 4]]), (3, 3))
    assert T.tolist() == [
        [1, 2, 0, 3, 4, 0, 0, 0, 0],
        [0, 1, 2, 0, 3, 4, 0, 0, 0],
        [0, 0, 0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 1, 2, 0, 3, 4],
    ]
    assert T.shape == (4, 9)
    assert len(set(T[T != 0].tolist())) == 4
    assert (T == 0).sum() == 36 - 4 * 4 == 20
    # With the kernel 0, 1, 2, 3 the weight 0 adds its four places to the zeros.
    assert (toeplitz(np.arange(4).reshape(2, 2), (3, 3)) == 0).sum() == 24


@given(seed=seeds, k=st.integers(1, 4), n=st.integers(4, 7))
def test_in_one_dimension_the_matrix_is_scipys_toeplitz_matrix(seed, k, n):
    K = whole_numbers(seed, k)
    column, row = np.zeros(n - k + 1), np.zeros(n)
    column[0], row[:k] = K[0], K
    np.testing.assert_array_equal(toeplitz(K[None], (1, n)), scipy.linalg.toeplitz(column, row))
    # Padded by its length it is the matrix of the full convolution with the kernel flipped.
    full = scipy.linalg.convolution_matrix(K[::-1], n, mode="full")
    np.testing.assert_array_equal(toeplitz(K[None], (1, n), padding=(0, k - 1)), full)


@given(seed=seeds)
def test_the_matrix_is_toeplitz_of_toeplitz_blocks(seed):
    K = whole_numbers(seed, 3, 2)
    T = toeplitz(K, (5, 4)).reshape(3, 3, 5, 4)  # output rows, columns; image rows, columns
    for i in range(3):
        for k in range(5):
            block = T[i, :, k, :]
            wanted = K[k - i] if 0 <= k - i < 3 else np.zeros(2)
            row, column = np.append(wanted, [0, 0]), np.append(wanted[0], [0, 0])
            np.testing.assert_array_equal(block, scipy.linalg.toeplitz(column, row))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_weight_that_is_nan_or_infinite_stays_in_its_slots(kind):
    K = np.array([[np.nan, 2.0], [-np.inf, 4.0]])
    W = kernel_to_dense(KINDS[kind](K), (3, 3), padding=1, stride=2)
    with_numbers = kernel_to_dense(np.array([[7.0, 2.0], [8.0, 4.0]]), (3, 3), padding=1, stride=2)
    wanted = np.where(with_numbers == 7, np.nan, np.where(with_numbers == 8, -np.inf, with_numbers))
    np.testing.assert_array_equal(np.asarray(W), wanted)


functions_of_a_kernel = pytest.mark.parametrize("function", [kernel_to_dense, toeplitz])


@functions_of_a_kernel
@pytest.mark.parametrize("image", [5, None, "55", (5, 5.0), (5, True), np.array([5, 5])])
def test_an_image_size_that_is_no_two_ints_is_refused(function, image):
    with pytest.raises(TypeError, match=r"^image is .*: give the length of each axis, 2 ints$"):
        function(np.ones((2, 2)), image)


@functions_of_a_kernel
def test_what_does_not_fit_an_image_is_refused(function):
    K = np.ones((2, 2))
    with pytest.raises(ValueError, match=r"^image is \(5,\): give the length of each axis, 2 ints"):
        function(K, (5,))
    with pytest.raises(ValueError, match=r"^image is \(5, 5, 5\): give the length of each axis"):
        function(K, (5, 5, 5))
    with pytest.raises(ValueError, match=r"^image is \(0, 5\): each length must be 1 or more"):
        function(K, (0, 5))
    with pytest.raises(ValueError, match=r"^kernel is 2×2 but the image is 1×5"):
        function(K, (1, 5))
    with pytest.raises(ValueError, match=r"^K has 3 axes \(1×2×2\): give height and width, 2 axes"):
        function(K[None], (5, 5))
    with pytest.raises(ValueError, match=r"^stride is 0: it must be 1 or more"):
        function(K, (5, 5), stride=0)
    with pytest.raises(TypeError, match=r"^dilation is 1.0: give an int"):
        function(K, (5, 5), dilation=1.0)


# Relative positions


@given(kind=kinds, dtype=dtypes, image=sides, seed=seeds)
def test_relative_slots_hold_the_weights_and_zeros_outside(kind, dtype, image, seed):
    h, w = image
    W = whole_numbers(seed, h, w, h, w)
    V = np.asarray(to_relative(KINDS[kind](W.astype(dtype))))
    wanted = np.zeros((h, w, 2 * h - 1, 2 * w - 1))
    i, j, k, l = np.indices(W.shape)  # noqa: E741
    wanted[i, j, k - i + h - 1, l - j + w - 1] = W
    np.testing.assert_array_equal(V, wanted)
    back = to_absolute(KINDS[kind](V))
    np.testing.assert_array_equal(np.asarray(back), W)


@given(
    kind=kinds, dtype=dtypes, image=sides, radius=st.tuples(*[st.integers(0, 5)] * 2), seed=seeds
)
def test_windows_narrower_or_wider_than_the_image_are_placed(kind, dtype, image, radius, seed):
    (h, w), (p, q) = image, radius
    V = whole_numbers(seed, h, w, 2 * p + 1, 2 * q + 1)
    wanted = np.zeros((h, w, h, w))
    for i, j, k, l in np.ndindex(h, w, h, w):  # noqa: E741
        if abs(k - i) <= p and abs(l - j) <= q:
            wanted[i, j, k, l] = V[i, j, k - i + p, l - j + q]
    W = to_absolute(KINDS[kind](V.astype(dtype)))
    np.testing.assert_array_equal(np.asarray(W), wanted)


@pytest.mark.parametrize(
    "function", [to_relative, distance_to_shared, lambda W: distance_to_local(W, 0)]
)
def test_a_weight_that_changes_the_size_is_refused(function):
    with pytest.raises(ValueError, match=r"^W maps 4×5 images to 2×3: give a weight that keeps"):
        function(np.ones((2, 3, 4, 5)))
    with pytest.raises(ValueError, match=r"^W maps 2×5 images to 2×3: give a weight that keeps"):
        function(np.ones((2, 3, 2, 5)))
    with pytest.raises(ValueError, match=r"^W has 3 axes \(2×3×4\): give hidden height and width"):
        function(np.ones((2, 3, 4)))


@pytest.mark.parametrize("function", [to_absolute, share, lambda V: truncate(V, 0)])
@pytest.mark.parametrize("window", [(2, 3), (3, 4), (2, 2)])
def test_a_window_without_a_middle_is_refused(function, window):
    said = f"^V has a window of {window[0]}×{window[1]}: give odd sides$"
    with pytest.raises(ValueError, match=said):
        function(np.ones((5, 5, *window)))


@pytest.mark.parametrize("function", [to_absolute, share])
def test_a_shared_window_is_no_weight_by_position(function):
    with pytest.raises(ValueError, match=r"^V has 2 axes \(3×3\): give hidden height and width"):
        function(np.ones((3, 3)))


# Sharing


@given(kind=kinds, image=sides, seed=seeds, data=st.data())
def test_the_shared_window_is_the_mean_over_the_slots_inside_the_image(kind, image, seed, data):
    h, w = image
    p, q = data.draw(st.tuples(st.integers(0, h - 1), st.integers(0, w - 1)))
    V = np.random.default_rng(seed).normal(size=(h, w, 2 * p + 1, 2 * q + 1))
    inside = V.copy()  # V's own slots outside hold numbers that must not count
    for i, j, a, b in np.ndindex(V.shape):
        if not (0 <= i + a - p < h and 0 <= j + b - q < w):
            inside[i, j, a, b] = np.nan
    v = np.asarray(share(KINDS[kind](V)))
    np.testing.assert_allclose(v, np.nanmean(inside, axis=(0, 1)), rtol=1e-12, atol=1e-12)


@given(image=sides, seed=seeds)
def test_no_shared_window_is_closer(image, seed):
    h, w = image
    W = np.random.default_rng(seed).normal(size=(h, w, h, w))
    a, b = offsets(h, w)
    slot = (a + h - 1) * (2 * w - 1) + b + w - 1
    # One column for each weight of the window, one row for each weight of W.
    design = slot.reshape(-1, 1) == np.arange((2 * h - 1) * (2 * w - 1))
    v, *_ = np.linalg.lstsq(design.astype(float), W.reshape(-1))
    np.testing.assert_allclose(share(to_relative(W)).reshape(-1), v, atol=1e-12)
    distance = np.linalg.norm(design @ v - W.reshape(-1))
    assert distance_to_shared(W) == pytest.approx(distance, abs=1e-12)


def test_sharing_recovers_the_kernel_that_is_shared():
    K = torch.randn(3, 5)
    v = share(to_relative(kernel_to_dense(K, (6, 7), padding=(1, 2))))
    assert v.shape == (11, 13)
    torch.testing.assert_close(v[4:7, 4:9], K)
    assert int((v != 0).sum()) == 15


def test_a_nan_outside_the_image_does_not_reach_the_mean_and_one_inside_does():
    V = np.ones((2, 2, 3, 3))
    V[0, 0, 0, 0] = np.nan  # above and left of the first pixel
    np.testing.assert_array_equal(share(V), np.ones((3, 3)))
    V[1, 1, 0, 0] = np.nan
    np.testing.assert_array_equal(np.isnan(share(V)), np.eye(3) * [1, 0, 0])


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_mean_of_ints_is_refused(kind, dtype):
    V = KINDS[kind](np.ones((2, 2, 3, 3), dtype))
    with pytest.raises(TypeError, match=rf"^V is .*{dtype}: give a floating dtype, for a mean"):
        share(V)


def test_a_window_that_reaches_further_than_the_image_is_not_shared():
    with pytest.raises(ValueError, match=r"^V has a window of radius 2×1, further than the 2×2"):
        share(np.ones((2, 2, 5, 3)))
    with pytest.raises(ValueError, match=r"^V has a window of radius 1×2, further than the 2×2"):
        share(np.ones((2, 2, 3, 5)))


# Cutting to a neighbourhood


@given(
    kind=kinds, dtype=dtypes, radius=st.tuples(*[st.integers(0, 4)] * 2), seed=seeds, data=st.data()
)
def test_truncating_keeps_the_middle(kind, dtype, radius, seed, data):
    p, q = radius
    delta = data.draw(st.integers(0, min(p, q)))
    V = whole_numbers(seed, 2, 2 * p + 1, 2 * q + 1)
    far = np.maximum(*np.abs(np.mgrid[-p : p + 1, -q : q + 1])) > delta
    v = np.asarray(truncate(KINDS[kind](V.astype(dtype)), delta))
    assert v.shape == (2, 2 * delta + 1, 2 * delta + 1)
    np.testing.assert_array_equal(v.reshape(-1), V[:, ~far].reshape(-1))


@pytest.mark.parametrize("function", [truncate, distance_to_local])
@pytest.mark.parametrize("wrong", [1.0, True, "1", None, np.float64(1), (1, 1)])
def test_a_delta_that_is_no_int_is_refused(function, wrong):
    with pytest.raises(TypeError, match=r"^delta is .*: give an int$"):
        function(np.ones((3, 3, 3, 3)), wrong)


def test_a_delta_out_of_range_is_refused():
    for function in (truncate, distance_to_local):
        with pytest.raises(ValueError, match=r"^delta is -1: give 0 or more$"):
            function(np.ones((3, 3, 3, 3)), -1)
    with pytest.raises(ValueError, match=r"^delta is 2: give 0 to 1, for the window ends there$"):
        truncate(np.ones((3, 3, 3, 5)), 2)
    with pytest.raises(ValueError, match=r"^delta is 2: give 0 to 1, for the window ends there$"):
        distance_to_local(np.ones((2, 3, 2, 3)), 2)
    assert truncate(np.ones((3, 5)), 1).shape == (3, 3)
    assert distance_to_local(np.ones((2, 3, 2, 3)), 1) == sqrt(2 * 2 * 2)


# Distances


@given(kind=kinds, dtype=dtypes, image=sides, seed=seeds, data=st.data())
def test_the_distance_to_local_is_the_norm_of_the_weights_that_reach_further(
    kind, dtype, image, seed, data
):
    delta = data.draw(st.integers(0, min(image) - 1))
    W = whole_numbers(seed, *image, *image)
    a, b = offsets(*image)
    far = np.maximum(abs(a), abs(b)) > delta
    distance = distance_to_local(KINDS[kind](W.astype(dtype)), delta)
    assert isinstance(distance, float)
    assert distance == pytest.approx(np.linalg.norm(W[far]), rel=1e-12)


def test_distances_by_hand():
    # Two pixels in a row: the windows' middles are 1 and 3, their shared mean is 2.
    W = np.array([1.0, 0.0, 0.0, 3.0]).reshape(1, 2, 1, 2)
    assert distance_to_shared(W) == pytest.approx(sqrt(2))
    assert distance_to_local(W, 0) == 0
    W = np.arange(16.0).reshape(2, 2, 2, 2)
    diagonal = 0**2 + 5**2 + 10**2 + 15**2
    assert distance_to_local(W, 0) == pytest.approx(sqrt(sum(n**2 for n in range(16)) - diagonal))
    assert distance_to_local(W, 1) == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_a_shared_kernel_is_at_no_distance_at_all(dtype):
    W = kernel_to_dense(torch.randn(3, 3).to(dtype), (6, 7), padding=1)
    assert distance_to_shared(W) == 0
    assert distance_to_local(W, 1) == 0
    W[0, 0, 0, 0] += 1
    # That offset's mean over 42 positions moves by 1/42.
    assert distance_to_shared(W) == pytest.approx(sqrt(41 / 42), rel=1e-2)


@pytest.mark.parametrize("dtype", ["int32", "float16"])
@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_distances_do_not_overflow_the_dtype(kind, dtype):
    # 30000² is beyond float16, 12 · 30000² is beyond int32.
    W = KINDS[kind](np.full((2, 2, 2, 2), 30000, dtype))
    W[1, 1, 1, 1] = 0
    n = float(W[0, 0, 0, 0])
    assert distance_to_local(W, 0) == pytest.approx(n * sqrt(12))
    assert distance_to_shared(W) == pytest.approx(n * sqrt(3 / 4))


# From the fully connected layer to the convolution, step by step


@pytest.fixture
def ladder():
    generator = torch.Generator().manual_seed(0)
    X, W = (torch.randn(s, dtype=torch.float64, generator=generator) for s in [(12, 12), (12,) * 4])
    return X, W


def test_the_sizes_of_a_12_by_12_ladder_by_hand(ladder):
    _, W = ladder
    V = to_relative(W)
    inside = to_relative(torch.ones_like(W))
    assert W.numel() == 12**4 == 20_736
    assert V.numel() == 144 * 23**2 == 76_176
    assert int(inside.sum()) == 20_736
    assert share(V).numel() == 23**2 == 529
    assert truncate(V, 1).numel() == 144 * 9 == 1296
    assert int(truncate(inside, 1).sum()) == 34**2 == 1156  # a row of 12 has 12 + 11 + 11
    assert truncate(share(V), 1).numel() == 9
    assert truncate(share(V), 2).numel() == 25


def test_re_indexing_changes_nothing(ladder):
    X, W = ladder
    P = functional.pad(X, (11, 11, 11, 11))
    windows = P.unfold(0, 23, 1).unfold(1, 23, 1)
    torch.testing.assert_close(
        torch.einsum("ijab,ijab->ij", to_relative(W), windows), dense2d(X, W), rtol=0, atol=1e-12
    )


def test_the_shared_layer_is_a_convolution_as_wide_as_the_image(ladder):
    X, W = ladder
    v = share(to_relative(W))
    shared = kernel_to_dense(v, (12, 12), padding=11)
    wanted = functional.conv2d(X[None, None], v[None, None], padding=11)[0, 0]
    torch.testing.assert_close(dense2d(X, shared), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("delta", [0, 1, 2, 11])
def test_the_shared_local_layer_is_a_convolution_with_a_small_kernel(ladder, delta):
    X, W = ladder
    v = truncate(share(to_relative(W)), delta)
    local = to_absolute(v.expand(12, 12, *v.shape))
    wanted = functional.conv2d(X[None, None], v[None, None], padding=delta)[0, 0]
    torch.testing.assert_close(dense2d(X, local), wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(corr2d(X, v, padding=delta), wanted, rtol=0, atol=1e-12)


def test_sharing_and_cutting_may_change_places(ladder):
    _, W = ladder
    V = to_relative(W)
    torch.testing.assert_close(share(truncate(V, 2)), truncate(share(V), 2), rtol=0, atol=1e-12)


# Gradients


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (dense2d, [(2, 2, 3), (2, 1, 2, 3)]),
        (lambda K: kernel_to_dense(K, (4, 3), stride=2, padding=1, dilation=(2, 1)), [(2, 2)]),
        (lambda K: toeplitz(K, (3, 4), padding=1), [(2, 3)]),
        (to_relative, [(2, 2, 2, 2)]),
        (to_absolute, [(2, 2, 3, 5)]),
        (share, [(3, 2, 3, 3)]),
        (lambda V: truncate(V, 1), [(2, 3, 5)]),
    ],
    ids=[
        "dense2d",
        "kernel_to_dense",
        "toeplitz",
        "to_relative",
        "to_absolute",
        "share",
        "truncate",
    ],
)
def test_gradients_are_those_of_finite_differences(function, shapes):
    generator = torch.Generator().manual_seed(0)
    tensors = [torch.randn(s, dtype=torch.float64, generator=generator) for s in shapes]
    assert gradcheck(function, [t.requires_grad_() for t in tensors])


def test_the_dense_weights_gradient_is_the_outer_product_of_output_and_image():
    X, W, G = (
        torch.asarray(whole_numbers(i, *s)) for i, s in enumerate([(2, 3), (4, 5, 2, 3), (4, 5)])
    )
    (gradient,) = torch.autograd.grad(dense2d(X, W.requires_grad_()), W, grad_outputs=G)
    assert torch.equal(gradient, torch.einsum("ij,kl->ijkl", G, X))


def test_a_shared_weight_collects_the_gradients_of_its_places():
    K, G = torch.ones(2, 2, dtype=torch.float64), torch.asarray(whole_numbers(0, 2, 2, 3, 3))
    K.requires_grad_()
    (gradient,) = torch.autograd.grad(kernel_to_dense(K, (3, 3)), K, grad_outputs=G)
    for a, b in np.ndindex(2, 2):
        assert gradient[a, b] == sum(G[i, j, i + a, j + b] for i in range(2) for j in range(2))


# Numbers at the ends of what a dtype holds


@pytest.mark.parametrize("scale", [1e-200, 5e-324, 1e-3, 1.0, 1e200, 1e307])
@pytest.mark.parametrize("kind", [np.asarray, torch.asarray])
def test_distances_neither_underflow_nor_overflow(scale, kind):
    W = np.full((3, 3, 3, 3), scale)
    # all but the 9 weights at offset 0 lie beyond: 72 of them
    wanted = scipy.linalg.norm(np.full(72, scale))
    assert distance_to_local(kind(W), 0) == pytest.approx(wanted, rel=1e-14)
    W = np.zeros((2, 2, 2, 2))
    W[0, 0, 0, 0] = scale  # of four weights that should be equal, one differs by this much
    assert distance_to_shared(kind(W)) == pytest.approx(scale * 0.75**0.5, rel=1e-14)


def test_small_weights_far_away_count_beside_large_ones_near():
    W = np.zeros((3, 3, 3, 3))
    W[1, 1, 1, 1] = 1e200
    W[0, 0, 2, 2] = 1e-200
    assert distance_to_local(W, 1) == pytest.approx(1e-200)


@pytest.mark.parametrize("near", [1e300, np.inf, np.nan])
def test_weights_within_reach_do_not_count(near):
    W = np.zeros((3, 3, 3, 3))
    W[0, 0, 0, 0] = near
    assert distance_to_local(W, 2) == distance_to_local(W, 0) == 0
    W[0, 0, 2, 2] = 1e-30
    assert distance_to_local(W, 1) == 1e-30


def test_a_distance_beyond_float64_is_infinite():
    assert distance_to_local(np.full((3, 3, 3, 3), 1e308), 0) == np.inf
    longer = np.full((3, 3, 3, 3), np.longdouble(2) ** 1000)
    assert distance_to_local(longer, 0) == pytest.approx(2.0**1000 * 72**0.5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_mean_does_not_leave_the_range_of_its_numbers(dtype):
    V = torch.full((70, 70, 1, 1), 100.0, dtype=dtype)
    assert share(V).tolist() == [[100]]
    assert share(V).dtype == dtype


def test_the_window_that_truncate_gives_is_a_view():
    V = np.zeros((5, 5))
    truncate(V, 1)[1, 1] = 7
    assert V[2, 2] == 7
