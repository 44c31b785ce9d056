import inspect
import re

import array_api_strict
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import assume, given

import convdocs

KINDS = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "array_api_strict": array_api_strict.asarray,
}
DTYPES = ["float32", "float64", "int32", "int64"]

# Every function of arrays, with the shapes of its arrays and what else it wants to know.
FUNCTIONS = [
    ("corr1d", [(2, 5), (2,)], ()),
    ("corr2d", [(4, 5), (2, 3)], ()),
    ("corr3d", [(3, 4, 5), (1, 2, 3)], ()),
    ("conv1d", [(2, 5), (2,)], ()),
    ("conv2d", [(4, 5), (2, 3)], ()),
    ("conv3d", [(3, 4, 5), (1, 2, 3)], ()),
    ("corr2d_multi_in", [(2, 4, 5), (2, 2, 3)], ()),
    ("corr2d_multi_in_out", [(2, 4, 5), (3, 2, 2, 3)], ()),
    ("corr1d_multi_in_out", [(2, 5), (3, 2, 2)], ()),
    ("corr3d_multi_in_out", [(2, 3, 4, 5), (3, 2, 1, 2, 3)], ()),
    ("corr2d_transposed", [(4, 5), (2, 3)], ()),
    ("pool2d", [(4, 5)], (2,)),
    ("dense2d", [(4, 5), (2, 3, 4, 5)], ()),
    ("kernel_to_dense", [(2, 3)], ((4, 5),)),
    ("toeplitz", [(2, 3)], ((4, 5),)),
    ("to_relative", [(2, 3, 2, 3)], ()),
    ("to_absolute", [(2, 3, 3, 5)], ()),
    ("share", [(2, 3, 3, 5)], ()),
    ("truncate", [(3, 5)], (1,)),
    ("distance_to_shared", [(2, 3, 2, 3)], ()),
    ("distance_to_local", [(2, 3, 2, 3)], (1,)),
]
IDS = [name for name, *_ in FUNCTIONS]
OF_TWO_ARRAYS = [row for row in FUNCTIONS if len(row[1]) == 2]
IDS_OF_TWO = [name for name, *_ in OF_TWO_ARRAYS]
every_function = pytest.mark.parametrize(("name", "shapes", "rest"), FUNCTIONS, ids=IDS)
every_pair = pytest.mark.parametrize(("name", "shapes", "rest"), OF_TWO_ARRAYS, ids=IDS_OF_TWO)


def whole_numbers(shape, dtype="float64", seed=0):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(dtype)


def arguments_of(name):
    function = getattr(convdocs, name)
    return function, list(inspect.signature(function).parameters)


@every_function
@given(kind=st.sampled_from(sorted(KINDS)), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 99))
def test_every_kind_of_array_and_dtype_gives_the_same_numbers(
    name, shapes, rest, kind, dtype, seed
):
    assume(not (name == "share" and dtype.startswith("int")))  # a mean of ints is refused
    function, _ = arguments_of(name)
    arrays = [whole_numbers(shape, dtype, seed) for shape in shapes]
    result = function(*map(KINDS[kind], arrays), *rest)
    wanted = function(*(a.astype("float64") for a in arrays), *rest)
    if isinstance(wanted, float):
        assert isinstance(result, float)
        assert result == pytest.approx(wanted, rel=1e-12)
    else:
        assert type(result) is type(KINDS[kind](arrays[0]))
        assert result.dtype == KINDS[kind](arrays[0]).dtype
        np.testing.assert_allclose(np.asarray(result), wanted, rtol=1e-6)


@every_function
@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_half_precision_stays_half(name, shapes, rest, kind):
    function, _ = arguments_of(name)
    arrays = [whole_numbers(shape, "float16") for shape in shapes]
    result = function(*map(KINDS[kind], arrays), *rest)
    wanted = function(*(a.astype("float64") for a in arrays), *rest)
    assert getattr(result, "dtype", None) == (
        None if isinstance(wanted, float) else KINDS[kind](arrays[0]).dtype
    )
    np.testing.assert_allclose(np.asarray(result, dtype="float64"), wanted, rtol=2e-3)


