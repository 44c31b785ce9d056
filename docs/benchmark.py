"""Time the package and the site's build: `benchmark.py [--write] [TABLE …]`.

The package against PyTorch, SciPy and a double loop, on one thread; the build against the stock
one of the same content. A ratio is one of medians within one run. `--write` puts the tables into
docs/en/performance.md and docs/zh/performance.md.
"""

import platform
import re
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmark_build import against_stock, growth
from scipy import signal
from torch.nn.functional import conv2d

from convdocs import corr2d, corr2d_multi_in_out

DOCS = Path(__file__).parent
REPEATS, SECONDS = 5, 1
type Row = tuple[Any, ...]


def loop(X: Any, K: Any) -> Any:
    """Window by window, as the formula is first read."""
    h, w = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    Y = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            Y[i, j] = (X[i : i + K.shape[0], j : j + K.shape[1]] * K).sum()
    return Y


def ratios(X: Any, K: Any, ours: Callable[..., Any], other: Callable[..., Any]) -> float:
    """How many times as long ours takes as the other, in turns: five, and a second at least."""
    times: dict[Any, list[float]] = {ours: [], other: []}
    while len(times[ours]) < 1 + REPEATS or sum(map(sum, times.values())) < SECONDS:
        for run, kept in times.items():
            start = time.perf_counter()
            run(X, K)
            kept.append(time.perf_counter() - start)
    first, second = (statistics.median(kept[1:]) for kept in times.values())
    return first / second


def valid(X: Any, K: Any) -> Any:
    return signal.correlate2d(X, K, mode="valid")


def several(X: Any, K: Any) -> Any:
    return conv2d(X[None], K)[0]


def and_back(run: Callable[..., Any]) -> Callable[..., None]:
    return lambda X, K: run(X, K).sum().backward()


def one_channel() -> list[Row]:
    rows: list[Row] = []
    for n in (32, 64, 128, 256, 512, 1024, 2048, 4096):
        for k in (3, 7, 11, 31):
            if n * k > 4096 * 11:  # minutes
                continue
            X, K = torch.randn(n, n), torch.randn(k, k)
            library = ratios(X, K, corr2d, lambda X, K: conv2d(X[None, None], K[None, None]))
            scipy = slow = np.nan
            if n * k <= 1024 * 11:
                scipy = ratios(X.numpy(), K.numpy(), corr2d, valid)
            if n <= 64:
                slow = ratios(X, K, corr2d, loop)
            rows.append((n, k, library, scipy, slow))
    return rows


def many_channels() -> list[Row]:
    """16 → 16 channels: forward, forward with backward, and the matrix product in it alone."""
    rows: list[Row] = []
    for n in (64, 256, 512):
        for k in (3, 7, 11):
            X = torch.randn(16, n, n, requires_grad=True)
            K = torch.randn(16, 16, k, k, requires_grad=True)
            with torch.no_grad():
                forward = ratios(X, K, corr2d_multi_in_out, several)
            backward = ratios(X, K, and_back(corr2d_multi_in_out), and_back(several))
            # in parts of 4096 columns, which stay in the cache
            part = partial(torch.mm, torch.randn(16 * k, 16 * k), torch.randn(16 * k, 4096))
            with torch.no_grad():
                product = ratios(X, K, lambda X, K, part=part: part(), several)
            rows.append((n, k, forward, backward, product * n * (n - k + 1) / 4096))
    return rows


def memory() -> list[Row]:
    """Most memory in use at once, as a multiple of the output's."""
    rows: list[Row] = []
    for n in (256, 512, 1024, 4096):
        for k in (3, 11):
            X, K = np.random.rand(n, n), np.random.rand(k, k)
            size = corr2d(X, K).nbytes  # what a first call loads is not counted
            tracemalloc.start()
            corr2d(X, K)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            rows.append((n, k, peak / size))
    return rows


def fft() -> list[Row]:
    """Against `scipy.signal.fftconvolve`, which pays the same for kernels of every size."""
    rows: list[Row] = []
    X = np.random.rand(1024, 1024)
    for k in (3, 5, 7, 9, 11, 15, 21, 31):
        K = np.random.rand(k, k)
        ratio = ratios(
            X, K, corr2d, lambda X, K: signal.fftconvolve(X, K[::-1, ::-1], mode="valid")
        )
        rows.append((1024, k, ratio))
    return rows


TABLES = {
    "one-channel": (one_channel, ("n", "k", "F.conv2d", "correlate2d", "loop")),
    "many-channels": (
        many_channels,
        ("n", "k", "forward", "forward + backward", "matrix product alone"),
    ),
    "memory": (memory, ("n", "k", "peak / output")),
    "fft": (fft, ("n", "k", "fftconvolve")),
    "build": (against_stock, ("", "convdocs, s", "stock, s", "convdocs / stock")),
    "growth": (growth, ("n", "s", "MB")),
}


def markdown(names: tuple[str, ...], rows: list[Row]) -> str:
    def cell(value: Any) -> str:
        if isinstance(value, int | str):
            return str(value)
        return "–" if np.isnan(value) else f"{value:.2g}" if value < 0.995 else f"{value:.3g}"

    lines = [names, ["---:"] * len(names), *([cell(v) for v in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    torch.set_num_threads(1)
    found = {}
    wanted = [argument for argument in sys.argv[1:] if argument != "--write"] or list(TABLES)
    if unknown := set(wanted) - set(TABLES):
        sys.exit(f"no table {', '.join(sorted(unknown))}: choose of {', '.join(TABLES)}")
    for name in wanted:
        measure, names = TABLES[name]
        found[name] = markdown(names, measure())
        print(f"\n{name}\n{found[name]}", flush=True)
    found["machine"] = (
        f"`{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"torch {version('torch')}, NumPy {version('numpy')}, SciPy {version('scipy')}`"
    )
    if "--write" not in sys.argv:
        return
    for language in ("en", "zh"):
        page = DOCS / language / "performance.md"
        text = page.read_text(encoding="utf-8")
        for name, content in found.items():
            mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
            text, n = mark.subn(lambda m, content=content: f"{m[1]}{content}\n{m[2]}", text)  # type: ignore[misc]
            if n != 1:
                sys.exit(f"{page} has no place for {name}")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
