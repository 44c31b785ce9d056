# ---
# jupyter:
#   convdocs:
#     description:
#       en: How a kernel works on an image of several channels, how a layer makes several, and how many parameters that takes.
#       zh: 卷积核怎样作用于多个通道，卷积层怎样输出多个通道，又各需要多少参数。
# ---

# %% [markdown] tags=["en"]
# # Channels: many in, many out { #channels }
#
# A photo has three numbers at every pixel: red, green and blue. The
# [lessons so far](corr2d.ipynb) slid one matrix over another. What does a kernel do when the image
# is a stack of three?
#
# It becomes a stack too: one slice for each channel. Each channel is cross-correlated with its own
# slice, and the results are added into one output.
#
# ![Three 3×3 channels, each cross-correlated with its own 2×2 slice of the kernel; the three results are added.](../pic/channels.svg)
#
# With the channel as the index $c$, the sum runs over one axis more:
#
# $$Y_{i,j} = \sum_{c} \sum_{a,b} K_{c,a,b} \, X_{c,\, i + a,\, j + b}$$
#
# The kernel now has three axes, but it still slides along two. The operation stays
# two-dimensional: there is no step from channel to channel.

# %% [markdown] tags=["zh"]
# # 通道：多个输入，多个输出 { #channels }
#
# 照片的每个像素有三个数：红、绿、蓝。[前面几课](corr2d.ipynb)都是一个矩阵在另一个矩阵上滑动。如果图像由三张这样的矩阵叠成，卷积核该怎么办？
#
# 它也变成三张，每个通道对应一张，即一个切片。每个通道与对应的切片作互相关，再把各个结果加成一个输出。
#
# ![三个 3×3 通道各自与卷积核中对应的 2×2 切片作互相关，三个结果相加。](../pic/channels.svg)
#
# 用下标 $c$ 表示通道，求和就多了一个轴：
#
# $$Y_{i,j} = \sum_{c} \sum_{a,b} K_{c,a,b} \, X_{c,\, i + a,\, j + b}$$
#
# 卷积核现在有三个轴，滑动的方向却仍然只有两个。运算还是二维的：它并不从一个通道移到另一个通道。

# %% [markdown] tags=["en"]
# ## Several input channels { #inputs }
#
# The numbers of the picture, channel by channel:

# %% [markdown] tags=["zh"]
# ## 多个输入通道 { #inputs }
#
# 逐个通道地算出图中的数：

# %%
import torch
from torch import nn
from torch.nn import functional as F

from convdocs import (
    conv2d_cost,
    corr2d,
    corr2d_multi_in,
    corr2d_multi_in_out,
)

X = torch.arange(27.0).reshape(3, 3, 3)
K = torch.arange(12.0).reshape(3, 2, 2)

parts = [corr2d(x, k) for x, k in zip(X, K)]
parts

# %% [markdown] tags=["en"]
# And their sum, which [`corr2d_multi_in`][convdocs.corr2d_multi_in] computes in one call:

# %% [markdown] tags=["zh"]
# 再求它们的和，[`corr2d_multi_in`][convdocs.corr2d_multi_in] 一次就能算出：

# %%
Y = corr2d_multi_in(X, K)
assert torch.equal(Y, sum(parts))
assert torch.equal(Y, F.conv2d(X[None], K[None])[0, 0])
Y

# %% [markdown] tags=["en"]
# The two `assert` lines compare it with the parts, and with PyTorch's own function on the same
# three-channel image. Three channels went in; one came out, because the sum leaves no channel
# index behind.
#
# ## Several output channels { #outputs }
#
# One kernel answers one question, say "is there a vertical edge?". To ask several, use several
# kernels. Each reads all input channels and writes one output channel, a **feature map**:
#
# $$Y_{o,i,j} = \sum_{c} \sum_{a,b} K_{o,c,a,b} \, X_{c,\, i + a,\, j + b}$$
#
# All kernels together form one array of four axes: output channels, input channels, height, width.
#
# ![Three channels, four kernels of three slices each, and four feature maps.](../pic/feature-maps.svg)