@every_function
def test_brain_floats_are_floats(name, shapes, rest):
    function, _ = arguments_of(name)
    arrays = [torch.asarray(whole_numbers(shape)) for shape in shapes]
    result = function(*(a.bfloat16() for a in arrays), *rest)
    wanted = function(*arrays, *rest)
    result, wanted = torch.as_tensor(result).double(), torch.as_tensor(wanted).double()
    torch.testing.assert_close(result, wanted, rtol=2e-2, atol=2)


@every_function
def test_arguments_are_left_as_they_were(name, shapes, rest):
    function, _ = arguments_of(name)
    arrays = [whole_numbers(shape) for shape in shapes]
    copies = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    function(*arrays, *rest)
    for a, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(a, copy)


@every_function
def test_views_with_negative_and_uneven_strides_are_read_as_their_copies(name, shapes, rest):
    function, _ = arguments_of(name)
    views = []
    for shape in shapes:
        wide = whole_numbers(tuple(3 * n for n in shape))
        views.append(wide[tuple(slice(None, None, -3) for _ in shape)])
    assert not any(v.flags.c_contiguous for v in views)
    result = function(*views, *rest)
    np.testing.assert_array_equal(result, function(*(v.copy() for v in views), *rest))
    # Of negative strides torch has none.
    every_second = [torch.asarray(np.stack([v, v], axis=-1))[..., 0] for v in views]
    assert not any(v.is_contiguous() for v in every_second)
    np.testing.assert_allclose(np.asarray(function(*every_second, *rest)), result, rtol=1e-12)


@every_function
def test_tensors_that_ask_for_gradients_are_welcome(name, shapes, rest):
    function, _ = arguments_of(name)
    tensors = [torch.asarray(whole_numbers(s)).requires_grad_() for s in shapes]
    result = function(*tensors, *rest)  # a warning would fail here
    assert isinstance(result, float) or result.requires_grad


@every_function
@pytest.mark.parametrize(
    ("wrong", "said"), [([[1.0]], "list"), (None, "NoneType"), ("cat", "str"), (1.0, "float")]
)
def test_what_is_no_array_is_refused_by_name(name, shapes, rest, wrong, said):
    function, names = arguments_of(name)
    for i in range(len(shapes)):
        arrays = [whole_numbers(s) for s in shapes]
        arrays[i] = wrong
        with pytest.raises(TypeError, match=rf"^{names[i]} is a {said}: give a torch tensor"):
            function(*arrays, *rest)


@every_function
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint32", "uint64", "bool"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_dtypes_whose_sums_overflow_are_refused(name, shapes, rest, dtype, kind):
    function, names = arguments_of(name)
    arrays = [KINDS[kind](np.ones(s, dtype)) for s in shapes]
    with pytest.raises(TypeError, match=rf"^{names[0]} is .*{dtype}: give a floating dtype, int32"):
        function(*arrays, *rest)


@every_function
@pytest.mark.parametrize("dtype", ["complex64", "complex128", "object", "datetime64[s]", "U3"])
def test_dtypes_that_are_no_real_numbers_are_refused(name, shapes, rest, dtype):
    function, names = arguments_of(name)
    arrays = [np.zeros(s, dtype) for s in shapes]
    with pytest.raises(TypeError, match=rf"^{names[0]} is .*: give a floating dtype"):
        function(*arrays, *rest)


@every_function
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_scalars_are_refused(name, shapes, rest, kind):
    function, names = arguments_of(name)
    arrays = [KINDS[kind](np.ones(s)) for s in shapes]
    for i in range(len(shapes)):
        given = [*arrays]
        given[i] = KINDS[kind](np.asarray(3.0))
        with pytest.raises(ValueError, match=rf"^{names[i]} has 0 axes \(a scalar\): give"):
            function(*given, *rest)


@every_function
def test_arrays_without_elements_are_refused(name, shapes, rest):
    function, names = arguments_of(name)
    for i, shape in enumerate(shapes):
        batch = (name, i) in {("corr1d", 0), ("conv1d", 0)}
        for axis in range(batch, len(shape)):
            arrays = [np.ones(s) for s in shapes]
            empty = (*shape[:axis], 0, *shape[axis + 1 :])
            arrays[i] = np.ones(empty)
            said = "×".join(map(str, empty))
            with pytest.raises(ValueError, match=rf"^{names[i]} is {said}: it has no elements"):
                function(*arrays, *rest)


