# ---
# jupyter:
#   convdocs:
#     description:
#       en: Turn cross-correlation into a PyTorch layer with a kernel and a bias, use it, compare it, and train it.
#       zh: 把互相关写成带卷积核和偏置的 PyTorch 层，使用它，核对它，训练它。
# ---

# %% [markdown] tags=["en"]
# # A convolutional layer { #conv2d-layer }
#
# So far, somebody had to know the weights of a kernel and type them in. What turns cross-correlation into something that can *learn* them from examples?
#
# That its weights become parameters, which an optimiser may change. A convolutional layer also adds a bias, one more parameter, so
# that a black image need not give an output of zero.
#
# ![The input cross-correlated with a 2×2 weight, plus a bias, gives the output; weight and bias are learnt.](../pic/convolutional-layer.svg)
#
# $$Y = X \star W + b$$
#
# The bias $b$ is one number, added to every output.

# %% [markdown] tags=["zh"]
# # 卷积层 { #conv2d-layer }
#
# 到现在为止，卷积核的权重都要有人知道，并且手工填好。要让互相关从例子里*学会*这些权重，还缺什么？
#
# 要让这些权重成为参数，可以由优化器修改。此外，卷积层还加上一个偏置，它也是参数；有了它，图像全黑时，输出也可以不为零。
#
# ![输入与 2×2 权重作互相关，加上偏置，得到输出；权重和偏置由学习得到。](../pic/convolutional-layer.svg)
#
# $$Y = X \star W + b$$
#
# 偏置 $b$ 是一个数，加到每一个输出上。

# %% [markdown] tags=["en"]
# ## The layer { #layer }
#
# In PyTorch a layer is a class. `nn.Parameter` marks the tensors that training may change, and
# `forward` says what the layer computes:

# %% [markdown] tags=["zh"]
# ## 写出这个层 { #layer }
#
# 在 PyTorch 里，层是一个类。`nn.Parameter` 标出训练可以修改的张量，`forward` 说明这个层计算什么：

# %%
import torch
from torch import nn

from convdocs import corr2d, sobel_kernel


class Conv2D(nn.Module):
    def __init__(self, k_h, k_w):
        super().__init__()
        self.weight = nn.Parameter(
            torch.randn(k_h, k_w) / (k_h * k_w) ** 0.5
        )
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, X):
        return corr2d(X, self.weight) + self.bias


torch.manual_seed(0)
layer = Conv2D(2, 2)
[(name, tuple(p.shape)) for name, p in layer.named_parameters()]

# %% [markdown] tags=["en"]
# The weights start as random numbers, divided by the root of how many they are, so that for inputs of mean zero the outputs
# are about as large as the inputs ([LeCun and others](https://doi.org/10.1007/978-3-642-35289-8_3),
# section 4.6). The bias starts at zero.
#
# ## Using the layer { #use }
#
# Call the layer like a function. Any image that the kernel fits into will do, because the
# parameters do not depend on the image's size:

# %% [markdown] tags=["zh"]
# 权重的初值是随机数，再除以权重个数的平方根，这样，只要输入的平均值为零，输出与输入的数值就处于同一量级（[LeCun 等](https://doi.org/10.1007/978-3-642-35289-8_3)，4.6 节）。偏置的初值为零。
#
# ## 使用这个层 { #use }
#
# 像函数那样调用这个层。只要放得下卷积核，什么大小的图像都可以，因为参数与图像大小无关：

# %%
layer(torch.ones(3, 3)).shape, layer(torch.ones(300, 451)).shape

# %% [markdown] tags=["en"]
# Is it the same as PyTorch's own layer? Give `nn.Conv2d` the same parameters and compare. It wants
# an image of four axes: batch, channels, height, width.

# %% [markdown] tags=["zh"]
# 它与 PyTorch 自带的层一样吗？给 `nn.Conv2d` 填入同样的参数，比较一下。它要求图像有四个轴：批量、通道、高、宽。

# %%
library = nn.Conv2d(1, 1, kernel_size=(2, 2))
with torch.no_grad():
    library.weight[0, 0] = layer.weight
    library.bias[:] = layer.bias

X = torch.randn(1, 1, 16, 16)
torch.testing.assert_close(layer(X), library(X))

# %% [markdown] tags=["en"]
# It is, once they have the same parameters; PyTorch only starts from others. `torch.no_grad()` says that setting the parameters by hand is not a step to be
# differentiated.
#
# ## Training the layer { #train }
#
# A layer that is only defined proves nothing. So hide a kernel and a bias, show the layer
# only images and the outputs that belong to them, and see whether it finds both. The hidden
# kernel is Sobel's, of which the next lesson says more, the hidden bias 0.5:

# %% [markdown] tags=["zh"]
# 只要参数相同，就完全一样；不同的只是 PyTorch 的初值。`torch.no_grad()` 表明：手工设置参数这一步不参与求导。
#
# ## 训练这个层 { #train }
#
# 只定义而不用的层，什么也证明不了。那就藏起一个卷积核和一个偏置，只给这个层看图像和相应的输出，看它能不能把
# 两者都找出来。藏起来的卷积核是 Sobel 核（下一课介绍），藏起来的偏置是 0.5：

# %%
torch.manual_seed(0)
hidden_kernel = torch.from_numpy(sobel_kernel())
hidden_bias = 0.5

images = torch.randn(8, 16, 16)
outputs = corr2d(images, hidden_kernel) + hidden_bias

layer = Conv2D(3, 3)
optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
for step in range(1, 101):
    loss = ((layer(images) - outputs) ** 2).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    if step in (1, 2, 5, 10, 20, 50, 100):
        print(f"step {step:3}  loss {loss.item():.2e}")

