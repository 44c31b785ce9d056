"""Learning a kernel from an image and the output that the kernel should give."""

from collections.abc import Callable
from typing import Any, NamedTuple, SupportsFloat, SupportsIndex

from convdocs.arrays import (
    AXES,
    Size,
    dims,
    needs_torch,
    numbers,
    per_axis,
    positive,
    prepared,
    rank,
    whole,
)
from convdocs.correlation import corr2d, output_shape

with needs_torch("convdocs.learning"):
    import torch
    from torch import Tensor
    from torch.optim import Optimizer

__all__ = ["LearntKernel", "learn_kernel", "max_learning_rate"]


class LearntKernel(NamedTuple):
    """What [`learn_kernel`][convdocs.learn_kernel] returns.

    Attributes:
        kernel: The kernel after the last step, `(k_h, k_w)`, of the image's dtype.
        losses: The loss after 0, 1, 2, … steps, `(steps + 1,)`, of the image's dtype:
            `losses[0]` is that of the starting kernel.

    Examples:
        >>> import torch
        >>> from convdocs import learn_kernel
        >>> X = torch.rand(8, 8)
        >>> learnt = learn_kernel(X, 2 * X, (1, 1), lr=0.01, steps=5)
        >>> learnt.kernel.shape, learnt.losses.shape
        (torch.Size([1, 1]), torch.Size([6]))
    """

    kernel: Tensor
    losses: Tensor


def learn_kernel(
    X: Tensor,
    Y: Tensor,
    kernel_size: Size,
    *,
    lr: SupportsFloat,
    steps: SupportsIndex,
    start: Tensor | None = None,
    optimizer: Callable[..., Optimizer] = torch.optim.SGD,
) -> LearntKernel:
    r"""Learn the kernel that turns `X` into `Y`, by gradient descent on the squared error.

    $$\begin{aligned}
    L(K) &= \sum_{i,j} \bigl((X \star K)_{i,j} - Y_{i,j}\bigr)^2 \\
    K &\leftarrow K - \eta \, \frac{\partial L}{\partial K}
    \end{aligned}$$

    Args:
        X: Images, `(..., h, w)`, floating.
        Y: Wanted outputs, `(..., o_h, o_w)`, of the dtype of `X`.
        kernel_size: Height and width of the kernel; an int for a square.
        lr: Learning rate η, above 0. See [`max_learning_rate`][convdocs.max_learning_rate].
        steps: Number of updates, 0 or more.
        start: Kernel to start from, `(k_h, k_w)`, of the dtype of `X`; it is left as it is.
            If left out, normal numbers of mean 0 and deviation 1 from torch's generator.
        optimizer: A class of `torch.optim`, called with the parameters and `lr`.

    Returns:
        The kernel, and the loss after each number of steps. A learning rate that is too
            large shows as losses that grow, up to infinity and NaN; it is not an error.

    Raises:
        TypeError: If an argument is no tensor, dtypes differ or are not floating, `steps` is
            not an int, `lr` is not an int or a float, or `optimizer` cannot be called.
        ValueError: If a rank is wrong, a tensor is empty, the kernel does not fit, `Y` or
            `start` has another shape than the kernel's size asks for, `lr` or `steps` is
            out of range, or the tensors are on the device `meta`.

    Source: [*Dive into Deep Learning*, section 7.2.4](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html).

    Examples:
        >>> import torch
        >>> from convdocs import corr2d, learn_kernel
        >>> X = torch.ones(6, 8)
        >>> X[:, 2:6] = 0
        >>> Y = corr2d(X, torch.tensor([[1.0, -1.0]]))
        >>> start = torch.tensor([[-0.3967, 0.4442]])
        >>> learn_kernel(X, Y, (1, 2), lr=3e-2, steps=10, start=start).kernel
        tensor([[ 0.9862, -0.9811]])

        The definition, ten steps of gradient descent:

        >>> K, loss = start, lambda K: ((corr2d(X, K) - Y) ** 2).sum()
        >>> for _ in range(10):
        ...     K = K - 3e-2 * torch.func.grad(loss)(K)
        >>> K
        tensor([[ 0.9862, -0.9811]])
    """
    size = _check_images(X, kernel_size)
    prepared(X=X, Y=Y)
    wanted = (*X.shape[:-2], *output_shape(X.shape[-2:], size))
    if Y.shape != wanted:
        raise ValueError(
            f"Y is {dims(tuple(Y.shape))} but a {dims(size)} kernel makes {dims(wanted)} of X"
        )
    rate = positive("lr", lr)
    if rate > torch.finfo(X.dtype).max:
        raise ValueError(f"lr is {lr}: it is more than {X.dtype} holds")
    steps = whole("steps", steps, least=0)
    if not callable(optimizer):
        raise TypeError(f"optimizer is {optimizer!r}: give a class of torch.optim")
    if start is None:
        start = torch.randn(size, dtype=X.dtype, device=X.device)
    prepared(X=X, start=start)
    if start.shape != size:
        raise ValueError(f"start is {dims(tuple(start.shape))} but kernel_size is {dims(size)}")

    # Gradients are taken, whatever the caller has switched off, and no graph of theirs is walked.
    with torch.inference_mode(False), torch.enable_grad():
        X, Y = X.detach().clone(), Y.detach().clone()
        K = start.detach().clone().requires_grad_()
        stepper = optimizer([K], lr=rate)
        if not isinstance(stepper, Optimizer):
            raise TypeError(f"optimizer gave {stepper!r}: give a class of torch.optim")

        def loss() -> Tensor:
            return ((corr2d(X, K) - Y) ** 2).sum()

        def closure() -> float:
            stepper.zero_grad()
            error = loss()
            error.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            return float(error.detach())

        losses = [loss().detach()]
        for _ in range(steps):
            stepper.step(closure)
            losses.append(loss().detach())
    return LearntKernel(K.detach(), torch.stack(losses))


