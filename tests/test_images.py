import sys

import numpy as np
import pytest
from skimage import color, data

from convdocs import cat


def test_the_photo_is_skimages_chelsea_between_zero_and_one():
    photo = cat()
    assert photo.shape == (3, 300, 451)
    assert photo.dtype == np.float32
    np.testing.assert_array_equal(
        (np.moveaxis(photo, 0, -1) * 255).round().astype("uint8"), data.chelsea()
    )
    assert 0 <= photo.min() < photo.max() <= 1


def test_gray_is_the_weighted_sum_of_red_green_and_blue():
    gray = cat(gray=True)
    assert gray.shape == (300, 451)
    assert gray.dtype == np.float32
    np.testing.assert_allclose(
        gray, np.tensordot(np.float32([0.2125, 0.7154, 0.0721]), cat(), 1), rtol=1e-5
    )
    np.testing.assert_array_equal(gray, color.rgb2gray(data.chelsea()).astype("float32"))


def test_the_photo_is_not_shared_between_callers():
    cat()[:] = 0
    assert cat().max() > 0.5


def test_without_skimage_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(ModuleNotFoundError, match=r"scikit-image: install convdocs\[images\]"):
        cat()


def test_gray_is_named():
    with pytest.raises(TypeError, match="positional"):
        cat(True)
