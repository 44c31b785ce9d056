"""The examples that ONNX publishes for the backends of its operators, of convolution and pooling."""

from pathlib import Path

import numpy as np
import pytest

from convdocs import (
    corr1d_multi_in_out,
    corr2d_multi_in_out,
    corr2d_transposed,
    corr3d_multi_in_out,
    pool2d,
)

pytestmark = [
    pytest.mark.slow,
    # collecting the examples computes those of every operator, overflows and all
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning"),
]
SEVERAL = {1: corr1d_multi_in_out, 2: corr2d_multi_in_out, 3: corr3d_multi_in_out}


def examples(operator):
    """Name, attributes, inputs and outputs of each published model that is one such node."""
    import onnx
    from onnx import numpy_helper
    from onnx.backend.test.loader import load_model_tests

    def array(found):
        return found if isinstance(found, np.ndarray) else numpy_helper.to_array(found)

    for kind in ("node", "pytorch-converted"):
        for case in load_model_tests(kind=kind):
            folder = Path(case.model_dir or "")
            model = case.model or onnx.load(folder / "model.onnx")
            if [node.op_type for node in model.graph.node] != [operator]:
                continue
            (node,) = model.graph.node
            about = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            kept = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
            sets = case.data_sets or [
                tuple(
                    [
                        onnx.load_tensor(file)
                        for file in sorted(one.glob(f"{side}_*.pb"), key=lambda f: (len(f.name), f))
                    ]
                    for side in ("input", "output")
                )
                for one in sorted(folder.glob("test_data_set_*"))
            ]
            for inputs, (wanted, *_) in sets:
                names = [one.name for one in model.graph.input if one.name not in kept]
                if len(inputs) == len(model.graph.input):
                    names = [one.name for one in model.graph.input]
                known = kept | dict(zip(names, map(array, inputs), strict=True))
                yield case.name, about, [known[name] for name in node.input], array(wanted)


def padding(about, n, kernel, image):
    """ONNX lists all beginnings, then all ends; or wants what keeps the size, rounded up."""
    automatic = about.get("auto_pad", b"NOTSET").decode()
    if automatic.startswith("SAME"):
        ends = []
        for k, x, s in zip(kernel, image, about.get("strides", [1] * n), strict=True):
            both = max(0, (-(-x // s) - 1) * s + k - x)
            ends.append((both // 2, both - both // 2)[:: 1 if automatic == "SAME_UPPER" else -1])
        return tuple(ends)
    pads = about.get("pads", [0] * 2 * n)
    return tuple(zip(pads[:n], pads[n:], strict=True))


def test_its_convolutions_are_ours():
    names = set()
    for name, about, (X, K, *bias), wanted in examples("Conv"):
        n = K.ndim - 2
        Y = SEVERAL[n](
            X,
            K,
            stride=list(about.get("strides", [1] * n)),
            dilation=list(about.get("dilations", [1] * n)),
            padding=padding(about, n, K.shape[2:], X.shape[2:]),
            groups=about.get("group", 1),
        )
        if bias:
            Y = Y + bias[0].reshape(-1, *[1] * n)
        np.testing.assert_allclose(Y, wanted, rtol=1e-3, atol=1e-5, err_msg=name)
        names.add(name)
    assert len(names) >= 27


def test_its_transposed_convolutions_are_ours_added_up_over_the_channels():
    names = set()
    for name, about, (X, K, *_), wanted in examples("ConvTranspose"):
        if K.ndim != 4 or about.get("group", 1) > 1 or {"auto_pad", "output_shape"} & {*about}:
            continue
        given = {
            "stride": list(about.get("strides", [1, 1])),
            "dilation": list(about.get("dilations", [1, 1])),
            "padding": padding(about, 2, K.shape[2:], X.shape[2:]),
        }
        size = wanted.shape[2:]
        maps = [
            sum(corr2d_transposed(X[:, c], K[c, o], image=size, **given) for c in range(len(K)))
            for o in range(K.shape[1])
        ]
        bias = _[0].reshape(-1, 1, 1) if _ else 0
        np.testing.assert_allclose(np.stack(maps, 1) + bias, wanted, rtol=1e-3, atol=1e-5)
        names.add(name)
    assert len(names) >= 4


@pytest.mark.parametrize(("operator", "mode"), [("MaxPool", "max"), ("AveragePool", "mean")])
def test_its_pools_are_ours(operator, mode):
    names = set()
    for name, about, (X, *_), wanted in examples(operator):
        unknown = {"pads", "auto_pad", "ceil_mode", "dilations", "storage_order"} & {*about}
        if X.ndim != 4 or X.dtype.kind != "f" or any(np.any(about[key]) for key in unknown):
            continue
        Y = pool2d(X, list(about["kernel_shape"]), mode, stride=list(about.get("strides", [1, 1])))
        np.testing.assert_allclose(Y, wanted, rtol=1e-3, atol=1e-6, err_msg=name)
        names.add(name)
    assert len(names) >= 2
