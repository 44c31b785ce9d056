import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from torch import nn

from convdocs import Cost, conv2d_cost, dense_cost, human_bytes


def learnt(layer):
    return sum(p.numel() for p in layer.parameters())


def test_a_photo_of_12_megapixels_and_100_units_by_hand():
    cost = dense_cost(36_000_000, 100, bias=False)
    assert cost.parameters == cost.multiply_adds == 3_600_000_000
    assert cost.bytes == 14_400_000_000
    assert human_bytes(cost.bytes) == "14.4 GB"
    assert round(cost.bytes / 2**30, 2) == 13.41  # GiB
    assert str(cost) == "3,600,000,000 parameters (14.4 GB), 3,600,000,000 multiply-adds"
    # On the device `meta` a layer of that size has a shape and takes no memory.
    assert cost.parameters == learnt(nn.Linear(36_000_000, 100, bias=False, device="meta"))


def test_a_hundred_kernels_on_the_same_photo_by_hand():
    cost = conv2d_cost((3000, 4000), 3, 100, 3)
    assert cost.parameters == 100 * 3 * 3 * 3 + 100 == 2800
    assert cost.multiply_adds == 2700 * 2998 * 3998
    assert cost.parameters == learnt(nn.Conv2d(3, 100, 3, device="meta"))


@given(inputs=st.integers(1, 10**6), outputs=st.integers(1, 10**4), bias=st.booleans())
def test_a_dense_layer_costs_what_torchs_does(inputs, outputs, bias):
    cost = dense_cost(inputs, outputs, bias=bias)
    assert cost.parameters == learnt(nn.Linear(inputs, outputs, bias=bias, device="meta"))
    assert cost.multiply_adds == inputs * outputs
    assert cost.bytes == 4 * cost.parameters


@given(
    image=st.tuples(st.integers(9, 50), st.integers(9, 50)),
    channels=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    kernel=st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))),
    stride=st.integers(1, 3),
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    dilation=st.integers(1, 3),
    bias=st.booleans(),
)
def test_a_convolutional_layer_costs_what_torchs_does(
    image, channels, kernel, stride, padding, dilation, bias
):
    moves = {"stride": stride, "padding": padding, "dilation": dilation}
    layer = nn.Conv2d(*channels, kernel, **moves, bias=bias, device="meta")
    cost = conv2d_cost(image, *channels, kernel, **moves, bias=bias)
    assert cost.parameters == learnt(layer)
    # Each output is one sum over a kernel of all input channels.
    outputs = layer(torch.empty((channels[0], *image), device="meta")).numel()
    assert cost.multiply_adds == outputs * layer.weight[0].numel()


def test_a_convolutional_layers_parameters_do_not_depend_on_the_image():
    small, large = conv2d_cost((3, 3), 3, 100, 3), conv2d_cost((3000, 4000), 3, 100, 3)
    assert small.parameters == large.parameters
    assert small.multiply_adds == 2700


def test_half_precision_halves_the_bytes():
    assert dense_cost(10, 10, itemsize=2).bytes == 220
    assert conv2d_cost((9, 9), 1, 1, 3, itemsize=8).bytes == 80
    assert Cost(parameters=5, multiply_adds=0, itemsize=2).bytes == 10
    assert Cost(parameters=5, multiply_adds=0).bytes == 20


def test_a_cost_is_a_value():
    assert dense_cost(2, 3) == Cost(9, 6)
    with pytest.raises(AttributeError, match="cannot assign"):
        dense_cost(2, 3).parameters = 1


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1024, "1.02 kB"),
        (11_200, "11.2 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (123_499, "123 kB"),
        (123_500, "124 kB"),
        (999_499_999, "999 MB"),
        (999_500_000, "1 GB"),
        (12_345_678_901, "12.3 GB"),
        (5 * 10**12, "5 TB"),
        (10**15, "1 PB"),
        (999_499_999_999_999_999, "999 PB"),
        (999_500_000_000_000_000, "1,000 PB"),
        (1_234_567 * 10**15, "1,234,567 PB"),
        (10**414, "1" + ",000" * 133 + " PB"),
    ],
)
def test_bytes_by_hand(count, said):
    assert human_bytes(count) == said


