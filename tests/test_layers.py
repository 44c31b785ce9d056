import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.autograd import gradcheck
from torch.func import functional_call
from torch.nn import functional

from convdocs import Conv2D, Dense2D, LocallyConnected2D, dense2d, output_shape, to_absolute

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
seeds = st.integers(0, 99)


@pytest.fixture(autouse=True)
def same_weights_each_time():
    torch.manual_seed(0)


def whole_numbers(seed, *shape):
    return torch.randint(-9, 10, shape, generator=torch.Generator().manual_seed(seed)).float()


@given(seed=seeds, kernel=pairs, stride=pairs, padding=st.tuples(*[st.integers(0, 2)] * 2))
def test_the_convolutional_layer_is_torchs_of_one_channel(seed, kernel, stride, padding):
    layer = Conv2D(kernel, stride=stride, padding=padding)
    theirs = nn.Conv2d(1, 1, kernel, stride=stride, padding=padding)
    with torch.no_grad():
        layer.weight.copy_(whole_numbers(seed, *kernel))
        layer.bias.fill_(5)
        theirs.weight.copy_(layer.weight)
        theirs.bias.copy_(layer.bias)
    X = whole_numbers(seed, 2, 1, 5, 6)
    assert torch.equal(layer(X), theirs(X))
    assert torch.equal(layer(X[0, 0]), theirs(X)[0, 0])


@given(seed=seeds, image=pairs, hidden=pairs)
def test_the_dense_layer_is_torchs_on_flattened_images(seed, image, hidden):
    layer = Dense2D(image, hidden)
    theirs = nn.Linear(layer.weight[0, 0].numel(), hidden[0] * hidden[1], bias=False)
    with torch.no_grad():
        layer.weight.copy_(whole_numbers(seed, *hidden, *image))
        theirs.weight.copy_(layer.weight.reshape(theirs.weight.shape))
    X = whole_numbers(seed + 1, 3, *image)
    assert torch.equal(layer(X).flatten(1), theirs(X.flatten(1)))


@given(seed=seeds, kernel=pairs, padding=st.tuples(*[st.integers(0, 2)] * 2))
def test_the_local_layer_multiplies_each_window_with_a_kernel_of_its_own(seed, kernel, padding):
    layer = LocallyConnected2D((4, 5), kernel, padding=padding)
    o_h, o_w = output_shape((4, 5), kernel, padding=padding)
    assert layer.weight.shape == (o_h, o_w, *kernel)
    with torch.no_grad():
        layer.weight.copy_(whole_numbers(seed, *layer.weight.shape))
    X = whole_numbers(seed + 1, 2, 1, 4, 5)
    windows = functional.unfold(X, kernel, padding=padding).reshape(2, *kernel, o_h, o_w)
    assert torch.equal(layer(X)[:, 0], torch.einsum("ijab,nabij->nij", layer.weight, windows))


def test_the_local_layer_is_the_dense_layer_of_its_windows():
    layer, X = LocallyConnected2D((5, 6), 3, padding=1), torch.randn(5, 6)
    torch.testing.assert_close(layer(X), dense2d(X, to_absolute(layer.weight)))


def test_the_local_layer_with_one_kernel_is_the_convolutional_layer():
    conv, local, X = (
        Conv2D(3, padding=1),
        LocallyConnected2D((5, 6), 3, padding=1),
        torch.randn(5, 6),
    )
    with torch.no_grad():
        local.weight.copy_(conv.weight.expand_as(local.weight))
    torch.testing.assert_close(local(X), conv(X))


