"""PyTorch around the functions: compiled, exported, cast by itself, and tensors that are no tensors."""

import re
import warnings

import numpy as np
import pytest
import torch
from test_arrays import FUNCTIONS
from torch import nn
from torch.export import Dim, export

import convdocs
from convdocs import (
    Conv2D,
    Dense2D,
    LocallyConnected2D,
    conv2d,
    corr1d,
    corr2d,
    corr2d_multi_in_out,
    corr3d,
    dense2d,
    kernel_to_dense,
    learn_kernel,
    pool2d,
)

# array-api-compat caches what it knows of a class, which is the same when it is traced.
pytestmark = pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools.lru_cache`")


def compiled(function):
    """A function as Dynamo sees it, and how many graphs it has made of it."""
    torch._dynamo.reset()
    made = []

    def backend(graph, examples):
        made.append(graph)
        return graph.forward

    return torch.compile(function, backend=backend, fullgraph=True), made


@pytest.mark.parametrize("function", [corr2d, conv2d, lambda X, K: corr2d(X, K, padding="same")])
def test_a_compiled_function_is_compiled_once_for_all_sizes(function):
    run, made = compiled(function)
    K = torch.randn(3, 3)
    for size in [(8, 9), (9, 10), (11, 12), (12, 13), (50, 30), (1100, 900)]:
        X = torch.randn(size)
        torch.testing.assert_close(run(X, K), function(X, K))
    assert len(made) == 2  # of the first size, and of any


def test_a_compiled_network_is_compiled_once_for_all_sizes():
    layers = nn.Sequential(Conv2D(3, 4, 3, padding="same"), nn.ReLU(), Conv2D(4, 2, 3, groups=2))
    run, made = compiled(layers)
    for batch, h, w in [(1, 8, 9), (2, 9, 10), (3, 20, 30), (4, 32, 16)]:
        X = torch.randn(batch, 3, h, w)
        torch.testing.assert_close(run(X), layers(X))
    assert len(made) <= 3  # of the first size, and of any; a batch of one may count for itself


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_has_shapes_on_the_device_meta(dtype):
    X, K = (
        torch.ones(6, 7, dtype=dtype, device="meta"),
        torch.ones(2, 3, dtype=dtype, device="meta"),
    )
    assert corr2d(X, K).shape == (5, 5)
    assert corr2d(X, K).dtype == dtype


@pytest.mark.parametrize(
    "layer",
    [
        lambda: Conv2D(3),
        lambda: Conv2D(1, 4, 3, padding="same", padding_mode="reflect"),
        lambda: Conv2D(1, 2, (2, 3), stride=2, dilation=2, bias=False),
        lambda: nn.Sequential(Conv2D(1, 4, 3), nn.ReLU(), Conv2D(4, 4, 3, groups=4)),
        lambda: Dense2D((8, 9)),
        lambda: LocallyConnected2D((8, 9), 3),
    ],
)
def test_a_layer_is_exported_for_batches_of_any_size(layer):
    layer = layer()
    program = export(layer, (torch.randn(2, 1, 8, 9),), dynamic_shapes=({0: Dim("batch", min=2)},))
    for size in (2, 3, 7):
        X = torch.randn(size, 1, 8, 9)
        torch.testing.assert_close(program.module()(X), layer(X))


def test_a_traced_layer_is_the_layer():
    layer, X = Conv2D(3), torch.randn(2, 8, 9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing is deprecated, and warns of each comparison
        traced = torch.jit.trace(layer, X)
        assert torch.equal(traced(X), layer(X))


def test_a_trace_of_a_lone_window_is_right_for_more():
    X = torch.arange(36.0).reshape(6, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(lambda X: corr2d(X, torch.ones(2, 2), stride=2), torch.ones(2, 2))
    assert torch.equal(traced(X), corr2d(X, torch.ones(2, 2), stride=2))


def test_pooling_is_compiled_once_for_all_sizes():
    run, made = compiled(lambda X: pool2d(X, (2, 3), stride=2))
    for n in range(8, 20):
        X = torch.randn(2, n, n + 3)
        assert torch.equal(run(X), pool2d(X, (2, 3), stride=2))
    assert len(made) == 2


# ---- autocast ----


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_does_to_our_layers_what_it_does_to_torchs(dtype):
    theirs = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 2, 3, padding=1))
    ours = nn.Sequential(Conv2D(1, 3, 3), nn.ReLU(), Conv2D(3, 2, 3, padding=1))
    ours.load_state_dict(theirs.state_dict())
    X = torch.randn(2, 1, 9, 9)
    with torch.autocast("cpu", dtype):
        Y, wanted = ours(X), theirs(X)
    assert Y.dtype == wanted.dtype == dtype
    torch.testing.assert_close(Y, wanted, atol=0.02, rtol=0.02)
    Y.float().sum().backward()
    assert all(p.grad.dtype == torch.float32 for p in ours.parameters())


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64])
def test_autocast_leaves_alone_what_it_leaves_alone_in_torch(dtype):
    X, K = torch.arange(12).reshape(3, 4).to(dtype), torch.arange(4).reshape(2, 2).to(dtype)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(corr2d(X, K), corr2d(X, K))
        assert corr2d(X, K).dtype == dtype


def test_autocast_leaves_alone_what_multiplies_nothing():
    W = kernel_to_dense(torch.randn(3, 3), (5, 5), padding=1)
    W[0, 0, 4, 4] = 1e-3
    with torch.autocast("cpu", torch.bfloat16):
        assert convdocs.to_relative(W).dtype == torch.float32
        assert convdocs.distance_to_local(W, 1) == pytest.approx(1e-3)


def test_layers_of_different_kinds_follow_each_other_under_autocast():
    layers = nn.Sequential(Dense2D((6, 8)), Conv2D(3), LocallyConnected2D((4, 6), 3))
    with torch.autocast("cpu", torch.bfloat16):
        assert layers(torch.randn(2, 6, 8)).dtype == torch.bfloat16


# ---- devices without a product of integers ----


@pytest.fixture
def no_product_of_integers(monkeypatch):
    """CUDA and MPS have none; here the CPU is made to say what they say."""
    product = torch.Tensor.__matmul__
    refused = []

    def matmul(a, b):
        if not a.is_floating_point():
            refused.append(a.dtype)
            raise RuntimeError("\"addmm_cuda\" not implemented for 'Int'")
        return product(a, b)

    monkeypatch.setattr(torch.Tensor, "__matmul__", matmul)
    return refused


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (corr1d, [(2, 9), (3,)]),
        (corr2d, [(2, 7, 8), (3, 2)]),
        (corr3d, [(4, 5, 6), (2, 2, 2)]),
        (corr2d_multi_in_out, [(2, 4, 7, 8), (6, 4, 3, 3)]),
        (dense2d, [(3, 4, 5), (2, 2, 4, 5)]),
        (lambda K: kernel_to_dense(K, (4, 5)), [(2, 3)]),
    ],
)
def test_integers_are_exact_where_there_is_no_product_of_their_matrices(
    no_product_of_integers, function, shapes, dtype
):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(-99, 99, shape).astype(dtype) for shape in shapes]
    Y = function(*map(torch.from_numpy, arrays))
    assert no_product_of_integers
    np.testing.assert_array_equal(Y.numpy(), function(*arrays))
    assert Y.numpy().dtype == dtype


# ---- tensors that are none ----


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize(
    ("name", "shapes", "rest"), FUNCTIONS, ids=[name for name, *_ in FUNCTIONS]
)
def test_tensors_without_numbers_side_by_side_are_refused_by_name(name, shapes, rest):
    function = getattr(convdocs, name)
    first = next(iter(function.__annotations__))
    others = [torch.ones(shape) for shape in shapes[1:]]
    odd = {
        "a nested tensor: give a dense one": torch.nested.nested_tensor([torch.ones(2, 3)] * 2),
        "torch.jagged: give a dense tensor": torch.nested.nested_tensor(
            [torch.ones(2, 3), torch.ones(4, 3)], layout=torch.jagged
        ),
        "torch.float8_e4m3fn: give a floating dtype of 16 bits": torch.ones(shapes[0]).to(
            torch.float8_e4m3fn
        ),
    }
    if torch.backends.mkldnn.is_available():
        odd["torch._mkldnn: give a dense tensor"] = torch.ones(shapes[0]).to_mkldnn()
    for said, tensor in odd.items():
        nested = r"a nested tensor: give a dense one|" if "jagged" in said else ""
        with pytest.raises(TypeError, match=rf"^{first} is ({nested}{re.escape(said)})"):
            function(tensor, *others, *rest)


def test_learning_takes_gradients_whatever_is_switched_off():
    X = torch.ones(6, 8)
    X[:, 2:6] = 0
    Y = corr2d(X, torch.tensor([[1.0, -1.0]]))
    start = torch.tensor([[-0.3967, 0.4442]])
    wanted = learn_kernel(X, Y, (1, 2), lr=3e-2, steps=10, start=start)
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            found = learn_kernel(X, Y, (1, 2), lr=3e-2, steps=10, start=start)
            inside = learn_kernel(X * 1, Y * 1, (1, 2), lr=3e-2, steps=10, start=start * 1)
        for learnt in (found, inside):
            assert torch.equal(learnt.kernel, wanted.kernel)
            assert torch.equal(learnt.losses, wanted.losses)
