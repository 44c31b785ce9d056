"""Images that lie in chunks, and are never in memory as a whole."""

import subprocess
import sys

import dask
import dask.array as da
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from test_correlation import CONV, CORR, SEVERAL, in_one_two_and_three_dimensions, whole_numbers

from convdocs import Conv2D, corr2d, corr2d_multi_in

MODES = ["zeros", "circular", "reflect", "replicate"]


@pytest.fixture(autouse=True)
def in_this_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


def chunked(draw, array):
    """The same numbers, cut along each axis wherever hypothesis likes."""
    chunks = []
    for n in array.shape:
        cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=3))) if n > 1 else []
        chunks.append(tuple(b - a for a, b in zip([0, *cuts], [*cuts, n], strict=True)))
    return da.from_array(array, chunks=tuple(chunks))


@in_one_two_and_three_dimensions
@given(data=st.data(), mode=st.sampled_from(MODES), seed=st.integers(0, 99))
def test_chunks_give_the_same_numbers(n, data, mode, seed):
    size = data.draw(st.tuples(*[st.integers(7, 12)] * n))
    kernel = data.draw(st.tuples(*[st.integers(1, 3)] * n))
    moves = {
        "stride": data.draw(st.tuples(*[st.integers(1, 4)] * n)),
        "dilation": data.draw(st.tuples(*[st.integers(1, 3)] * n)),
        "padding": data.draw(st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * n)),
        "padding_mode": mode,
    }
    X, K = whole_numbers(seed, 2, *size), whole_numbers(seed + 1, *kernel)
    operation = data.draw(st.sampled_from([CORR, CONV]))[n]
    wanted = operation(X, K, **moves)
    kernels = data.draw(st.sampled_from([K, chunked(data.draw, K)]))
    Y = operation(chunked(data.draw, X), kernels, **moves)
    assert isinstance(Y, da.Array)
    assert Y.shape == wanted.shape
    assert Y.dtype == wanted.dtype
    np.testing.assert_array_equal(Y.compute(), wanted)
    block = tuple(data.draw(st.integers(0, m - 1)) for m in Y.numblocks)
    lengths = tuple(c[i] for c, i in zip(Y.chunks, block, strict=True))
    assert Y.blocks[block].compute().shape == lengths  # what it says of its chunks is true


@in_one_two_and_three_dimensions
@given(data=st.data(), groups=st.integers(1, 2), seed=st.integers(0, 99))
def test_channels_in_chunks_give_the_same_numbers(n, data, groups, seed):
    X = whole_numbers(seed, 2, 4, *(8,) * n)
    K = whole_numbers(seed + 1, 6, 4 // groups, *(3,) * n)
    given = {"groups": groups, "padding": "same"}
    Y = SEVERAL[n](chunked(data.draw, X), chunked(data.draw, K), **given)
    np.testing.assert_array_equal(Y.compute(), SEVERAL[n](X, K, **given))


def test_fractions_are_equal_to_the_last_bit():
    rng = np.random.default_rng(0)
    X, K = rng.standard_normal((200, 300)), rng.standard_normal((7, 5))
    Y = corr2d(da.from_array(X, chunks=(60, 70)), K, padding="same")
    np.testing.assert_array_equal(Y.compute(), corr2d(X, K, padding="same"))
    X = rng.standard_normal((3, 90, 80))
    Y = corr2d_multi_in(da.from_array(X, chunks=(1, 30, 30)), np.ones((3, 3, 3)))
    np.testing.assert_array_equal(Y.compute(), corr2d_multi_in(X, np.ones((3, 3, 3))))


@pytest.mark.parametrize("one", ["<f4", ">f4"])
@pytest.mark.parametrize("other", ["<f4", ">f4"])
def test_the_other_byte_order_is_as_welcome_as_in_numpy(one, other):
    X, K = whole_numbers(0, 6, 7).astype(one), whole_numbers(1, 2, 2).astype(other)
    Y = corr2d(da.from_array(X, chunks=3), K)
    assert Y.dtype == Y.compute().dtype == np.float32
    np.testing.assert_array_equal(Y.compute(), corr2d(X, K))


def test_an_image_of_16_chunks_takes_few_tasks():
    X = da.zeros((2000, 2000), chunks=500)
    assert len(corr2d(X, np.ones((3, 3))).__dask_graph__()) < 200
    Y = corr2d(X, np.ones((3, 3)), padding="same")
    assert Y.numblocks == (4, 4)


def test_no_chunk_is_computed_before_it_is_asked_for():
    asked = []

    def block(block_info=None):
        asked.append(block_info[None]["chunk-location"])
        return np.ones((10, 10))

    X = da.map_blocks(block, chunks=((10,) * 5, (10,) * 5), dtype=float, meta=np.empty((0, 0)))
    Y = corr2d(X, np.ones((3, 3)))
    assert asked == []
    assert Y[:5, :5].compute().tolist() == [[9] * 5] * 5
    assert set(asked) <= {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_chunks_of_unknown_length_are_refused_with_what_to_do():
    X = da.ones((8, 8), chunks=4)
    X = X[X[:, 0] > 0]
    said = r"^X has chunks of unknown length: call X.compute_chunk_sizes\(\) first$"
    with pytest.raises(ValueError, match=said):
        corr2d(X, np.ones((3, 3)))
    assert corr2d(X.compute_chunk_sizes(), np.ones((3, 3))).compute().shape == (6, 6)


def test_what_numpy_is_told_dask_is_told_too():
    X = da.ones((8, 8), chunks=4)
    with pytest.raises(ValueError, match=r"^kernel is 9×9 but the image is 8×8"):
        corr2d(X, np.ones((9, 9)))
    with pytest.raises(TypeError, match=r"^K is float32 but X is float64: .* K.astype\(X.dtype\)$"):
        corr2d(X, np.ones((3, 3), np.float32))
    with pytest.raises(TypeError, match=r"^K is an array of dask but X is one of numpy"):
        corr2d(np.ones((8, 8)), X)
    with pytest.raises(TypeError, match="is an array of torch but X is one of dask"):
        Conv2D(1, 1, 3)(X[None])


CLUSTER = """
import numpy as np
import dask.array as da
from dask.distributed import Client, LocalCluster
from convdocs import corr2d

if __name__ == "__main__":
    X = np.random.default_rng(0).standard_normal((300, 400))
    K = np.ones((5, 3))
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        Y = corr2d(da.from_array(X, chunks=100), K, padding="same").compute()
    assert np.array_equal(Y, corr2d(X, K, padding="same"))
    print("equal")
"""


def test_processes_of_a_cluster_give_the_same_numbers(tmp_path):
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    assert ran.stdout == "equal\n", ran.stderr[-2000:]


MEMORY = """
import resource
import dask.array as da
import numpy as np
from convdocs import corr2d

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

K = np.ones((7, 7), np.float32)
corr2d(da.ones((60, 60), chunks=30, dtype="float32"), K).sum().compute()
before = peak()
X = da.ones((20_000, 20_000), chunks=1000, dtype="float32")
total = corr2d(X, K).max().compute(num_workers=2)
assert total == 49
print(peak() - before)
"""


@pytest.mark.slow
def test_an_image_larger_than_what_it_takes_of_memory():
    ran = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True)
    assert int(ran.stdout) < 20_000 * 20_000 * 4 / 2, ran.stderr[-2000:]
