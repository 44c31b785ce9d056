"""Whatever is given: the right numbers, or an error that names the argument. Never anything else."""

import inspect
import re
import signal
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis.extra import numpy as hnp

import convdocs

pytestmark = [
    pytest.mark.slow,
    # NumPy's on NaN and infinity, torch's on complex numbers made real.
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:Casting complex:UserWarning"),
]

# ---- what is given ----

# Numbers that an array can have as a size, numbers that none has, and what is no number.
small = st.integers(1, 5) | st.sampled_from([np.int64(2), torch.tensor(2)])
ints = small | st.sampled_from([-(2**63), -1, 0, 2**40, 2**63 - 1, 2**63, 2**64, 10**30])
NO_INTS = [None, True, 1.0, float("nan"), "3", b"3", [2], {}, 1j, len]
scalars = ints | st.floats() | st.sampled_from(NO_INTS)
sizes = small | st.tuples(small, small) | ints | st.lists(scalars, max_size=4).map(tuple) | scalars

shapes = hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5)
good_dtypes = st.sampled_from(["float32", "float64", "int32", "int64"])
odd_dtypes = st.sampled_from(
    ["float16", ">f8", ">i4", "bool", "int8", "uint8", "uint64", "complex64", "U3", "O", "M8[s]"]
)


@st.composite
def arrays(draw):
    """An array, mostly a good one: of some size, some dtype, some library, some layout."""
    shape = draw(st.lists(small, min_size=1, max_size=4).map(tuple) | shapes)
    dtype = np.dtype(draw(st.one_of(good_dtypes, good_dtypes, good_dtypes, odd_dtypes)))
    array = np.random.default_rng(draw(st.integers(0, 99))).integers(-9, 10, shape)
    array = np.asarray(array).astype(dtype)
    if dtype.kind == "f" and array.size and draw(st.integers(0, 9)) == 0:
        array.flat[0] = draw(st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 5e-324]))
    how = draw(st.integers(0, 11))
    if how == 0:
        array.flags.writeable = False
    elif how == 1:
        array = array[::-1] if array.ndim else array
    elif how == 2:
        return np.ma.masked_array(array)
    elif how == 3:
        return array.tolist()
    elif how == 4:
        array = np.asfortranarray(array)
    elif how == 5:
        array = array.T
    elif how >= 7 and dtype.kind in "bifc" and dtype.isnative:
        tensor = torch.from_numpy(array.copy())
        if how == 8 and tensor.is_floating_point():
            return tensor.requires_grad_()
        if how == 9 and tensor.ndim >= 2:
            return tensor.transpose(0, 1)
        if how == 10:
            return draw(st.sampled_from([tensor.bfloat16(), tensor.to("meta"), tensor.to_sparse()]))
        return tensor
    return array


anything = st.one_of(arrays(), arrays(), arrays(), scalars, st.just("X"), st.just(datetime.min))
STRATEGIES = {
    **dict.fromkeys(("X", "Y", "K", "W", "V"), anything),
    **dict.fromkeys(("stride", "dilation", "kernel_size"), sizes),
    **dict.fromkeys(("image", "hidden", "kernel"), st.tuples(small, small) | sizes | scalars),
    **dict.fromkeys(("bias", "gray"), st.booleans() | scalars),
    **dict.fromkeys(("in_channels", "out_channels", "groups"), small | scalars),
    "pool_size": sizes,
    "padding": sizes | st.just("same") | st.tuples(*[st.tuples(small, small) | sizes] * 2),
    "padding_mode": st.sampled_from(["zeros", "circular", "reflect", "replicate", "same", None, 1]),
    "mode": st.sampled_from(["max", "mean", "avg", None, 1]),
    "layers": st.lists(
        st.dictionaries(
            st.sampled_from(["kernel_size", "stride", "padding", "dilation", "pad"]), ints | scalars
        )
        | scalars,
        max_size=3,
    ),
    **dict.fromkeys(("lr", "sigma"), st.floats(0.001, 1) | st.floats() | scalars),
    "steps": st.integers(-2, 3) | st.floats() | st.sampled_from(NO_INTS),  # others take time
    "start": st.none() | arrays(),
    "optimizer": st.sampled_from([torch.optim.SGD, torch.optim.Adam, torch.optim.LBFGS, None, 3]),
}
TYPES = {"Array", "Size", "Cost", "LearntKernel", "ReceptiveField"}
NAMES = sorted({*convdocs.__all__} - TYPES)


@contextmanager
def limits(seconds=20, gigabytes=6):
    """A hang, or a memory that grows without bound, ends as an error, where the system can."""
    if sys.platform != "linux":
        yield
        return
    import resource

    def hung(*_):
        raise AssertionError(f"it hangs: no answer in {seconds} seconds")

    pages = Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]
    used = int(pages) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    old = signal.signal(signal.SIGALRM, hung)
    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (used + gigabytes * 2**30, hard))
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def outcome(function, arguments):
    """What comes back, or None where the arguments were refused as promised."""
    try:
        with limits():
            return function(**arguments)
    except (TypeError, ValueError, MemoryError, RuntimeError) as error:
        said, kind = str(error), type(error)
    if kind is RuntimeError:  # torch's words for MemoryError
        assert re.search("not enough memory|can't allocate memory", said), said
    elif "Unable to allocate" not in said:  # what NumPy says where memory ends
        # `image` and `kernel` are what X and K are called where the two do not fit together.
        known = inspect.signature(function).parameters
        named = {*arguments, *known, "image", "kernel"} & {*re.findall(r"\w+", said)}
        assert named, f"{kind.__name__} names no argument: {said}"
        assert len(said) < 1000
    return None


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_anything_is_computed_or_refused_by_name(name, data):
    function = getattr(convdocs, name)
    parameters = inspect.signature(function).parameters
    arguments = {
        parameter: data.draw(STRATEGIES.get(parameter, scalars), parameter)
        for parameter, about in parameters.items()
        if about.default is about.empty or data.draw(st.booleans())
    }
    result = outcome(function, arguments)
    if isinstance(result, torch.nn.Module):
        outcome(result, {"X": data.draw(anything, "X")})
