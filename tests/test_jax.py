"""JAX on the CPU: its transformations, its layouts, and its own convolution."""

import subprocess
import sys

import numpy as np
import pytest
from test_arrays import FUNCTIONS, whole_numbers
from test_correlation import CONV, CORR, SEVERAL

import convdocs
from convdocs import corr2d, distance_to_local, kernel_to_dense, pool2d

pytestmark = pytest.mark.slow
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True, scope="module")
def imported():
    """Imported by no other run of the tests: JAX starts threads, and some tests fork."""
    global jax, jnp
    import jax
    import jax.numpy as jnp


def lax(X, K, n, **given):
    """`jax.lax`'s convolution of `(c_i, …)` by `(c_o, c_i, …)`."""
    stride, dilation = given.get("stride", 1), given.get("dilation", 1)
    p = given.get("padding", 0)
    return jax.lax.conv_general_dilated(
        X[None],
        K,
        window_strides=[stride] * n,
        padding=[(p, p)] * n,
        rhs_dilation=[dilation] * n,
        feature_group_count=given.get("groups", 1),
    )[0]


def numbers(*shape):
    return jnp.asarray(rng.standard_normal(shape), dtype=jnp.float32)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize(
    "given", [{}, {"padding": 1}, {"stride": 2, "dilation": 2, "padding": 2}, {"groups": 2}]
)
def test_values_and_gradients_are_laxs(n, given):
    X = numbers(4, *(7,) * n)
    K = numbers(6, 4 // given.get("groups", 1), *(2,) * n)

    def ours(X, K):
        return SEVERAL[n](X, K, **given)

    def theirs(X, K):
        return lax(X, K, n, **given)

    close = {"rtol": 1e-4, "atol": 1e-4}
    np.testing.assert_allclose(ours(X, K), theirs(X, K), **close)
    np.testing.assert_allclose(jax.jit(ours)(X, K), theirs(X, K), **close)
    for argument in (0, 1):
        for transform in (jax.jacrev, jax.jacfwd):
            found = transform(ours, argument)(X, K)
            np.testing.assert_allclose(found, transform(theirs, argument)(X, K), **close)
    # closed over: one of the two is traced, and the other is an array
    for transform in (jax.grad, jax.hessian):
        found = transform(lambda K: (ours(X, K) ** 2).sum())(K)
        wanted = transform(lambda K: (theirs(X, K) ** 2).sum())(K)
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-2)
    found = jax.grad(lambda X: (ours(X, K) ** 2).sum())(X)
    wanted = jax.grad(lambda X: (theirs(X, K) ** 2).sum())(X)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("operation", [CORR, CONV])
def test_images_kernels_or_both_may_be_mapped_over(operation):
    X, K = numbers(5, 8, 9), numbers(5, 3, 2)
    for axes, a, b in (((0, None), X, K[0]), ((None, 0), X[0], K), ((0, 0), X, K)):
        found = jax.vmap(operation[2], axes)(a, b)
        for i in range(5):
            one = operation[2](a[i] if axes[0] == 0 else a, b[i] if axes[1] == 0 else b)
            np.testing.assert_allclose(found[i], one, rtol=1e-5, atol=1e-5)


def test_a_scan_may_close_over_the_kernel():
    X, K = numbers(8, 9), numbers(3, 3)
    step = lambda X, _: (corr2d(X, K, padding="same"), None)  # noqa: E731
    found, _ = jax.lax.scan(step, X, length=3)
    for _ in range(3):
        X = corr2d(X, K, padding="same")
    np.testing.assert_allclose(found, X, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "shapes", "rest"), FUNCTIONS, ids=[name for name, *_ in FUNCTIONS]
)
def test_every_function_gives_numpys_numbers_without_a_warning(name, shapes, rest):
    function = getattr(convdocs, name)
    for dtype in ("float32", "int32", "bfloat16"):
        if (dtype == "int32" and name == "share") or (dtype == "bfloat16" and "dist" in name):
            continue
        arrays = [whole_numbers(shape) for shape in shapes]
        wanted = function(*arrays, *rest)
        Y = function(*[jnp.asarray(array, dtype=dtype) for array in arrays], *rest)
        if not isinstance(Y, float):
            assert Y.dtype == dtype
        exact = {"rtol": 1e-2 if dtype == "bfloat16" else 1e-5, "atol": 1e-5}
        np.testing.assert_allclose(np.asarray(Y, dtype="float64"), wanted, **exact)


def test_a_compiled_program_does_not_grow_with_the_image():
    X, K = jnp.zeros((8, 16, 224, 224)), jnp.zeros((16, 16, 3, 3))
    gradient = jax.jit(jax.grad(lambda K: SEVERAL[2](X, K, padding=1).sum()))
    assert len(gradient.lower(K).as_text().splitlines()) < 200


def test_pooling_is_laxs():
    X = numbers(2, 6, 7)
    wanted = jax.lax.reduce_window(X, -jnp.inf, jax.lax.max, (1, 2, 3), (1, 2, 2), "VALID")
    np.testing.assert_array_equal(pool2d(X, (2, 3), stride=2), wanted)


SHARDED = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from convdocs import corr2d, corr2d_multi_in_out
devices = jax.devices()
assert len(devices) == 4, devices
mesh = Mesh(np.array(devices), ("batch",))
X = jnp.arange(4 * 2 * 8 * 9, dtype=jnp.float32).reshape(4, 2, 8, 9)
K = jnp.arange(54, dtype=jnp.float32).reshape(3, 2, 3, 3)
apart = jax.device_put(X, NamedSharding(mesh, P("batch")))
everywhere = jax.device_put(K, NamedSharding(mesh, P()))
wanted = corr2d_multi_in_out(X, K)
for run in (corr2d_multi_in_out, jax.jit(corr2d_multi_in_out)):
    np.testing.assert_allclose(run(apart, everywhere), wanted, rtol=1e-6)
gradient = jax.jit(jax.grad(lambda K: (corr2d_multi_in_out(apart, K) ** 2).sum()))(everywhere)
wanted = jax.grad(lambda K: (corr2d_multi_in_out(X, K) ** 2).sum())(K)
np.testing.assert_allclose(gradient, wanted, rtol=1e-5)
print("equal")
"""


def test_arrays_spread_over_devices_are_taken():
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", SHARDED],
        env={
            "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
            "PATH": "",
        },
        capture_output=True,
        text=True,
    )
    assert ran.stdout == "equal\n", ran.stderr[-2000:]


def test_a_weight_in_32_bits_has_its_distance():
    W = kernel_to_dense(numbers(3, 3), (4, 4), padding=1)
    assert distance_to_local(W, 1) == 0
    assert distance_to_local(W, 0) == pytest.approx(distance_to_local(np.asarray(W), 0))