@given(count=st.integers(0, 10**20))
def test_bytes_for_people_have_three_digits_and_are_right_to_half_a_percent(count):
    number, unit = human_bytes(count).split()
    power = ["B", "kB", "MB", "GB", "TB", "PB"].index(unit)
    digits = number.replace(",", "")
    assert float(digits) * 1000**power == pytest.approx(count, rel=5.1e-3)
    if unit != "PB":
        assert float(digits) < 1000
        assert len(digits.replace(".", "")) <= 3


@pytest.mark.parametrize("wrong", [2.0, True, "2", None, np.float64(2), (2,)])
def test_numbers_that_are_no_ints_are_refused_by_name(wrong):
    for name, call in {
        "inputs": lambda: dense_cost(wrong, 1),
        "outputs": lambda: dense_cost(1, wrong),
        "itemsize": lambda: dense_cost(1, 1, itemsize=wrong),
        "in_channels": lambda: conv2d_cost((5, 5), wrong, 1, 1),
        "out_channels": lambda: conv2d_cost((5, 5), 1, wrong, 1),
        "itemsize ": lambda: conv2d_cost((5, 5), 1, 1, 1, itemsize=wrong),
        "count": lambda: human_bytes(wrong),
    }.items():
        with pytest.raises(TypeError, match=rf"^{name.strip()} is .*: give an int$"):
            call()


@pytest.mark.parametrize("wrong", [0, -2])
def test_numbers_below_one_are_refused_by_name(wrong):
    for name, call in {
        "inputs": lambda: dense_cost(wrong, 1),
        "outputs": lambda: dense_cost(1, wrong),
        "itemsize": lambda: dense_cost(1, 1, itemsize=wrong),
        "in_channels": lambda: conv2d_cost((5, 5), wrong, 1, 1),
        "out_channels": lambda: conv2d_cost((5, 5), 1, wrong, 1),
        "itemsize ": lambda: conv2d_cost((5, 5), 1, 1, 1, itemsize=wrong),
    }.items():
        with pytest.raises(ValueError, match=rf"^{name.strip()} is {wrong}: give 1 or more$"):
            call()


def test_a_cost_that_there_is_none_of_is_refused_at_once():
    with pytest.raises(ValueError, match=r"^parameters is -3: give 0 or more$"):
        Cost(-3, -4)
    with pytest.raises(ValueError, match=r"^multiply_adds is -4: give 0 or more$"):
        Cost(3, -4)
    with pytest.raises(TypeError, match=r"^parameters is 3.0: give an int$"):
        Cost(3.0, 4)
    with pytest.raises(ValueError, match=r"^itemsize is 0: give 1 or more$"):
        Cost(3, 4, 0)


def test_negative_bytes_are_refused():
    with pytest.raises(ValueError, match=r"^count is -1: give 0 or more$"):
        human_bytes(-1)


@pytest.mark.parametrize("wrong", [2, 0, None, "no", np.True_])
def test_a_bias_that_is_neither_true_nor_false_is_refused(wrong):
    with pytest.raises(TypeError, match=r"^bias is .*: give True or False$"):
        dense_cost(2, 3, bias=wrong)
    with pytest.raises(TypeError, match=r"^bias is .*: give True or False$"):
        conv2d_cost((5, 5), 1, 1, 3, bias=wrong)


@pytest.mark.parametrize("wrong", [5, None, "55", (5, 5.0), (True, 5), np.array([5, 5])])
def test_an_image_that_is_no_two_ints_is_refused(wrong):
    with pytest.raises(TypeError, match=r"^image is .*: give the length of each axis, 2 ints$"):
        conv2d_cost(wrong, 1, 1, 3)


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"^image is \(5,\): give the length of each axis, 2 ints"):
        conv2d_cost((5,), 1, 1, 3)
    with pytest.raises(ValueError, match=r"^image is \(5, 5, 5\): give the length of each axis"):
        conv2d_cost((5, 5, 5), 1, 1, 3)
    with pytest.raises(ValueError, match=r"^image is \(5, 0\): each length must be 1 or more"):
        conv2d_cost((5, 0), 1, 1, 3)
    with pytest.raises(ValueError, match=r"^kernel_size is 0: it must be 1 or more"):
        conv2d_cost((5, 5), 1, 1, 0)
    with pytest.raises(TypeError, match=r"^kernel_size is \(3, 3.0\): give an int or a tuple of 2"):
        conv2d_cost((5, 5), 1, 1, (3, 3.0))
    with pytest.raises(ValueError, match=r"^kernel is 6×6 but the image is 5×5: a kernel must fit"):
        conv2d_cost((5, 5), 1, 1, 6)
