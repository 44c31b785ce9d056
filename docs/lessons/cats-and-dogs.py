# ---
# jupyter:
#   convdocs:
#     description:
#       en: Why a fully connected layer cannot look at photos, in numbers, and the two principles that save it.
#       zh: 用数字说明全连接层为什么处理不了照片，以及解决这个难题的两个原则。
# ---

# %% [markdown] tags=["en"]
# # Why not a fully connected layer? { #cats-and-dogs }
#
# You want to tell cats from dogs. You have photos, and you have the simplest
# network there is: a **fully connected layer**, in which every hidden unit
# has a weight for every input. Why not just connect them?
#
# ![Photos of a cat and a dog, connected to 100 hidden units by 3.6 billion weights.](../pic/cats-and-dogs.svg)
#
# With $n$ inputs and $m$ hidden units, the layer has
#
# $$n \times m$$
#
# weights. Count them for an ordinary phone's photo.

# %% [markdown] tags=["zh"]
# # 为什么不用全连接层？ { #cats-and-dogs }
#
# 你想分辨猫和狗。照片有了，最简单的网络也有了：**全连接层**，其中每个隐藏单元对每个输入
# 都有一个权重。直接把它们连起来，有什么不行？
#
# ![猫和狗的照片与 100 个隐藏单元之间由 36 亿个权重相连。](../pic/cats-and-dogs.svg)
#
# 设有 $n$ 个输入和 $m$ 个隐藏单元，这一层就有
#
# $$n \times m$$
#
# 个权重。拿一张普通的手机照片来数一数。

# %% [markdown] tags=["en"]
# ## Counting the weights { #count }
#
# The photo has 12 megapixels, and each pixel has three numbers: red, green
# and blue. One hundred hidden units is not many. PyTorch's `meta` device
# builds a layer with its shapes and without its numbers, so that even a giant
# fits:

# %% [markdown] tags=["zh"]
# ## 数一数权重 { #count }
#
# 照片有 1200 万个像素，每个像素有红、绿、蓝三个数。一百个隐藏单元并不算多。
# PyTorch 的 `meta` 设备只建出层的形状而不存放数值，所以再大的层也放得下：

# %%
from torch import nn

from convdocs import conv2d_cost, dense_cost, human_bytes

inputs = 4000 * 3000 * 3
layer = nn.Linear(inputs, 100, bias=False, device="meta")
layer.weight.numel()

# %% [markdown] tags=["en"]
# {{ inputs }} inputs make {{ layer.weight.numel() }} weights. At four bytes
# each, the package says, they take:

# %% [markdown] tags=["zh"]
# {{ inputs }} 个输入，{{ layer.weight.numel() }} 个权重。每个权重四字节，软件包算出它们占用：

# %%
dense = dense_cost(inputs, 100, bias=False)
assert dense.parameters == layer.weight.numel()
print(dense)
print(f"{dense.bytes / 2**30:.2f} GiB")

# %% [markdown] tags=["en"]
# {{ human_bytes(dense.bytes) }}, for the weights alone and for one layer. To
# train them, gradient descent keeps a gradient for each, and the optimiser
# [Adam](https://arxiv.org/abs/1412.6980) two more numbers:

# %% [markdown] tags=["zh"]
# 仅这一层的权重就要 {{ human_bytes(dense.bytes) }}。训练时，梯度下降还要为每个权重保存一个梯度，
# 优化器 [Adam](https://arxiv.org/abs/1412.6980) 再加两个数：

# %%
training = 4 * dense.bytes
human_bytes(training)

# %% [markdown] tags=["en"]
# And memory is the smaller trouble. Networks with more free weights than
# examples [can learn even random labels by heart](https://arxiv.org/abs/1611.03530).
# With billions of weights, it takes very many photos before a rule is easier to
# learn than the photos themselves.
#
# ## Two principles { #principles }
#
# A fully connected layer treats the pixels as a list. It would learn equally
# well from photos whose pixels were all shuffled in one and the same way. But
# an image is not a list, and we know two things about it:
#
# - **Translation invariance.** A cat is a cat wherever it is in the photo. A
#   detector should not care where it looks.
# - **Locality.** To see an ear you need the pixels of the ear, not those of the
#   opposite corner. A detector need not look far.
#
# Arrange the hidden units as an image, build these two in, and the layer is
# convolutional. This is what the next lessons do, step by step. Here is
# what is gained:

# %% [markdown] tags=["zh"]
# 而内存还是小事。自由权重比样本还多的网络，[连随机的标签都背得下来](https://arxiv.org/abs/1611.03530)。权重有几十亿个，
# 就要有非常多的照片，学到规律才会比死记硬背更容易。
#
# ## 两个原则 { #principles }
#
# 全连接层把像素看成一张清单。如果把所有照片的像素都按同一种方式打乱，它学起来毫无差别。可是图像
# 不是清单，关于图像，我们知道两件事：
#
# - **平移不变性**。猫在照片的哪里都是猫。检测器不应在意自己看的是哪里。
# - **局部性**。要看出耳朵，需要的是耳朵处的像素，不是对面角落的像素。检测器不必看得很远。
#
# 把隐藏单元也排成图像，再把这两条放进去，全连接层就变成卷积层。后面几课一步一步地做这件事。先看看能得到什么：

