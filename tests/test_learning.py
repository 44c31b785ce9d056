from functools import partial
from math import inf, nan

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from torch.autograd.functional import hessian
from torch.nn import functional

from convdocs import (
    LearntKernel,
    cat,
    corr2d,
    edge_kernel,
    learn_kernel,
    max_learning_rate,
    sobel_kernel,
)

START = torch.tensor([[-0.3967, 0.4442]])


@pytest.fixture
def bar():
    """A black bar on white, and its edges."""
    X = torch.ones(6, 8)
    X[:, 2:6] = 0
    return X, corr2d(X, torch.asarray(edge_kernel()))


@pytest.fixture
def fur():
    """64 by 64 pixels of the cat, and their response to the Sobel kernel."""
    X = torch.asarray(cat(gray=True)[100:164, 150:214]).double()
    return X, corr2d(X, torch.asarray(sobel_kernel()).double())


# Learning


def test_the_edge_kernel_is_learnt_in_ten_steps(bar):
    kernel, losses = learn_kernel(*bar, (1, 2), lr=3e-2, steps=10, start=START)
    assert losses.shape == (11,)
    assert losses[1::2].numpy().round(3) == pytest.approx([9.939, 1.673, 0.283, 0.048, 0.008])
    assert kernel.numpy().round(4) == pytest.approx(np.array([[0.9862, -0.9811]]))