def max_learning_rate(X: Tensor, kernel_size: Size) -> float:
    r"""The learning rate above which gradient descent on `X` diverges.

    $$\begin{aligned}
    \eta_{\max} &= \frac{1}{\lambda_{\max}(G)} \\
    G_{(a,b),(c,d)} &= \sum_{i,j} X_{i+a,\,j+b} X_{i+c,\,j+d}
    \end{aligned}$$

    The squared error of [`learn_kernel`][convdocs.learn_kernel] is a quadratic in the kernel
    with Hessian $2G$, and gradient descent on a quadratic is stable for learning rates up to
    two over the Hessian's largest eigenvalue.

    Args:
        X: Images, `(..., h, w)`, floating.
        kernel_size: Height and width of the kernel; an int for a square.

    Returns:
        The limit, as a float; infinity for images that are zero everywhere.

    Raises:
        TypeError: If `X` is no tensor of a floating dtype.
        ValueError: If the rank is wrong, `X` is empty, holds NaN or infinity or no numbers (the
            device `meta`), or the kernel does not fit.

    Source: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, [Efficient
    BackProp](https://doi.org/10.1007/3-540-49430-8_2), 1998, section 5.1.

    Examples:
        >>> import torch
        >>> from convdocs import max_learning_rate
        >>> X = torch.ones(6, 8)
        >>> X[:, 2:6] = 0
        >>> round(1 / max_learning_rate(X, (1, 2)), 3)
        30.0

        The definition, with each window as a row:

        >>> A = torch.stack([X[:, :-1].ravel(), X[:, 1:].ravel()], dim=1)
        >>> round(torch.linalg.eigvalsh(A.T @ A).max().item(), 3)
        30.0
    """
    size = _check_images(X, kernel_size)
    if not bool(torch.isfinite(X).all()):
        raise ValueError("X holds NaN or infinity: no learning rate is stable")
    o_h, o_w = output_shape(X.shape[-2:], size)
    X = X.detach().to("cpu", torch.float64)
    scale = float(X.abs().max())
    if scale == 0:
        return float("inf")
    X = X / scale  # the squares of very large or small pixels would leave float64
    shifts = [
        X[..., a : a + o_h, b : b + o_w].reshape(-1) for a in range(size[0]) for b in range(size[1])
    ]
    A = torch.stack(shifts)
    largest = float(torch.linalg.eigvalsh(A @ A.T)[-1])
    return 1 / largest / scale / scale


def _check_images(X: Any, kernel_size: Size) -> tuple[int, int]:
    if not isinstance(X, Tensor):
        raise TypeError(f"X is a {type(X).__name__}: give a torch tensor")
    prepared(X=X)
    if not X.is_floating_point():
        raise TypeError(f"X is {X.dtype}: give a floating dtype, for gradients are taken")
    rank("X", X, 2, AXES[2], batch=True)
    numbers("X", X)
    k_h, k_w = per_axis("kernel_size", kernel_size, 2, least=1)
    return k_h, k_w