# %%
conv = conv2d_cost((3000, 4000), 3, 100, 3)
print(conv)

# %% [markdown] tags=["en"]
# A convolutional layer with 100 output channels and kernels of 3×3 has
# {{ conv.parameters }} parameters, {{ human_bytes(conv.bytes) }}. It is not
# less work, about nine times the fully connected layer's multiply-adds here, for it gives 100
# numbers at every pixel instead of 100 in all. What it saves is parameters
# to learn and store: it has {{ round(dense.parameters / conv.parameters) }} times fewer.

# %% [markdown] tags=["zh"]
# 一个有 100 个输出通道、卷积核为 3×3 的卷积层只有 {{ conv.parameters }} 个参数，占 {{ human_bytes(conv.bytes) }}。
# 它的计算量并不小，这里的乘加次数大约是全连接层的九倍，因为它在每个像素处都给出 100 个数，而不是总共 100 个。它省在
# 要学习和存储的参数上：全连接层的参数是它的 {{ round(dense.parameters / conv.parameters) }} 倍。

# %% tags=["hide-cell"]
assert 8.5 < conv.multiply_adds / dense.multiply_adds < 9.5

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** How many weights has the layer if the photo is first shrunk to 224×224
# pixels? Is the problem solved?

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** 如果先把照片缩小到 224×224 像素，这一层有多少权重？问题解决了吗？

# %% [markdown] tags=["en", "hint"]
# The formula is $n \times m$, and a pixel has three numbers.

# %% [markdown] tags=["zh", "hint"]
# 公式是 $n \times m$，而一个像素有三个数。

# %% [markdown] tags=["en", "answer"]
# It fits into memory easily. But every weight still belongs to one pixel, so a
# cat learnt at the left must be learnt again at the right; and what was small in the
# photo is gone.

# %% [markdown] tags=["zh", "answer"]
# 内存是轻松放下了。但每个权重仍然只属于一个像素，在左边学会的猫，到右边还得重新学；而照片里细小的东西已经不见了。

# %% tags=["answer"]
small = dense_cost(224 * 224 * 3, 100, bias=False)
print(small)

# %% [markdown] tags=["en"]
# **2.** Check the claim that shuffling all photos in the same way makes no
# difference to a fully connected layer.

# %% [markdown] tags=["zh"]
# **2.** 检验这个说法：把所有照片按同一种方式打乱，对全连接层没有任何影响。

# %% [markdown] tags=["en", "hint"]
# Each column of the weight belongs to one pixel. What has to happen to the columns?

# %% [markdown] tags=["zh", "hint"]
# 权重的每一列属于一个像素。像素打乱了，列该怎么办？

# %% [markdown] tags=["en", "answer"]
# Shuffle the columns of the weight like the pixels, and the output is the same.
# So whatever the one layer can compute, the other can as well; and since the gradient's columns are shuffled like
# the weight's, gradient descent that starts them alike keeps them alike.

# %% [markdown] tags=["zh", "answer"]
# 把权重的列按同样的方式打乱，输出就完全一样。所以这一层能算的，那一层也能算；而梯度的列也按同样的方式打乱，两层从对应的权重出发，梯度下降之后仍然对应。

# %% tags=["answer"]
import torch

torch.manual_seed(0)
photos, weight = torch.randn(5, 48), torch.randn(10, 48)
order = torch.randperm(48)
torch.testing.assert_close(
    photos[:, order] @ weight[:, order].T, photos @ weight.T
)

# %% [markdown] tags=["en"]
# **3.** How many 3×3 kernels, without biases, would have as many weights as the fully
# connected layer on the photo?

# %% [markdown] tags=["zh"]
# **3.** 要多少个不带偏置的 3×3 卷积核，权重才与照片上的全连接层一样多？

# %% [markdown] tags=["en", "hint"]
# First find the number of weights in one kernel: it has three channels.

# %% [markdown] tags=["zh", "hint"]
# 先算一个卷积核有多少权重：它有三个通道。

# %% [markdown] tags=["en", "answer"]
# A kernel on three channels has 3 × 3 × 3 = 27 weights. Divide the layer's {{ dense.parameters }} by that, and drop the part of
# a kernel that is left over; the convolutional layer above has 100:

# %% [markdown] tags=["zh", "answer"]
# 作用于三个通道的一个卷积核有 3 × 3 × 3 = 27 个权重。用这一层的 {{ dense.parameters }} 除以它，舍去不足一个的部分；而上面的卷积层只有 100 个：

# %% tags=["answer"]
kernels = dense.parameters // (3 * 3 * 3)
kernels

# %% [markdown] tags=["en"]
# Before anything can be built into the layer, its weights must know where their
# pixels are. [Next](rethinking-dense.ipynb): the same layer, written for images.

# %% [markdown] tags=["zh"]
# 要往这个层里放进什么，先得让它的权重知道自己的像素在哪里。[下一课](rethinking-dense.ipynb)把同一个层写成作用于图像的样子。