@every_pair
def test_numpy_and_torch_do_not_mix(name, shapes, rest):
    function, (first, second, *_) = arguments_of(name)
    a, b = map(np.ones, shapes)
    for kind in ("torch", "array_api_strict"):
        with pytest.raises(
            TypeError, match=rf"^{second} is an array of {kind} but {first} is one of numpy: give"
        ):
            function(a, KINDS[kind](b), *rest)
        with pytest.raises(
            TypeError, match=rf"^{second} is an array of numpy but {first} is one of {kind}: give"
        ):
            function(KINDS[kind](a), b, *rest)


@every_pair
@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    ("one", "other"), [("float32", "float64"), ("float64", "int64"), ("int32", "int64")]
)
def test_dtypes_do_not_mix(name, shapes, rest, kind, one, other):
    function, (first, second, *_) = arguments_of(name)
    a, b = KINDS[kind](np.ones(shapes[0], one)), KINDS[kind](np.ones(shapes[1], other))
    with pytest.raises(
        TypeError, match=rf"^{second} is .*{other} but {first} is .*{one}: give both the same dtype"
    ):
        function(a, b, *rest)


@every_pair
def test_devices_do_not_mix(name, shapes, rest):
    # torch itself lets a kernel's weight on the CPU, a scalar, meet an image on another device.
    function, (first, second, *_) = arguments_of(name)
    a, b = map(torch.ones, shapes)
    with pytest.raises(ValueError, match=rf"^{second} is on meta but {first} is on cpu: move"):
        function(a, b.to("meta"), *rest)
    with pytest.raises(ValueError, match=rf"^{second} is on cpu but {first} is on meta: move"):
        function(a.to("meta"), b, *rest)


@every_function
def test_masked_arrays_are_refused_since_padding_would_drop_the_mask(name, shapes, rest):
    function, names = arguments_of(name)
    for i in range(len(shapes)):
        arrays = [np.ones(s) for s in shapes]
        arrays[i] = np.ma.masked_less(arrays[i], 0)
        with pytest.raises(TypeError, match=rf"^{names[i]} is a masked array: fill its holes"):
            function(*arrays, *rest)


@every_function
def test_sparse_tensors_are_refused(name, shapes, rest):
    function, names = arguments_of(name)
    tensors = [torch.ones(s).to_sparse() for s in shapes]
    with pytest.raises(TypeError, match=rf"^{names[0]} is torch.sparse_coo: give a dense tensor"):
        function(*tensors, *rest)


@every_function
def test_shapes_are_worked_out_on_the_device_meta(name, shapes, rest):
    function, names = arguments_of(name)
    tensors = [torch.ones(s) for s in shapes]
    on_meta = [t.to("meta") for t in tensors]
    if name.startswith("distance"):
        with pytest.raises(ValueError, match=rf"^{names[0]} is on the device meta: it has a shape"):
            function(*on_meta, *rest)
    else:
        result = function(*on_meta, *rest)
        assert result.device.type == "meta"
        assert result.shape == function(*tensors, *rest).shape


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: convdocs.corr1d(np.ones(3), np.ones(1), padding=2**63),
            "padding is 9223372036854775808",
        ),
        (lambda: convdocs.corr1d(torch.ones(3), torch.ones(1), padding=2**63), "padding is 922"),
        (
            lambda: convdocs.kernel_to_dense(np.ones((1, 1)), (2**20, 2**20)),
            "image is (1048576, 1048576)",
        ),
        (lambda: convdocs.box_kernel(2**62), "size is 4611686018427387904"),
        (lambda: convdocs.gaussian_kernel(2**62 + 1), "size is 4611686018427387905"),
        (lambda: convdocs.Conv2D(2**63), "kernel_size is 9223372036854775808"),
        (lambda: convdocs.Dense2D((5, 2**40)), "image is (5, 1099511627776), hidden is None"),
        (lambda: convdocs.LocallyConnected2D((1, 1), 1, padding=2**40), "padding is 1099511627776"),
    ],
)
def test_arrays_beyond_every_memory_are_refused_at_once(call, said):
    with pytest.raises(MemoryError, match=re.escape(said)) as caught:
        call()
    assert "more than memory holds" in str(caught.value)