# %% [markdown] tags=["en"]
# Each round computes the loss and its derivative with respect to every parameter, together the
# **gradient**, and takes a step against it. The loss shrinks to nothing, and the parameters are the hidden ones:

# %% [markdown] tags=["zh"]
# 每一轮先算损失，再求它对各个参数的偏导数，合起来就是**梯度**，然后沿梯度的反方向走一步。损失趋于零，学到的参数正是藏起来的那些：

# %%
torch.testing.assert_close(
    layer.weight.detach(), hidden_kernel, atol=1e-4, rtol=0
)
torch.testing.assert_close(layer.bias.item(), hidden_bias, atol=1e-4, rtol=0)
layer.weight.detach().round(decimals=3) + 0, round(layer.bias.item(), 3)

# %% [markdown] tags=["en"]
# Mind what this shows and what it does not. Every wanted output was made by Sobel's kernel, so the layer has recovered a hidden kernel from its outputs. In a
# network nobody has such outputs: there are only labels, and the gradient reaches the kernel through the layers that come after it.
#
# The package has a layer of the same kind, [`Conv2D`][convdocs.Conv2D]. It also takes a stride and a padding, is given its size as `Conv2D((2, 2))`, and starts
# from random weights of the same distribution as PyTorch's.

# %% [markdown] tags=["zh"]
# 要注意这个实验说明了什么，没有说明什么。期望的输出都是用 Sobel 核算出来的，所以这个层只是由输出找回了藏起来的卷积核。在神经网络里，没有人能给出这样的输出：有的只是标签，
# 梯度要经过后面的各层才传到卷积核。
#
# 软件包里也有这样的层 [`Conv2D`][convdocs.Conv2D]。它还支持步幅和填充，大小写作 `Conv2D((2, 2))`，初值是随机数，与 PyTorch 的分布相同。

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** How many parameters has a `Conv2D(5, 7)`? Count, then check.

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** `Conv2D(5, 7)` 有多少参数？先数，再核对。

# %% [markdown] tags=["en", "hint"]
# Weights, and one number more.

# %% [markdown] tags=["zh", "hint"]
# 权重之外，还有一个数。

# %% [markdown] tags=["en", "answer"]
# 5 times 7 weights and one bias:

# %% [markdown] tags=["zh", "answer"]
# 5 乘 7 个权重，加一个偏置：

# %% tags=["answer"]
count = sum(p.numel() for p in Conv2D(5, 7).parameters())
assert count == 5 * 7 + 1
count

# %% [markdown] tags=["en"]
# **2.** Train the layer again without a bias. Where does the loss stop, and why there?

# %% [markdown] tags=["zh"]
# **2.** 去掉偏置再训练一次。损失最后停在多少？为什么？

# %% [markdown] tags=["en", "hint"]
# What is the mean of the images, and so of everything that a kernel can make of them?

# %% [markdown] tags=["zh", "hint"]
# 这些图像的平均值是多少？卷积核由它们得到的输出，平均值又是多少？

# %% [markdown] tags=["en", "answer"]
# The images average to about zero, so no kernel can add one half to every output. The best that a kernel can
# do leaves an error of about one half everywhere: a loss near one quarter.

# %% [markdown] tags=["zh", "answer"]
# 这些图像的平均值约为零，没有哪个卷积核能给每个输出都加上二分之一。卷积核再好，处处也还差约二分之一，所以损失
# 接近四分之一。

# %% tags=["answer"]
unbiased = Conv2D(3, 3)
unbiased.bias.requires_grad_(False)
optimiser = torch.optim.SGD([unbiased.weight], lr=0.1)
for _ in range(100):
    optimiser.zero_grad()
    loss = ((unbiased(images) - outputs) ** 2).mean()
    loss.backward()
    optimiser.step()
assert abs(loss.item() - hidden_bias**2) < 0.02
round(loss.item(), 3)

# %% [markdown] tags=["en"]
# **3.** With $G$ for the gradient of the loss with respect to the output, the gradient with respect
# to the kernel is itself a cross-correlation, $X \star G$. Check that against `backward`.

# %% [markdown] tags=["zh"]
# **3.** 用 $G$ 表示损失对输出的梯度，则损失对卷积核的梯度本身也是一次互相关：$X \star G$。用 `backward` 验证它。

# %% [markdown] tags=["en", "hint"]
# By the chain rule, the gradient of a weight is the sum, over all outputs, of the output's gradient
# times the pixel that the weight met there.

# %% [markdown] tags=["zh", "hint"]
# 按链式法则，权重的梯度是对所有输出求和：输出的梯度，乘以权重在那里遇到的像素。

# %% [markdown] tags=["en", "answer"]
# The weight at offset $a, b$ meets the piece of the image that starts there, and each output passes
# its own gradient on. Their products, summed, are what cross-correlation computes.

# %% [markdown] tags=["zh", "answer"]
# 偏移为 $a, b$ 的权重所乘的，是从那里开始的那一块图像，而每个输出传回自己的梯度。两者相乘再求和，正是互相关。

# %% tags=["answer"]
X = torch.randn(9, 10)
layer = Conv2D(3, 3)
output = layer(X)
output.retain_grad()
(output**3).sum().backward()
torch.testing.assert_close(layer.weight.grad, corr2d(X, output.grad))

# %% [markdown] tags=["en"]
# The layer has learnt a detector. The [next lesson](edge-detection.ipynb) builds the simplest one
# by hand and looks at what it sees.

# %% [markdown] tags=["zh"]
# 这个层学会了检测。[下一课](edge-detection.ipynb)亲手做一个最简单的检测器，看看它能看见什么。
