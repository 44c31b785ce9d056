# ---
# jupyter:
#   convdocs:
#     description:
#       en: Why a fully connected layer cannot look at photos, in numbers, and the two principles that save it.
#       zh: 用数字说明全连接层为什么处理不了照片，再引出解决这个难题的两个原则。
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
# {{ inputs }} inputs, each with a weight for each of the 100 units, make {{ layer.weight.numel() }} weights.
# At four bytes each, as the package counts them, they take:

# %% [markdown] tags=["zh"]
# {{ inputs }} 个输入，每个输入对 100 个隐藏单元各有一个权重，一共 {{ layer.weight.numel() }} 个权重。每个权重占四字节，用软件包算一算总共要占多少：

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
# And memory is the smaller trouble. The weights must be learnt from examples, and an example settles few of them: a photo
# and the 100 outputs wanted for it are 100 equations. So {{ layer.weight.numel() }} weights are not determined before there are
# {{ layer.weight.numel() // 100 }} photos, one for every input.
#
# ## Two principles { #principles }
#
# A fully connected layer treats the pixels as a list. It would learn equally well from photos whose pixels were all shuffled in one and
# the same way. But an image is not a list, and we know two things about it:
#
# - **Translation invariance.** A cat is a cat wherever it is in the photo. So one
#   detector should serve for all places.
# - **Locality.** To see an ear you need the pixels of the ear, not those of the
#   opposite corner. A detector need not look far.
#
# Arrange the hidden units as an image, build these two in, and the layer is
# convolutional. This is what the next lessons do, step by step. Here is
# what is gained:

# %% [markdown] tags=["zh"]
# 内存还只是小问题。权重要从例子里学，而一个例子能确定的权重很少：一张照片连同期望它得到的 100 个输出，只是 100 个方程。要确定 {{ layer.weight.numel() }} 个权重，
# 至少需要 {{ layer.weight.numel() // 100 }} 张照片，有多少个输入，就要多少张。
#
# ## 两个原则 { #principles }
#
# 在全连接层眼里，像素只是排成一列的数，谁与谁相邻都一样。如果把所有照片的像素都按同一种方式打乱，它学起来毫无差别。可是图像不是这样一列数，关于图像，我们知道两件事：
#
# - **平移不变性**。猫在照片的哪里都是猫，所以同一个检测器，放到哪里都应当适用。
# - **局部性**。要认出耳朵，看耳朵附近的像素就够了，用不着看照片的另一角，所以检测器不必看得很远。
#
# 把隐藏单元也排成一幅图像，再把这两条原则加进去，全连接层就变成卷积层。后面几课一步一步地做这件事。先看看好处有多大：

# %%
conv = conv2d_cost((3000, 4000), 3, 100, 3)
outputs = 4 * 2998 * 3998 * 100
print(conv)

# %% [markdown] tags=["en"]
# A convolutional layer with 100 output channels and kernels of 3×3 has
# {{ conv.parameters }} parameters, {{ human_bytes(conv.bytes) }}, about {{ int(round(dense.parameters / conv.parameters, -5)) }} times fewer.
# That is what it saves: numbers to learn and to store. It does not save work or memory for the outputs, because it gives 100
# numbers at every place instead of 100 in all: about nine times the multiply-adds of the fully connected layer, and
# {{ human_bytes(outputs) }} of outputs.

# %% [markdown] tags=["zh"]
# 一个有 100 个输出通道、卷积核为 3×3 的卷积层只有 {{ conv.parameters }} 个参数，占 {{ human_bytes(conv.bytes) }}；全连接层的参数大约是它的 {{ int(round(dense.parameters / conv.parameters, -5)) }} 倍。
# 它省下的是要学习、要存储的参数，而不是计算量和存放输出的内存：它在每个位置都给出 100 个数，而不是总共 100 个，所以这里的乘加次数大约是全连接层的九倍，
# 输出要占 {{ human_bytes(outputs) }}。

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
# 内存是轻松放下了。但每个权重仍然只属于一个像素，在左边学会的猫，到右边还得重新学；而且照片里的细节也丢了。

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
# Shuffle the columns of the weight like the pixels, and the output is the same, so whatever the one layer can compute, the other can as well.
# The gradient's columns are then shuffled in the same way, so training keeps the two alike: after ten steps, the losses agree, and one
# weight is still the other one shuffled.

# %% [markdown] tags=["zh", "answer"]
# 把权重的列按同样的方式打乱，输出就完全一样，所以这一层能算的，那一层也能算。这时梯度的列也按同样的方式打乱，所以两层在训练中始终对应：走了十步之后，
# 两者的损失相同，一个权重仍然是另一个打乱之后的样子。

# %% tags=["answer"]
import torch

torch.manual_seed(0)
photos, wanted = torch.randn(5, 48), torch.randn(5, 10)
order = torch.randperm(48)
plain, shuffled = nn.Linear(48, 10), nn.Linear(48, 10)
with torch.no_grad():
    shuffled.weight[:] = plain.weight[:, order]
    shuffled.bias[:] = plain.bias
for layer, images in ((plain, photos), (shuffled, photos[:, order])):
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(10):
        optimiser.zero_grad()
        loss = ((layer(images) - wanted) ** 2).mean()
        loss.backward()
        optimiser.step()
    print(f"loss {loss.item():.4f}")
torch.testing.assert_close(shuffled.weight, plain.weight[:, order])

# %% [markdown] tags=["en"]
# **3.** How many 3×3 kernels, without biases, would have as many weights as the fully
# connected layer on the photo?

# %% [markdown] tags=["zh"]
# **3.** 要多少个不带偏置的 3×3 卷积核，权重才与作用于这张照片的全连接层一样多？

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
# Before the two principles can be built into the layer, each of its weights needs a place in the image. [Next](rethinking-dense.ipynb): the same layer, written for images.

# %% [markdown] tags=["zh"]
# 要把两条原则加进这个层，先得弄清每个权重对应图像中的哪个位置。[下一课](rethinking-dense.ipynb)把同一个层写成作用于图像的样子。