@given(
    seed=st.integers(0, 99),
    size=st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    batch=st.lists(st.integers(1, 2), max_size=2),
)
def test_a_step_goes_down_the_gradient_of_the_summed_squares(seed, size, dtype, batch):
    generator = torch.Generator().manual_seed(seed)
    shape = (size, size) if isinstance(size, int) else size
    X = torch.randn(*batch, 5, 6, dtype=dtype, generator=generator)
    start = torch.randn(shape, dtype=dtype, generator=generator)
    response = functional.conv2d(X.reshape(-1, 1, 5, 6), start[None, None])
    Y = torch.randn(response.shape, dtype=dtype, generator=generator)
    wanted_outputs = Y.reshape(*batch, *Y.shape[-2:])
    learnt = learn_kernel(X, wanted_outputs, size, lr=0.01, steps=1, start=start)
    # dL/dK = 2 · (X correlated with the errors), added over the images
    errors = response - Y
    gradient = 2 * sum(corr2d(x, e[0]) for x, e in zip(X.reshape(-1, 5, 6), errors, strict=True))
    torch.testing.assert_close(learnt.kernel, start - 0.01 * gradient, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(learnt.losses[0], (errors**2).sum())
    left = functional.conv2d(X.reshape(-1, 1, 5, 6), learnt.kernel[None, None]) - Y
    torch.testing.assert_close(learnt.losses[1], (left**2).sum())
    assert learnt.kernel.dtype == learnt.losses.dtype == dtype


def test_without_steps_the_start_comes_back_with_its_loss(bar):
    X, Y = bar
    kernel, losses = learn_kernel(X, Y, (1, 2), lr=1, steps=0, start=START)
    assert torch.equal(kernel, START)
    assert losses.tolist() == [float(((corr2d(X, START) - Y) ** 2).sum())]


def test_the_result_is_a_named_tuple_outside_of_any_graph(bar):
    learnt = learn_kernel(*bar, (1, 2), lr=0.01, steps=2)
    assert isinstance(learnt, LearntKernel)
    assert learnt._fields == ("kernel", "losses")
    assert not learnt.kernel.requires_grad
    assert not learnt.losses.requires_grad


def test_the_start_is_left_as_it_is(bar):
    start = START.clone().requires_grad_()
    learnt = learn_kernel(*bar, (1, 2), lr=0.01, steps=3, start=start)
    assert torch.equal(start.detach(), START)
    assert start.grad is None
    assert start.requires_grad
    assert learnt.kernel.data_ptr() != start.data_ptr()


def test_without_a_start_the_kernel_starts_from_torchs_generator(bar):
    torch.manual_seed(1)
    drawn = torch.randn(1, 2)
    torch.manual_seed(1)
    assert torch.equal(learn_kernel(*bar, (1, 2), lr=1, steps=0).kernel, drawn)


def test_images_that_ask_for_gradients_get_none(bar):
    X, Y = bar
    wanted = learn_kernel(X, Y, (1, 2), lr=0.01, steps=3, start=START)
    leaf = X.clone().requires_grad_()
    # The second comes from a graph, which the learning must not walk twice.
    for x, y in ((leaf, Y), (leaf * 1, Y), (X, corr2d(leaf, torch.tensor([[1.0, -1.0]])))):
        learnt = learn_kernel(x, y, (1, 2), lr=0.01, steps=3, start=START)
        assert torch.equal(learnt.kernel, wanted.kernel)
    assert leaf.grad is None


def test_learning_does_not_mind_that_gradients_are_off(bar):
    with torch.no_grad():
        learnt = learn_kernel(*bar, (1, 2), lr=3e-2, steps=10, start=START)
    assert learnt.losses[-1] < 0.01


@pytest.mark.parametrize(
    "optimizer",
    [
        torch.optim.SGD,
        partial(torch.optim.SGD, momentum=0.9, nesterov=True),
        partial(torch.optim.SGD, momentum=0.5, weight_decay=1e-9),
        torch.optim.Adam,
        torch.optim.RMSprop,
    ],
)
def test_other_optimizers_learn_the_edge_kernel_too(bar, optimizer):
    learnt = learn_kernel(*bar, (1, 2), lr=0.01, steps=500, start=START, optimizer=optimizer)
    torch.testing.assert_close(learnt.kernel, torch.tensor([[1.0, -1.0]]), rtol=0, atol=0.01)
    assert learnt.losses.shape == (501,)


def test_lbfgs_learns_the_sobel_kernel_back_from_the_cat(fur):
    X, Y = fur
    optimizer = partial(
        torch.optim.LBFGS, line_search_fn="strong_wolfe", tolerance_grad=1e-12, tolerance_change=0
    )
    start = torch.zeros(3, 3, dtype=torch.float64)
    learnt = learn_kernel(X, Y, 3, lr=1, steps=4, start=start, optimizer=optimizer)
    sobel = torch.asarray(sobel_kernel()).double()
    torch.testing.assert_close(learnt.kernel, sobel, rtol=0, atol=1e-8)
    columns = functional.unfold(X[None, None], 3)[0]
    solved = torch.linalg.lstsq(columns.T, Y.reshape(-1, 1)).solution.reshape(3, 3)
    torch.testing.assert_close(learnt.kernel, solved, rtol=0, atol=1e-8)
    assert learnt.losses[-1] < 1e-15


def test_noise_is_learnt_as_far_as_least_squares_goes(bar):
    X = torch.randn(8, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    Y = torch.randn(7, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    lr = 0.9 * max_learning_rate(X, (2, 3))
    learnt = learn_kernel(X, Y, (2, 3), lr=lr, steps=200)
    columns = functional.unfold(X[None, None], (2, 3))[0]
    solved = torch.linalg.lstsq(columns.T, Y.reshape(-1, 1))
    torch.testing.assert_close(learnt.kernel.reshape(-1, 1), solved.solution, rtol=0, atol=1e-6)
    assert learnt.losses[-1] > 1  # what no kernel explains


# The largest learning rate


def test_the_bars_largest_learning_rate_by_hand(bar):
    X, _ = bar
    # Of the 42 windows, 18 have a white left pixel, 18 a white right one and 12 both: the
    # matrix ((18, 12), (12, 18)) has the eigenvalues 6 and 30.
    windows = functional.unfold(X[None, None], (1, 2))[0]
    assert (windows @ windows.T).tolist() == [[18, 12], [12, 18]]
    assert torch.linalg.eigvalsh(windows @ windows.T).tolist() == pytest.approx([6, 30])
    assert max_learning_rate(X, (1, 2)) == pytest.approx(1 / 30, rel=1e-12)


def test_below_the_limit_learning_converges_and_above_it_diverges(bar):
    below = learn_kernel(*bar, (1, 2), lr=0.033, steps=400, start=START).losses
    above = learn_kernel(*bar, (1, 2), lr=0.034, steps=400, start=START).losses
    assert below[-1] < 1e-3 * below[0]
    assert above[-1] > 1e3 * above[0]


@given(seed=st.integers(0, 99), far=st.floats(0.05, 0.3))
def test_the_limit_parts_converging_from_diverging_on_any_image(seed, far):
    generator = torch.Generator().manual_seed(seed)
    X, start = (torch.randn(s, dtype=torch.float64, generator=generator) for s in [(5, 6), (2, 2)])
    Y = corr2d(X, torch.ones(2, 2).double())
    limit = max_learning_rate(X, 2)
    below = learn_kernel(X, Y, 2, lr=limit * (1 - far), steps=10, start=start).losses
    above = learn_kernel(X, Y, 2, lr=limit * (1 + far), steps=150, start=start).losses
    assert (below.diff() < 0).all()
    assert above[-1] > above[0]


@given(seed=st.integers(0, 99), batch=st.lists(st.integers(1, 2), max_size=2))
def test_the_limit_is_two_over_the_largest_curvature_of_the_loss(seed, batch):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(*batch, 4, 5, dtype=torch.float64, generator=generator)
    H = hessian(lambda K: (corr2d(X, K) ** 2).sum(), torch.zeros(2, 3).double()).reshape(6, 6)
    limit = 2 / float(torch.linalg.eigvalsh(H)[-1])
    assert max_learning_rate(X, (2, 3)) == pytest.approx(limit, rel=1e-9)
    assert max_learning_rate(X.requires_grad_(), (2, 3)) == pytest.approx(limit, rel=1e-9)
    assert type(max_learning_rate(X, (2, 3))) is float


def test_divergence_shows_in_the_losses_and_is_no_error(bar):
    losses = learn_kernel(*bar, (1, 2), lr=10, steps=100, start=START).losses
    assert not losses[-1].isfinite()


def test_no_learning_rate_is_too_large_for_a_black_image():
    assert max_learning_rate(torch.zeros(4, 4), 2) == inf


@pytest.mark.parametrize("scale", [1e-100, 1e100])
def test_the_limit_goes_with_the_square_of_the_brightness(scale):
    X = torch.rand(4, 5, dtype=torch.float64)
    limit = max_learning_rate(X, 2)
    assert max_learning_rate(X * scale, 2) == pytest.approx(limit / scale / scale, rel=1e-9)


def test_the_limit_of_an_image_whose_squares_leave_float64():
    X = torch.ones(1, 1, dtype=torch.float64)
    assert max_learning_rate(X * 1e200, 1) == 0
    assert max_learning_rate(X * 1e-200, 1) == inf
    assert max_learning_rate(X.half() * 300, 1) == pytest.approx(1 / 90000)  # beyond float16


# What is refused


@pytest.mark.parametrize(
    "function", [max_learning_rate, partial(learn_kernel, Y=torch.ones(3, 3), lr=1, steps=1)]
)
@pytest.mark.parametrize(
    ("X", "error", "said"),
    [
        (np.ones((4, 4)), TypeError, "^X is a ndarray: give a torch tensor$"),
        ([[1.0]], TypeError, "^X is a list: give a torch tensor$"),
        (torch.ones(4, 4).long(), TypeError, "^X is torch.int64: give a floating dtype, for grad"),
        (torch.ones(4, 4).bool(), TypeError, "^X is torch.bool: give a floating dtype"),
        (
            torch.ones(4),
            ValueError,
            r"^X has 1 axes \(4\): give height and width, at least 2 axes$",
        ),
        (torch.ones(0, 4), ValueError, "^X is 0×4: it has no elements$"),
        (torch.ones(1, 4), ValueError, "^kernel is 2×2 but the image is 1×4: a kernel must fit"),
        (torch.ones(4, 4, device="meta"), ValueError, "^X is on the device meta: it has a shape"),
    ],
)
def test_images_that_cannot_be_learnt_from_are_refused(function, X, error, said):
    with pytest.raises(error, match=said):
        function(X=X, kernel_size=2)


@pytest.mark.parametrize(
    "function", [max_learning_rate, partial(learn_kernel, Y=torch.ones(3, 3), lr=1, steps=1)]
)
@pytest.mark.parametrize(
    ("size", "error", "said"),
    [
        (2.0, TypeError, "^kernel_size is 2.0: give an int or a tuple of 2 ints$"),
        (np.float64(2), TypeError, r"^kernel_size is .*: give an int or a tuple of 2 ints$"),
        (0, ValueError, "^kernel_size is 0: it must be 1 or more$"),
        ((2, 2, 2), ValueError, r"^kernel_size is \(2, 2, 2\): give an int or a tuple of 2 ints$"),
    ],
)
def test_kernel_sizes_that_are_none_are_refused(function, size, error, said):
    with pytest.raises(error, match=said):
        function(X=torch.ones(4, 4), kernel_size=size)


@pytest.mark.parametrize("pixel", [nan, inf, -inf])
def test_no_learning_rate_is_stable_on_nan_or_infinity(pixel):
    X = torch.ones(4, 4)
    X[1, 2] = pixel
    with pytest.raises(ValueError, match=r"^X holds NaN or infinity: no learning rate is stable$"):
        max_learning_rate(X, 2)


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"Y": torch.ones(6, 8)}, ValueError, "^Y is 6×8 but a 1×2 kernel makes 6×7 of X$"),
        ({"Y": torch.ones(1, 6, 7)}, ValueError, "^Y is 1×6×7 but a 1×2 kernel makes 6×7 of X$"),
        ({"Y": torch.ones(6, 7).double()}, TypeError, "^Y is torch.float64 but X is torch.float32"),
        ({"Y": np.ones((6, 7))}, TypeError, "^Y is an array of numpy but X is one of torch"),
        ({"Y": [[1.0]]}, TypeError, "^Y is a list: give a torch tensor"),
        ({"Y": torch.ones(6, 7, device="meta")}, ValueError, "^Y is on meta but X is on cpu: move"),
        ({"start": torch.ones(2, 1)}, ValueError, "^start is 2×1 but kernel_size is 1×2$"),
        ({"start": torch.ones(2)}, ValueError, "^start is 2 but kernel_size is 1×2$"),
        (
            {"start": torch.ones(1, 2).double()},
            TypeError,
            "^start is torch.float64 but X is torch.f",
        ),
        ({"start": [[1.0, 2.0]]}, TypeError, "^start is a list: give a torch tensor"),
        (
            {"start": np.ones((1, 2))},
            TypeError,
            "^start is an array of numpy but X is one of torch",
        ),
        ({"lr": 0}, ValueError, "^lr is 0: give a finite number above 0$"),
        ({"lr": -0.1}, ValueError, "^lr is -0.1: give a finite number above 0$"),
        ({"lr": inf}, ValueError, "^lr is inf: give a finite number above 0$"),
        ({"lr": nan}, ValueError, "^lr is nan: give a finite number above 0$"),
        ({"lr": "0.1"}, TypeError, "^lr is '0.1': give an int or a float above 0$"),
        ({"lr": True}, TypeError, "^lr is True: give an int or a float above 0$"),
        ({"lr": np.ones(1)}, TypeError, "^lr is .*: give an int or a float above 0$"),
        ({"lr": 1e308}, ValueError, "^lr is 1e\\+308: it is more than torch.float32 holds$"),
        ({"lr": 10**400}, ValueError, "^lr is 10+: it is more than torch.float32 holds$"),
        ({"lr": torch.tensor(0.1)}, TypeError, "^lr is tensor.*: give an int or a float above 0$"),
        ({"steps": -1}, ValueError, "^steps is -1: give 0 or more$"),
        ({"steps": 2.0}, TypeError, "^steps is 2.0: give an int$"),
        ({"steps": True}, TypeError, "^steps is True: give an int$"),
        ({"steps": np.float64(2)}, TypeError, "^steps is .*: give an int$"),
        ({"optimizer": "SGD"}, TypeError, "^optimizer is 'SGD': give a class of torch.optim$"),
        ({"optimizer": lambda p, lr: None}, TypeError, "^optimizer gave None: give a class of t"),
    ],
)
def test_what_cannot_be_learnt_with_is_refused_by_name(bar, changed, error, said):
    X, Y = bar
    arguments = {"X": X, "Y": Y, "kernel_size": (1, 2), "lr": 0.01, "steps": 1, **changed}
    with pytest.raises(error, match=said):
        learn_kernel(**arguments)
