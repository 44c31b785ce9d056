"""What type checkers say of code that uses the package: nothing where it is right."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

# Lines that end in `# wrong` are to be refused, and no other.
USE = """
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import convdocs
from convdocs import (
    Conv2D,
    Cost,
    Dense2D,
    LocallyConnected2D,
    cat,
    conv2d,
    corr1d,
    corr2d,
    corr2d_multi_in_out,
    corr2d_transposed,
    dense2d,
    distance_to_local,
    gaussian_kernel,
    kernel_to_dense,
    learn_kernel,
    output_shape,
    pool2d,
    receptive_field,
    share,
    to_relative,
)

X, K = np.ones((3, 3)), np.ones((2, 2))
Y: NDArray[np.float64] = corr2d(X, K)
flat: np.ndarray[tuple[int], np.dtype[np.float64]] = corr1d(X[0], K[0])
W: np.ndarray[tuple[int, int, int, int], np.dtype[np.float64]] = kernel_to_dense(K, (3, 3))
v: np.ndarray[tuple[int, int], np.dtype[np.float64]] = share(to_relative(W))
H: NDArray[np.float64] = dense2d(X, W)
many: NDArray[np.float32] = corr2d_multi_in_out(cat(), np.ones((2, 3, 5, 5), np.float32))
smooth = corr2d(cat(gray=True), gaussian_kernel(np.int64(5), np.float32(1.0)), padding="same")
turned = conv2d(X, K, padding=((1, 0), (1, 0)), stride=[1, np.int64(2)], padding_mode="reflect")
back = corr2d_transposed(Y, K, image=X.shape)
pooled = pool2d(X, (2, 2), "mean", stride=2)
distance: float = distance_to_local(W, 1)
distance = distance_to_local(torch.ones(3, 3, 3, 3), 1)
size: tuple[int, ...] = output_shape(X.shape, (2, 2), padding=[(0, 1), 1])
reach: int = receptive_field([{"kernel_size": 3}, {"kernel_size": 2, "stride": 2}]).size

T = torch.ones(3, 3)
Z: Tensor = corr2d(T, torch.ones(2, 2))
kernel: Tensor = learn_kernel(T, T, 1, lr=0.01, steps=1).kernel
layer = Conv2D(3, stride=2)
layers = torch.nn.Sequential(
    Conv2D(1, 8, 3, padding="same", bias=False),
    Conv2D(8, 8, (1, 3), 2, 1, 1, 8),
    Conv2D(kernel_size=3),
    Dense2D([3, 3]),
    LocallyConnected2D((3, 3), 2),
)
cost: int = Cost(1, 2).bytes
version: str = convdocs.__version__

corr2d(T, K)  # wrong
corr2d(X, torch.ones(2, 2))  # wrong
dense2d(X, torch.ones(3, 3, 3, 3))  # wrong
corr2d([[1.0]], K)  # wrong
number: NDArray[np.float64] = corr2d(T, T)  # wrong
corr2d(X, K, stride=1.5)  # wrong
corr2d(X, K, stride="same")  # wrong
Conv2D(3, 2)  # wrong
Conv2D(3, strides=2)  # wrong
receptive_field([3])  # wrong
kernel_to_dense(K, 3)  # wrong
"""


@pytest.fixture
def use(tmp_path):
    file = tmp_path / "use.py"
    file.write_text(USE, encoding="utf-8")
    wrong = {n for n, line in enumerate(USE.splitlines(), 1) if line.endswith("# wrong")}
    assert len(wrong) > 10
    return file, wrong


def test_mypy_refuses_what_is_wrong_and_nothing_else(use):
    file, wrong = use
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
            *("--cache-dir", file.parent / "cache", file),
        ],
        capture_output=True,
        text=True,
        cwd=file.parent,
    )
    found = re.findall(r"^(\S+?):(\d+): error: .*$", ran.stdout, re.MULTILINE)
    assert {Path(name).name for name, _ in found} == {"use.py"}, ran.stdout
    assert {int(line) for _, line in found} == wrong, ran.stdout


@pytest.mark.slow
def test_pyright_refuses_what_is_wrong_and_nothing_else(use):
    file, wrong = use
    (file.parent / "pyproject.toml").write_text(
        '[tool.basedpyright]\ntypeCheckingMode = "strict"\nreportMissingTypeStubs = false\n'
        "reportUnusedExpression = false\nreportUnknownMemberType = false\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [
            *(Path(sys.executable).with_name("basedpyright"), "--outputjson"),
            *("--pythonpath", sys.executable, file),
        ],
        capture_output=True,
        text=True,
        cwd=file.parent,
    )
    found = json.loads(ran.stdout)["generalDiagnostics"]
    found = [one for one in found if one["severity"] == "error"]
    assert {one["range"]["start"]["line"] + 1 for one in found} == wrong, found