@pytest.mark.parametrize(
    ("layer", "parameters"),
    [
        (lambda: Conv2D(3), 9 + 1),
        (lambda: Conv2D((1, 2)), 2 + 1),
        (lambda: Dense2D((12, 12)), 20_736),
        (lambda: Dense2D((2, 3), (4, 5)), 120),
        (lambda: LocallyConnected2D((12, 12), 3, padding=1), 1296),
        (lambda: LocallyConnected2D((12, 12), 3), 900),
        (lambda: LocallyConnected2D((4, 5), (2, 3), padding=(1, 0)), 5 * 3 * 6),
    ],
)
def test_parameters_by_hand(layer, parameters):
    layer = layer()
    assert sum(p.numel() for p in layer.parameters()) == parameters
    assert all(p.requires_grad and p.dtype == torch.float32 for p in layer.parameters())


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (lambda: Conv2D(50), 2500),
        (lambda: Dense2D((5, 5), (20, 20)), 25),
        (lambda: LocallyConnected2D((60, 60), 3), 9),
    ],
)
def test_weights_start_uniform_within_one_over_the_root_of_the_fan_in(layer, fan_in):
    weight = layer().weight.detach()
    bound = fan_in**-0.5
    assert 0.99 * bound < weight.max() <= bound
    assert 0.99 * bound < -weight.min() <= bound
    # The deviation of a uniform number within ±b is b/√3; a few thousand give it to a percent or two.
    assert weight.std() == pytest.approx(bound / 3**0.5, rel=0.05)
    assert float(weight.mean()) == pytest.approx(0, abs=0.05 * bound)


def test_the_bias_starts_at_zero():
    assert Conv2D(3).bias.tolist() == [0]


@pytest.mark.parametrize(
    "layer",
    [
        lambda: Conv2D(3, padding=1),
        lambda: Dense2D((4, 5)),
        lambda: LocallyConnected2D((4, 5), 3, padding=1),
    ],
)
def test_a_saved_layer_can_be_loaded_and_moved_to_float64(layer):
    one, other, X = layer(), layer(), torch.randn(3, 4, 5)
    assert not torch.equal(one(X), other(X))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(X), other(X))
    torch.testing.assert_close(other.double()(X.double()).float(), one(X))


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D((2, 3), stride=2, padding=1),
        Dense2D((4, 3), (2, 2)),
        LocallyConnected2D((4, 3), 2, padding=(0, 1)),
    ],
    ids=["Conv2D", "Dense2D", "LocallyConnected2D"],
)
def test_gradients_are_those_of_finite_differences(layer):
    layer = layer.double()
    names, weights = zip(*layer.named_parameters(), strict=True)
    X = torch.randn(2, 4, 3, dtype=torch.float64).requires_grad_()

    def outputs(X, *weights):
        return functional_call(layer, dict(zip(names, weights, strict=True)), (X,))

    assert gradcheck(outputs, (X, *(w.detach().clone().requires_grad_() for w in weights)))


@pytest.mark.parametrize(
    "layer",
    [Conv2D(2), Dense2D((4, 4)), LocallyConnected2D((4, 4), 2)],
    ids=["Conv2D", "Dense2D", "LocallyConnected2D"],
)
@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ([[1.0] * 4] * 4, TypeError, "^X is a list: give a torch tensor"),
        (np.ones((4, 4), "float32"), TypeError, "is an array of torch but X is one of numpy: give"),
        (
            torch.ones(4, 4).double(),
            TypeError,
            "is torch.float32 but X is torch.float64: give both",
        ),
        (torch.ones(4, 4).long(), TypeError, "is torch.float32 but X is torch.int64: give both"),
        (torch.ones(3, 0, 4), ValueError, "^X is 3×0×4: it has no elements"),
        (torch.ones(4, 4).to("meta"), ValueError, "is on cpu but X is on meta: move both"),
        (torch.ones(4, 1), ValueError, "4×1"),
        (torch.ones(4), ValueError, "^X "),
        (torch.ones(()), ValueError, "^X .*a scalar"),
    ],
)
def test_images_that_do_not_fit_are_refused(layer, wrong, error, said):
    with pytest.raises(error, match=said):
        layer(wrong)


def test_the_layers_of_a_fixed_size_say_which():
    with pytest.raises(ValueError, match=r"^X is 5×4 but W is for images of 4×5$"):
        Dense2D((4, 5))(torch.ones(3, 5, 4))
    with pytest.raises(ValueError, match=r"^X is 3×5×4 but the layer is for 4×5$"):
        LocallyConnected2D((4, 5), 2)(torch.ones(3, 5, 4))


@pytest.mark.parametrize("wrong", [2.0, True, b"2", (2, 2.0), np.float64(2)])
def test_sizes_that_are_no_ints_are_refused(wrong):
    for name, call in {
        "kernel_size": lambda: Conv2D(wrong),
        "stride": lambda: Conv2D(2, stride=wrong),
        "padding": lambda: Conv2D(2, padding=wrong),
        "kernel_size ": lambda: LocallyConnected2D((4, 4), wrong),
        "padding ": lambda: LocallyConnected2D((4, 4), 2, padding=wrong),
    }.items():
        with pytest.raises(TypeError, match=rf"^{name.strip()} is .*: give an int or a tuple of 2"):
            call()