# %% [markdown] tags=["zh"]
# 两行 `assert` 把它分别与各部分之和、与 PyTorch 自带函数在同一幅三通道图像上的结果作了比较。三个通道进去，一个
# 通道出来，因为求和之后不再有通道下标。
#
# ## 多个输出通道 { #outputs }
#
# 一个卷积核回答一个问题，例如这里有没有竖直边缘。要问几个问题，就用几个卷积核。每个卷积核都用到全部输入通道，产生一个输出通道，即一幅**特征图**（feature map，也称特征映射）：
#
# $$Y_{o,i,j} = \sum_{c} \sum_{a,b} K_{o,c,a,b} \, X_{c,\, i + a,\, j + b}$$
#
# 所有卷积核合在一起是一个四轴数组：输出通道、输入通道、高、宽。
#
# ![三个通道，四个各有三个切片的卷积核，以及四幅特征图。](../pic/feature-maps.svg)

# %%
kernels = torch.stack([K, K + 1, K + 2])
maps = corr2d_multi_in_out(X, kernels)
torch.testing.assert_close(maps, F.conv2d(X[None], kernels)[0])
kernels.shape, maps.shape

# %% [markdown] tags=["en"]
# The first map is the output from before; the others come from their own kernels:

# %% [markdown] tags=["zh"]
# 第一幅特征图就是刚才的输出，其余的来自各自的卷积核：

# %%
assert torch.equal(maps[0], Y)
maps

# %% [markdown] tags=["en"]
# ## How many parameters { #parameters }
#
# A layer of $c_i$ input and $c_o$ output channels with kernels of $k_h \times k_w$ has
# $c_o \, c_i \, k_h \, k_w$ weights, and one bias for each output channel: $c_o$ more. The image's
# height and width are not in the formula. A layer that turns a colour photo into 100 feature maps:

# %% [markdown] tags=["zh"]
# ## 有多少参数 { #parameters }
#
# 设一层有 $c_i$ 个输入通道、$c_o$ 个输出通道，卷积核大小为 $k_h \times k_w$，则它有 $c_o \, c_i \, k_h \, k_w$ 个权重，
# 外加每个输出通道一个偏置，即 $c_o$ 个。式中没有图像的高和宽。下面这一层把彩色照片变成 100 幅特征图：

# %%
layer = nn.Conv2d(3, 100, kernel_size=3, device="meta")
parameters = sum(p.numel() for p in layer.parameters())
small = conv2d_cost((30, 40), 3, 100, 3)
large = conv2d_cost((3000, 4000), 3, 100, 3)
assert parameters == small.parameters == large.parameters
parameters

# %% [markdown] tags=["en"]
# {{ parameters }} parameters, for a thumbnail of 30×40 pixels and for a photo of 12 megapixels
# alike. What does grow with the image is the work, counted in multiply-adds, a product added to a sum:
# about {{ round(small.multiply_adds, -4) }} against {{ round(large.multiply_adds, -8) }}. And the parameters do grow with the channels: twice as many in and out
# make four times as many weights.
#
# ## A kernel of one pixel { #one-by-one }
#
# With channels, even a 1×1 kernel does something: at every pixel it mixes the channels, like one
# fully connected layer applied everywhere ([network in network](https://arxiv.org/abs/1312.4400)).

# %% [markdown] tags=["zh"]
# 无论是 30×40 的缩略图，还是 1200 万像素的照片，都是 {{ parameters }} 个参数。随图像增大的是计算量，以乘加（算一个乘积并加到和上）的次数计，分别约为
# {{ round(small.multiply_adds, -4) }} 次和 {{ round(large.multiply_adds, -8) }} 次。参数则随通道增多：输入、输出通道都翻倍，权重变为原来的四倍。
#
# ## 一个像素大的卷积核 { #one-by-one }
#
# 有了通道，就连 1×1 的卷积核也有用处：它在每个像素处混合各个通道，相当于把同一个全连接层用在每个位置上（[网络中的网络](https://arxiv.org/abs/1312.4400)，NiN）。

# %%
photo = torch.rand(3, 20, 30)
mix = torch.rand(2, 3)
pixelwise = torch.einsum("oc,cij->oij", mix, photo)
torch.testing.assert_close(
    corr2d_multi_in_out(photo, mix[:, :, None, None]), pixelwise
)

# %% [markdown] tags=["en"]
# ## Channels in groups { #groups }
#
# The opposite is possible as well: not to mix the channels at all. Then each channel has a kernel of its own and becomes one feature map, which is called *depthwise*.
# In between, the channels are split into a few groups, and each kernel sees the channels of its own group only. With $g$ groups there are $g$ times fewer weights:

# %% [markdown] tags=["zh"]
# ## 把通道分组 { #groups }
#
# 反过来也可以：完全不混合通道。这时每个通道有自己的一个卷积核，各变成一幅特征图，这叫作*逐通道*（depthwise）。
# 介于两者之间的做法是把通道分成几组，每个卷积核只看本组的通道。分成 $g$ 组，权重就只有原来的 $g$ 分之一：

# %%
own = torch.rand(3, 1, 3, 3)
apart = corr2d_multi_in_out(photo, own, groups=3)
one_by_one = [corr2d(X, K[0]) for X, K in zip(photo, own)]
torch.testing.assert_close(apart, torch.stack(one_by_one))
torch.testing.assert_close(apart, F.conv2d(photo[None], own, groups=3)[0])
own.numel(), torch.rand(3, 3, 3, 3).numel()

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** A layer has weights of shape `(16, 3, 5, 5)` and a bias. How many input and output channels has it, how large are its kernels, and how many parameters does it have?

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** 某层权重的形状为 `(16, 3, 5, 5)`，并带有偏置。它有多少个输入通道，多少个输出通道？卷积核多大？有多少参数？

# %% [markdown] tags=["en", "hint"]
# The axes are: output channels, input channels, height, width.

# %% [markdown] tags=["zh", "hint"]
# 四个轴依次是：输出通道、输入通道、高、宽。

# %% [markdown] tags=["en", "answer"]
# It has 3 input and 16 output channels, with kernels of 5×5. Besides the weights there are 16 biases:

# %% [markdown] tags=["zh", "answer"]
# 它有 3 个输入通道、16 个输出通道，卷积核为 5×5。除权重外还有 16 个偏置：

# %% tags=["answer"]
weights = 16 * 3 * 5 * 5
assert weights + 16 == sum(
    p.numel() for p in nn.Conv2d(3, 16, 5).parameters()
)
weights + 16

# %% [markdown] tags=["en"]
# **2.** Write the 1×1 kernel that turns a colour image into a gray one, as the mean of the three
# channels, and check it.

# %% [markdown] tags=["zh"]
# **2.** 写出把彩色图像变成灰度图像的 1×1 卷积核，灰度取三个通道的平均值，并加以检验。

# %% [markdown] tags=["en", "hint"]
# The weight has the shape `(1, 3, 1, 1)`.

# %% [markdown] tags=["zh", "hint"]
# 权重的形状是 `(1, 3, 1, 1)`。

# %% [markdown] tags=["en", "answer"]
# One output channel, three input channels, each weighted by a third:

# %% [markdown] tags=["zh", "answer"]
# 一个输出通道，三个输入通道，权重各为三分之一：

# %% tags=["answer"]
gray = corr2d_multi_in_out(photo, torch.full((1, 3, 1, 1), 1 / 3))
torch.testing.assert_close(gray[0], photo.mean(dim=0))
gray.shape

# %% [markdown] tags=["en"]
# **3.** What changes in the output when you reverse the order of the channels of the image and of
# the slices of the kernel together? And of the image alone?

# %% [markdown] tags=["zh"]
# **3.** 把图像的通道和卷积核的切片一起倒过来排，输出有什么变化？只倒图像的通道呢？

# %% [markdown] tags=["en", "hint"]
# The output is a sum over the channels. When does the order of a sum matter?

# %% [markdown] tags=["zh", "hint"]
# 输出是对通道求和。求和的次序什么时候有影响？

# %% [markdown] tags=["en", "answer"]
# Together: nothing, for the same products are added in another order. The image alone: the first and the last channel
# each meet the slice meant for the other, and the output is a different one.

# %% [markdown] tags=["zh", "answer"]
# 一起倒：没有变化，只是同样的乘积换了相加的次序。只倒图像：首尾两个通道对上了彼此的切片，输出就不同了。

# %% tags=["answer"]
assert torch.equal(corr2d_multi_in(X.flip(0), K.flip(0)), Y)
corr2d_multi_in(X.flip(0), K)

# %% [markdown] tags=["en"]
# Kernels and biases are parameters, and so far we have typed them in. The
# [next lesson](conv2d-layer.ipynb) puts them into a layer that can be trained.

# %% [markdown] tags=["zh"]
# 卷积核和偏置是参数，而到现在为止都是我们手工填入的。[下一课](conv2d-layer.ipynb)把它们装进一个可以训练的层。
