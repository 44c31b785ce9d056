from functools import partial
from math import inf, nan

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy import ndimage, signal

from convdocs import (
    box_kernel,
    corr2d,
    edge_kernel,
    gaussian_kernel,
    laplacian_kernel,
    sharpen_kernel,
    sobel_kernel,
)

ALL = [
    edge_kernel,
    sharpen_kernel,
    box_kernel,
    gaussian_kernel,
    sobel_kernel,
    laplacian_kernel,
]


@pytest.fixture
def image():
    return np.random.default_rng(0).random((9, 11)).astype("float32")


@pytest.mark.parametrize("kernel", [*ALL, partial(sobel_kernel, 0)])
def test_kernels_are_new_float32_arrays_each_time(kernel):
    K = kernel()
    assert isinstance(K, np.ndarray)
    assert K.dtype == np.float32
    assert K.flags.c_contiguous
    copy = K.copy()
    K += 1
    np.testing.assert_array_equal(kernel(), copy)


@pytest.mark.parametrize(
    ("kernel", "total"),
    [
        (edge_kernel, 0),
        (sobel_kernel, 0),
        (laplacian_kernel, 0),
        (sharpen_kernel, 1),
        (box_kernel, 1),
        (gaussian_kernel, 1),
    ],
)
def test_detectors_are_blind_to_a_flat_image_and_filters_keep_it(kernel, total):
    K = kernel()
    np.testing.assert_allclose(corr2d(np.ones((5, 5), "float32"), K), total, atol=1e-6)


def test_the_edge_kernel_is_a_pixel_minus_its_right_neighbour(image):
    assert edge_kernel().tolist() == [[1, -1]]
    np.testing.assert_allclose(corr2d(image, edge_kernel()), -np.diff(image, axis=1))


@pytest.mark.parametrize("axis", [0, 1])
def test_the_sobel_kernel_is_ndimages(image, axis):
    wanted = ndimage.sobel(image, axis=axis)[1:-1, 1:-1]
    np.testing.assert_allclose(corr2d(image, sobel_kernel(axis)), wanted, atol=1e-5)


def test_the_sobel_kernel_answers_to_vertical_edges_unless_told_otherwise():
    assert sobel_kernel().tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert sobel_kernel(0).tolist() == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
    brighter_to_the_right = np.tile(np.arange(5, dtype="float32"), (5, 1))
    assert corr2d(brighter_to_the_right, sobel_kernel()).tolist() == [[8] * 3] * 3
    assert corr2d(brighter_to_the_right, sobel_kernel(0)).tolist() == [[0] * 3] * 3


def test_the_laplacian_kernel_is_ndimages(image):
    wanted = ndimage.laplace(image)[1:-1, 1:-1]
    np.testing.assert_allclose(corr2d(image, laplacian_kernel()), wanted, atol=1e-5)


def test_sharpening_subtracts_the_laplacian(image):
    wanted = (image - ndimage.laplace(image))[1:-1, 1:-1]
    np.testing.assert_allclose(corr2d(image, sharpen_kernel()), wanted, atol=1e-5)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_the_box_kernel_is_ndimages_uniform_filter(image, size):
    r = size // 2
    wanted = ndimage.uniform_filter(image, size)[r : 9 - r, r : 11 - r]
    np.testing.assert_allclose(corr2d(image, box_kernel(size)), wanted, rtol=1e-5)


def test_the_box_kernel_has_a_side_of_three_unless_told_otherwise():
    np.testing.assert_array_equal(box_kernel(), np.full((3, 3), np.float32(1 / 9)))
    assert box_kernel(2).tolist() == [[0.25, 0.25], [0.25, 0.25]]


@given(radius=st.integers(0, 6), sigma=st.floats(0.1, 50))
def test_the_gaussian_kernel_is_scipys_window_made_to_add_up_to_one(radius, sigma):
    size = 2 * radius + 1
    bell = signal.windows.gaussian(size, sigma)
    wanted = np.outer(bell, bell) / np.outer(bell, bell).sum()
    K = gaussian_kernel(size, sigma)
    np.testing.assert_allclose(K, wanted, rtol=1e-6, atol=1e-30)
    assert K.sum() == pytest.approx(1, abs=1e-6)


def test_the_gaussian_kernel_is_five_wide_with_sigma_one_unless_told_otherwise():
    np.testing.assert_array_equal(gaussian_kernel(), gaussian_kernel(5, 1.0))
    np.testing.assert_array_equal(gaussian_kernel(sigma=2), gaussian_kernel(5, 2.0))
    # e^(-1/2) between a pixel and its neighbour
    assert gaussian_kernel()[2, 1] / gaussian_kernel()[2, 2] == pytest.approx(np.exp(-0.5))


@pytest.mark.parametrize("sigma", [1e-200, 5e-324, 1e-3])
def test_a_gaussian_without_width_is_the_identity(sigma):
    assert gaussian_kernel(3, sigma).tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize("sigma", [1e200, 10**400])
def test_a_gaussian_without_end_is_a_box(sigma):
    np.testing.assert_array_equal(gaussian_kernel(3, sigma), box_kernel(3))


@pytest.mark.parametrize("kernel", [box_kernel, gaussian_kernel])
@pytest.mark.parametrize("size", [3.0, True, "3", None, (3, 3), np.float64(3)])
def test_a_size_that_is_no_int_is_refused(kernel, size):
    with pytest.raises(TypeError, match=r"^size is .*: give an int$"):
        kernel(size)


@pytest.mark.parametrize("kernel", [box_kernel, gaussian_kernel])
@pytest.mark.parametrize("size", [0, -1, -3])
def test_a_size_below_one_is_refused(kernel, size):
    with pytest.raises(ValueError, match=rf"^size is {size}: give 1 or more$"):
        kernel(size)


@pytest.mark.parametrize("size", [2, 4, 100])
def test_a_gaussian_needs_a_middle(size):
    with pytest.raises(ValueError, match=rf"^size is {size}: give an odd number"):
        gaussian_kernel(size)


@pytest.mark.parametrize("sigma", [True, "1", None, 1j, np.bool_(1), np.ones(1)])
def test_a_sigma_that_is_no_number_is_refused(sigma):
    with pytest.raises(TypeError, match=r"^sigma is .*: give an int or a float above 0$"):
        gaussian_kernel(3, sigma)


@pytest.mark.parametrize("sigma", [0, 0.0, -1, -0.5, inf, -inf, nan])
def test_a_sigma_that_is_not_above_zero_and_finite_is_refused(sigma):
    with pytest.raises(ValueError, match=rf"^sigma is {sigma}: give a finite number above 0$"):
        gaussian_kernel(3, sigma)


@pytest.mark.parametrize("axis", [2, -1, True, 1.0, "x", None, np.array([0, 1])])
def test_an_axis_that_is_neither_zero_nor_one_is_refused(axis):
    error = ValueError if type(axis) is int else TypeError
    with pytest.raises(error, match=r"^axis is .*: give "):
        sobel_kernel(axis)


def test_numbers_of_numpys_are_numbers():
    np.testing.assert_array_equal(sobel_kernel(np.int64(0)), sobel_kernel(0))
    np.testing.assert_array_equal(box_kernel(np.uint8(3)), box_kernel(3))
    np.testing.assert_array_equal(
        gaussian_kernel(np.int64(3), np.float32(2)), gaussian_kernel(3, 2)
    )