@pytest.mark.parametrize("wrong", [4, 4.0, "44", (4, 4.0), (True, 4), (np.float64(4), 4)])
def test_image_sizes_that_are_no_two_ints_are_refused(wrong):
    for name, call in {
        "image": lambda: Dense2D(wrong),
        "hidden": lambda: Dense2D((4, 4), wrong),
        "image ": lambda: LocallyConnected2D(wrong, 2),
    }.items():
        with pytest.raises(
            TypeError, match=rf"^{name.strip()} is .*: give the length of each axis"
        ):
            call()


def test_sizes_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"^kernel_size is 0: it must be 1 or more"):
        Conv2D(0)
    with pytest.raises(
        ValueError, match=r"^kernel_size is \(1, 2, 3\): give an int or a tuple of 2"
    ):
        Conv2D((1, 2, 3))
    with pytest.raises(ValueError, match=r"^stride is 0: it must be 1 or more"):
        Conv2D(2, stride=0)
    with pytest.raises(ValueError, match=r"^padding is -1: it must be 0 or more"):
        Conv2D(2, padding=-1)
    with pytest.raises(ValueError, match=r"^image is \(0, 4\): each length must be 1 or more"):
        Dense2D((0, 4))
    with pytest.raises(
        ValueError, match=r"^hidden is \(4,\): give the length of each axis, 2 ints"
    ):
        Dense2D((4, 4), (4,))
    with pytest.raises(ValueError, match=r"^kernel is 5×5 but the image is 4×4: a kernel must fit"):
        LocallyConnected2D((4, 4), 5)
    with pytest.raises(ValueError, match=r"^kernel is 5×5 but the image is 4×4: a kernel must fit"):
        Conv2D(5)(torch.ones(4, 4))


# The layer of several channels


