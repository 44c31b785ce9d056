"""Three layers from image to image, as torch modules: dense, local, convolutional.

They differ in one thing, which weights they may choose freely: all of them, those of a
neighbourhood, or one neighbourhood's for all positions.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, SupportsIndex, cast, overload

from convdocs.arrays import (
    AXES,
    Padding,
    Size,
    both_ends,
    dims,
    fits,
    known_mode,
    lengths,
    needs_torch,
    pad,
    per_axis,
    prepared,
    rank,
    same_channels,
    spans,
    total,
    whole,
    wide,
)
from convdocs.correlation import _feature_maps, output_shape
from convdocs.dense import dense2d

with needs_torch("convdocs.layers"):
    import torch
    from torch import Tensor, nn

__all__ = ["Conv2D", "Dense2D", "LocallyConnected2D"]


def _uniform(fan_in: int, *shape: int, **asked: Any) -> nn.Parameter:
    """Weights as `torch.nn.Conv2d` starts them: uniform within one over root fan-in."""
    fits(shape, **asked)
    bound = fan_in**-0.5
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))


class Conv2D(nn.Module):
    r"""A convolutional layer: kernels and biases that are learnt.

    $$Y_{o,i,j} = u_o + \sum_{c,a,b} K_{o,c,a,b} X_{c,\, i + a,\, j + b}$$

    `Conv2D(in_channels, out_channels, kernel_size)` is the same layer as `torch.nn.Conv2d`: it
    takes the same arguments but `device` and `dtype`, loads its `state_dict` and starts from the
    same random numbers.
    `Conv2D(kernel_size)` has one channel and no axis for it: its kernel is `(k_h, k_w)`, and
    all that stands before height and width in the input is a batch.

    Args:
        in_channels: Number of input channels; or, as the only size given, `kernel_size`.
        out_channels: Number of output channels, each with a kernel and a bias of its own.
        kernel_size: Height and width of the kernels; an int for a square.
        stride: Step between two windows, in pixels; an int or a pair.
        padding: Pixels added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.
        dilation: Distance between two neighbouring weights, in pixels; an int or a pair.
        groups: Number of equal groups into which both kinds of channels are split.
        bias: Whether there are biases.
        padding_mode: `"zeros"`, `"circular"`, `"reflect"` or `"replicate"`.

    Attributes:
        weight: The kernels `K`, `(out_channels, in_channels / groups, k_h, k_w)`, or, in the
            form `Conv2D(kernel_size)`, `(k_h, k_w)`; float32; start uniform within one over the
            root of the number of weights that an output depends on.
        bias: The biases `u`, `(out_channels,)`, float32, or `None`; start as the weights do,
            but in the form `Conv2D(kernel_size)` at 0.

    Raises:
        TypeError: If a size is not an int or a pair of ints, or one is missing.
        ValueError: If a size is too small, or the groups do not divide the channels; when
            called, if the image has another number of channels or is smaller than the kernel.

    Source: [*Dive into Deep Learning*, section 7.2](https://d2l.ai/chapter_convolutional-neural-networks/conv-layer.html).

    Examples:
        >>> import torch
        >>> from convdocs import Conv2D, corr2d
        >>> layer = Conv2D((2, 2))
        >>> layer(torch.rand(1, 1, 6, 8)).shape
        torch.Size([1, 1, 5, 7])
        >>> sum(p.numel() for p in layer.parameters())
        5

        The definition:

        >>> X = torch.rand(6, 8)
        >>> torch.equal(layer(X), corr2d(X, layer.weight) + layer.bias)
        True

        Three channels in, eight out:

        >>> Conv2D(3, 8, 3, padding=1)(torch.rand(1, 3, 6, 8)).shape
        torch.Size([1, 8, 6, 8])
    """

    @overload
    def __init__(
        self,
        kernel_size: Size,
        *,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None: ...
    @overload
    def __init__(
        self,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        groups: SupportsIndex = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None: ...
    def __init__(  # type: ignore[misc]  # alone, the first argument is kernel_size
        self,
        in_channels: Size | None = None,
        out_channels: SupportsIndex | None = None,
        kernel_size: Size | None = None,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        groups: SupportsIndex = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        one_channel = out_channels is None and (in_channels is None) != (kernel_size is None)
        if one_channel:
            kernel_size = in_channels if kernel_size is None else kernel_size
            c_i = c_o = 1
        elif in_channels is None or out_channels is None or kernel_size is None:
            raise TypeError(
                f"in_channels is {in_channels}, out_channels {out_channels}, kernel_size "
                f"{kernel_size}: give all three, or for one channel kernel_size alone"
            )
        else:
            c_i = whole("in_channels", cast(SupportsIndex, in_channels), least=1)
            c_o = whole("out_channels", out_channels, least=1)
        self.groups = whole("groups", groups, least=1)
        self.in_channels, self.out_channels = c_i, c_o
        if c_i % self.groups or c_o % self.groups:
            raise ValueError(f"groups is {groups}: it must divide {c_i} and {c_o} channels")
        if not isinstance(bias, bool):
            raise TypeError(f"bias is {bias!r}: give True or False")
        self.kernel_size = per_axis("kernel_size", cast(Size, kernel_size), 2, least=1)
        self.stride = per_axis("stride", stride, 2, least=1)
        self.dilation = per_axis("dilation", dilation, 2, least=1)
        self.padding_mode = padding_mode
        ends = both_ends(padding, spans(self.kernel_size, self.dilation), self.stride)
        self.padding = padding if isinstance(padding, str | int) else ends
        known_mode(padding_mode)
        shape = (c_o, c_i // self.groups, *self.kernel_size)
        fan_in = prod(shape[1:])
        self.weight = _uniform(
            fan_in, *(self.kernel_size if one_channel else shape), kernel_size=kernel_size
        )
        self.register_parameter("bias", None)
        if bias:
            self.bias = nn.Parameter(torch.zeros(1)) if one_channel else _uniform(fan_in, c_o)

    def forward(self, X: Tensor) -> Tensor:
        """Cross-correlate images with the kernels and add the biases."""
        xp, X, K = prepared(X=X, weight=self.weight)
        one_channel = K.ndim == 2
        rank(
            "X",
            X,
            2 if one_channel else 3,
            AXES[2] if one_channel else f"channels, {AXES[2]}",
            batch=True,
        )
        maps, kernels = (X[..., None, :, :], K[None, None]) if one_channel else (X, K)
        same_channels(maps, kernels.shape[1], 2, self.groups, len(kernels))
        Y = _feature_maps(
            xp,
            wide(xp, maps),
            wide(xp, kernels),
            self.stride,
            self.padding,
            self.dilation,
            self.padding_mode,
            self.groups,
        )
        if self.bias is not None:
            Y = Y + wide(xp, self.bias)[:, None, None]
        return cast(Tensor, (Y[..., 0, :, :] if one_channel else Y).to(X.dtype))

    def extra_repr(self) -> str:
        """What `print(layer)` shows: the sizes, and what differs from the defaults."""
        sizes = [f"kernel_size={self.kernel_size}"]
        if self.weight.ndim == 4:
            c_o, c_i = self.weight.shape[:2]
            sizes = [str(c_i * self.groups), str(c_o), *sizes]
        usual = {"stride": (1, 1), "padding": 0, "dilation": (1, 1), "groups": 1}
        usual |= {"padding_mode": "zeros"}
        sizes += [f"{k}={v!r}" for k, v in ((k, getattr(self, k)) for k in usual) if v != usual[k]]
        return ", ".join([*sizes, *(["bias=False"] if self.bias is None else [])])


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

        The definition, at one position:

        >>> X = torch.rand(12, 12)
        >>> torch.allclose(layer(X)[5, 7], (layer.weight[5, 7] * X).sum(), atol=1e-5)
        True
    """

    def __init__(
        self, image: Sequence[SupportsIndex], hidden: Sequence[SupportsIndex] | None = None
    ) -> None:
        super().__init__()
        h, w = lengths("image", image, 2)
        o_h, o_w = (h, w) if hidden is None else lengths("hidden", hidden, 2)
        self.weight = _uniform(h * w, o_h, o_w, h, w, image=image, hidden=hidden)

    def forward(self, X: Tensor) -> Tensor:
        """Apply the layer to images `(..., h, w)`."""
        weight: Tensor = self.weight
        return dense2d(X, weight)

    def extra_repr(self) -> str:
        """What `print(layer)` shows: the sizes."""
        o_h, o_w, h, w = self.weight.shape
        return f"image={(h, w)}, hidden={(o_h, o_w)}"


class LocallyConnected2D(nn.Module):
    r"""A layer with a kernel of its own at every position: local, but not shared.

    $$Y_{i,j} = \sum_{a,b} V_{i,j,a,b} X_{i + a,\, j + b}$$

    Args:
        image: Height and width of the image, in pixels.
        kernel_size: Height and width of every kernel; an int for a square.
        padding: Zeros added around the image; an int, or for each axis an int or
            `(before, after)`, or `"same"`, which keeps the size.

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

        The definition, at one position:

        >>> X = torch.rand(12, 12)
        >>> torch.allclose(layer(X)[5, 7], (layer.weight[5, 7] * X[4:7, 6:9]).sum())
        True
    """

    def __init__(
        self, image: Sequence[SupportsIndex], kernel_size: Size, *, padding: Padding = 0
    ) -> None:
        super().__init__()
        self.image = lengths("image", image, 2)
        self.kernel_size = per_axis("kernel_size", kernel_size, 2, least=1)
        self.padding = padding
        o_h, o_w = output_shape(self.image, self.kernel_size, padding=padding)
        asked = {"image": image, "kernel_size": kernel_size, "padding": padding}
        self.weight = _uniform(prod(self.kernel_size), o_h, o_w, *self.kernel_size, **asked)

    def forward(self, X: Tensor) -> Tensor:
        """Apply each position's kernel to its window of images `(..., h, w)`."""
        xp, X, V = prepared(X=X, weight=self.weight)
        rank("X", X, 2, AXES[2], batch=True)
        if X.shape[-2:] != self.image:
            raise ValueError(f"X is {dims(X.shape)} but the layer is for {dims(self.image)}")
        o_h, o_w, k_h, k_w = V.shape
        P = pad(xp, wide(xp, X), both_ends(self.padding, self.kernel_size))
        Y = total(
            V[:, :, a, b] * P[..., a : a + o_h, b : b + o_w] for a in range(k_h) for b in range(k_w)
        )
        return cast(Tensor, Y.to(X.dtype))

    def extra_repr(self) -> str:
        """What `print(layer)` shows: the sizes."""
        return f"image={self.image}, kernel_size={self.kernel_size}, padding={self.padding!r}"
