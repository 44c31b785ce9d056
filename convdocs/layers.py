"""Three layers from image to image, as torch modules: dense, local, convolutional.

They differ in one thing, which weights they may choose freely: all of them, those of a
neighbourhood, or one neighbourhood's for all positions.
"""

from typing import cast

import torch
from torch import Tensor, nn

from convdocs.arrays import Size, dims, fits, lengths, namespace, pad, per_axis
from convdocs.correlation import corr2d, output_shape
from convdocs.dense import dense2d

__all__ = ["Conv2D", "Dense2D", "LocallyConnected2D"]


def _uniform(fan_in: int, *shape: int, **asked: Size | None) -> nn.Parameter:
    """Weights as `torch.nn.Conv2d` starts them: uniform within one over root fan-in."""
    fits(shape, **asked)
    bound = fan_in**-0.5
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))


class Conv2D(nn.Module):
    r"""A convolutional layer of one input and one output channel.

    $$Y_{i,j} = u + \sum_{a,b} K_{a,b} X_{i + a,\, j + b}$$

    Args:
        kernel_size: Height and width of the kernel; an int for a square.
        stride: Step between two windows, in pixels; an int or a pair.
        padding: Rows and columns of zeros added at every side; an int or a pair.

    Attributes:
        weight: The kernel `K`, `(k_h, k_w)`, float32; starts uniform within one over the
            root of the number of its weights.
        bias: The bias `u`, `(1,)`, float32; starts at 0.

    Raises:
        TypeError: If a size is not an int or a pair of ints.
        ValueError: If a size is too small; when called, if the image is smaller than the
            kernel.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html).

    Examples:
        >>> import torch
        >>> from convdocs import Conv2D
        >>> layer = Conv2D((2, 2))
        >>> layer(torch.rand(1, 1, 6, 8)).shape
        torch.Size([1, 1, 5, 7])
        >>> sum(p.numel() for p in layer.parameters())
        5
    """

    def __init__(self, kernel_size: Size, *, stride: Size = 1, padding: Size = 0) -> None:
        super().__init__()
        k_h, k_w = per_axis("kernel_size", kernel_size, 2, least=1)
        self.stride = per_axis("stride", stride, 2, least=1)
        self.padding = per_axis("padding", padding, 2, least=0)
        self.weight = _uniform(k_h * k_w, k_h, k_w, kernel_size=kernel_size)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, X: Tensor) -> Tensor:
        """Cross-correlate images `(..., h, w)` with the kernel and add the bias."""
        Y = corr2d(X, cast(Tensor, self.weight), stride=self.stride, padding=self.padding)
        return Y + self.bias


class Dense2D(nn.Module):
    r"""A fully connected layer from image to image, without a bias.

    $$H_{i,j} = \sum_{k,l} W_{i,j,k,l} X_{k,l}$$

    Args:
        image: Height and width of the image, in pixels.
        hidden: Height and width of the hidden layer; those of the image if left out.

    Attributes:
        weight: `W`, `(hidden_h, hidden_w, h, w)`, float32; starts uniform within one over
            the root of the number of pixels.

    Raises:
        TypeError: If a size is not a pair of ints.
        ValueError: If a size is below 1; when called, if the image has another size.

    Source: [*Dive into Deep Learning*, equation 7.1.1](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html).

    Examples:
        >>> import torch
        >>> from convdocs import Dense2D
        >>> layer = Dense2D((12, 12))
        >>> layer(torch.rand(12, 12)).shape
        torch.Size([12, 12])
        >>> layer.weight.numel()
        20736
    """

    def __init__(self, image: tuple[int, int], hidden: tuple[int, int] | None = None) -> None:
        super().__init__()
        h, w = lengths("image", image, 2)
        o_h, o_w = (h, w) if hidden is None else lengths("hidden", hidden, 2)
        self.weight = _uniform(h * w, o_h, o_w, h, w, image=image, hidden=hidden)

    def forward(self, X: Tensor) -> Tensor:
        """Apply the layer to images `(..., h, w)`."""
        return dense2d(X, cast(Tensor, self.weight))


class LocallyConnected2D(nn.Module):
    r"""A layer with a kernel of its own at every position: local, but not shared.

    $$Y_{i,j} = \sum_{a,b} V_{i,j,a,b} X_{i + a,\, j + b}$$

    Args:
        image: Height and width of the image, in pixels.
        kernel_size: Height and width of every kernel; an int for a square.
        padding: Rows and columns of zeros added at every side; an int or a pair.

    Attributes:
        weight: `V`, `(o_h, o_w, k_h, k_w)`, float32; starts uniform within one over the root
            of the number of weights of one kernel.

    Raises:
        TypeError: If a size is not an int or a pair of ints.
        ValueError: If a size is too small, or the kernel does not fit; when called, if the
            image has another size.

    Source: K. Gregor and Y. LeCun, [Emergence of complex-like cells in a temporal product
    network with local receptive fields](https://arxiv.org/abs/1006.0448), 2010.

    Examples:
        >>> import torch
        >>> from convdocs import LocallyConnected2D
        >>> layer = LocallyConnected2D((12, 12), 3, padding=1)
        >>> layer(torch.rand(12, 12)).shape
        torch.Size([12, 12])
        >>> layer.weight.numel()
        1296
    """

    def __init__(self, image: tuple[int, int], kernel_size: Size, *, padding: Size = 0) -> None:
        super().__init__()
        self.image = lengths("image", image, 2)
        k_h, k_w = per_axis("kernel_size", kernel_size, 2, least=1)
        self.padding = per_axis("padding", padding, 2, least=0)
        o_h, o_w = output_shape(self.image, (k_h, k_w), padding=self.padding)
        asked = {"image": image, "kernel_size": kernel_size, "padding": padding}
        self.weight = _uniform(k_h * k_w, o_h, o_w, k_h, k_w, **asked)

    def forward(self, X: Tensor) -> Tensor:
        """Apply each position's kernel to its window of images `(..., h, w)`."""
        namespace(X=X, weight=self.weight)
        if X.shape[-2:] != self.image:
            raise ValueError(f"X is {dims(tuple(X.shape))} but the layer is for {dims(self.image)}")
        X = pad(torch, X, self.padding)
        o_h, o_w, k_h, k_w = self.weight.shape
        Y = X.new_zeros(())
        for a in range(k_h):
            for b in range(k_w):
                Y = Y + self.weight[:, :, a, b] * X[..., a : a + o_h, b : b + o_w]
        return Y