@given(
    seed=seeds,
    kernel=pairs,
    stride=pairs,
    dilation=pairs,
    groups=st.integers(1, 2),
    bias=st.booleans(),
    mode=st.sampled_from(["zeros", "circular", "reflect", "replicate"]),
)
def test_with_channels_it_is_torchs_layer_that_starts_from_the_same_numbers(
    seed, kernel, stride, dilation, groups, bias, mode
):
    given = (2 * groups, 4 * groups, kernel, stride, 1, dilation, groups, bias, mode)
    torch.manual_seed(seed)
    ours = Conv2D(*given)
    torch.manual_seed(seed)
    theirs = nn.Conv2d(*given)
    for (name, a), (other, b) in zip(
        ours.named_parameters(), theirs.named_parameters(), strict=True
    ):
        assert name == other
        assert torch.equal(a, b)
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    X = torch.randn(3, 2 * groups, 9, 10)
    torch.testing.assert_close(ours(X), theirs(X))
    torch.testing.assert_close(ours(X[0]), theirs(X[0]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_layer_in_half_precision_rounds_once_after_its_bias(dtype):
    ours, theirs = Conv2D(16, 8, 3).to(dtype), nn.Conv2d(16, 8, 3).to(dtype)
    theirs.load_state_dict(ours.state_dict())
    X = torch.randn(2, 16, 12, 12).to(dtype)
    exact = theirs.double()(X.double())
    nearest = (exact.to(dtype).double() - exact).abs().max()
    assert (ours(X).double() - exact).abs().max() <= 1.01 * nearest
    one = Conv2D(1, 1, 1).half()
    with torch.no_grad():
        one.weight.fill_(60000)
        one.bias.fill_(-60000)
    assert one(torch.full((1, 1, 1), 1.5).half()).tolist() == [[[30000]]]


def test_a_layer_knows_its_channels_and_keeps_its_padding():
    padding = [1, 1]
    layer = Conv2D(3, 8, 3, padding=padding)
    padding[0] = 5
    assert layer(torch.ones(3, 6, 7)).shape == (8, 6, 7)
    assert (layer.in_channels, layer.out_channels) == (3, 8)
    assert Conv2D(1, 1, 3, padding="valid")(torch.ones(1, 6, 7)).shape == (1, 4, 5)


def test_what_a_layer_is_given_wrong_is_named_with_what_to_do():
    layer = Conv2D(1, 1, 3)
    with pytest.raises(TypeError, match=r"such as torch.from_numpy\(X\)$"):
        layer(np.ones((1, 5, 5), np.float32))
    with pytest.raises(TypeError, match=r"such as X.to\(weight.dtype\)$"):
        layer(torch.ones(1, 5, 5).double())


def test_what_a_reader_of_dive_into_deep_learning_types_first():
    assert Conv2D(1, 1, 3)(torch.ones(1, 1, 5, 5)).shape == (1, 1, 3, 3)
    assert Conv2D(1, 1, (1, 2), bias=False).weight.shape == (1, 1, 1, 2)
    assert Conv2D(kernel_size=(1, 2)).weight.shape == (1, 2)
    assert Conv2D(3, padding=1, bias=False).bias is None
    assert Conv2D([3, 3], dilation=2, padding="same")(torch.ones(8, 8)).shape == (8, 8)
    assert Conv2D(1, 2, 3, 2, 1)(torch.ones(1, 8, 8)).shape == (2, 4, 4)


@pytest.mark.parametrize(
    ("layer", "shown"),
    [
        (lambda: Conv2D(3), "Conv2D(kernel_size=(3, 3))"),
        (
            lambda: Conv2D((2, 3), stride=2, padding=1),
            "Conv2D(kernel_size=(2, 3), stride=(2, 2), padding=1)",
        ),
        (
            lambda: Conv2D(3, 8, 5, padding="same"),
            "Conv2D(3, 8, kernel_size=(5, 5), padding='same')",
        ),
        (
            lambda: Conv2D(4, 8, 3, dilation=2, groups=2, bias=False, padding_mode="reflect"),
            "Conv2D(4, 8, kernel_size=(3, 3), dilation=(2, 2), groups=2, padding_mode='reflect', bias=False)",
        ),
        (lambda: Dense2D((3, 4), (5, 6)), "Dense2D(image=(3, 4), hidden=(5, 6))"),
        (
            lambda: LocallyConnected2D((3, 4), 3, padding=1),
            "LocallyConnected2D(image=(3, 4), kernel_size=(3, 3), padding=1)",
        ),
    ],
)
def test_a_layer_prints_its_sizes_and_is_made_of_what_it_prints(layer, shown):
    layer = layer()
    assert repr(layer) == shown
    again = eval(shown)
    assert {name: p.shape for name, p in again.named_parameters()} == {
        name: p.shape for name, p in layer.named_parameters()
    }


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda: Conv2D(),
            TypeError,
            "in_channels is None, out_channels None, kernel_size None: g",
        ),
        (
            lambda: Conv2D(3, 2),
            TypeError,
            "in_channels is 3, out_channels 2, kernel_size None: give",
        ),
        (
            lambda: Conv2D(3, kernel_size=2),
            TypeError,
            "in_channels is 3, out_channels None, kernel",
        ),
        (lambda: Conv2D(0, 1, 3), ValueError, "in_channels is 0: give 1 or more"),
        (lambda: Conv2D(1, 0, 3), ValueError, "out_channels is 0: give 1 or more"),
        (lambda: Conv2D((1, 1), 1, 3), TypeError, r"in_channels is \(1, 1\): give an int"),
        (
            lambda: Conv2D(4, 3, 3, groups=2),
            ValueError,
            "groups is 2: it must divide 4 and 3 chann",
        ),
        (lambda: Conv2D(1, 1, 3, bias=None), TypeError, "bias is None: give True or False"),
        (
            lambda: Conv2D(3, padding_mode="wrap"),
            ValueError,
            "padding_mode is 'wrap': give 'zeros'",
        ),
        (lambda: Conv2D(3, padding="full"), ValueError, "padding is 'full': give a number"),
        (lambda: Conv2D(2, 1, 3)(torch.ones(3, 5, 5)), ValueError, "K has 2 channels but X has 3"),
        (lambda: Conv2D(2, 1, 3)(torch.ones(5, 5)), ValueError, "X has 2 axes"),
    ],
)
def test_layers_that_there_are_none_of_are_refused(call, error, said):
    with pytest.raises(error, match=f"^{said}"):
        call()
