# ---
# jupyter:
#   convdocs:
#     description:
#       en: One layer taken from fully connected to convolutional in three steps, with every weight drawn and counted.
#       zh: 把同一个层分三步从全连接变成卷积，每一步都画出并数清全部权重。
# ---

# %% [markdown] tags=["en"]
# # From dense to convolutional { #dense-to-conv }
#
# Is a convolutional layer something other than a fully connected layer? No. It is a fully connected layer with two promises built in. This lesson takes one layer all the way, from fully connected to convolutional.
# The promises are a bet that the layer we need is in the small part that is left.
#
# ![The weight of a layer as a matrix: fully connected, all entries differ; shared, diagonals of equal entries; local, only the diagonals of near offsets.](../pic/dense-to-conv.svg)
#
# In symbols, with what does each step on its arrow:
#
# $$\begin{aligned}
# W_{i,j,k,l}
# &\;\xrightarrow{\text{re-index}}\; V_{i,j,a,b} \\
# &\;\xrightarrow{\text{share}}\; v_{a,b} \\
# &\;\xrightarrow{\text{local}}\; v_{a,b},\; |a|, |b| \le \Delta
# \end{aligned}$$
#
# In the picture, a row is a hidden unit, a column is a pixel, and equal colours are equal weights. Weights that are shared line
# up along diagonals.

# %% [markdown] tags=["zh"]
# # 从全连接到卷积 { #dense-to-conv }
#
# 卷积层是不同于全连接层的另一种东西吗？不是。它就是全连接层，只是内置了两条约定。这一课把同一个层从全连接层一步步变成卷积层。
# 这两条约定是一种押注：我们需要的层，就在剩下的那一小部分里。
#
# ![层的权重写成矩阵：全连接时各元素互不相同；共享时相等的元素排成对角线；局部时只剩近处偏移的对角线。](../pic/dense-to-conv.svg)
#
# 用符号写出来，箭头上是每一步的做法：
#
# $$\begin{aligned}
# W_{i,j,k,l}
# &\;\xrightarrow{\text{重新索引}}\; V_{i,j,a,b} \\
# &\;\xrightarrow{\text{共享}}\; v_{a,b} \\
# &\;\xrightarrow{\text{局部}}\; v_{a,b},\; |a|, |b| \le \Delta
# \end{aligned}$$
#
# 图中一行是一个隐藏单元，一列是一个像素，颜色相同就是权重相等。共享的权重沿对角线排列。

# %% [markdown] tags=["en"]
# ## Step 0: fully connected { #step-0 }
#
# The layer maps 12×12 images to 12×12 hidden units. Its weights are random, and each may have any value:

# %% [markdown] tags=["zh"]
# ## 第 0 步：全连接 { #step-0 }
#
# 这个层把 12×12 的图像变成 12×12 个隐藏单元。权重是随机的，每一个都可以自由取值：

# %%
import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F

from convdocs import (
    corr2d,
    corr2d_transposed,
    dense2d,
    distance_to_local,
    distance_to_shared,
    kernel_to_dense,
    share,
    to_absolute,
    to_relative,
    toeplitz,
    truncate,
)

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
h, w, delta = 12, 12, 2

X = torch.randn(h, w)
W0 = torch.randn(h, w, h, w)
print(f"{W0.numel():6} free weights")

# %% [markdown] tags=["en"]
# ## Step 1: re-indexed { #step-1 }
#
# Name each weight by its offset from the hidden unit. The layer does not change, and nothing is saved:

# %% [markdown] tags=["zh"]
# ## 第 1 步：重新索引 { #step-1 }
#
# 按相对于隐藏单元的偏移给每个权重命名。层没有变，什么也没省：

# %%
V1 = to_relative(W0)
W1 = to_absolute(V1)
assert torch.equal(W1, W0)
print(f"{V1.numel():6} slots, of which")
print(f"{W1.numel():6} are inside the image")

# %% [markdown] tags=["en"]
# ## Step 2: shared { #step-2 }
#
# Translation invariance: all units use the same window, the mean of theirs. From here on, the layer is a convolution, with a
# kernel larger than the image:

# %% [markdown] tags=["zh"]
# ## 第 2 步：共享 { #step-2 }
#
# 平移不变性：所有单元用同一个窗口，即各自窗口的平均。从这里起，这个层就是卷积，只是卷积核比图像还大：

# %%
v2 = share(V1)
W2 = kernel_to_dense(v2, (h, w), padding=h - 1)
reference = F.conv2d(X[None, None], v2[None, None], padding=h - 1)[0, 0]
difference2 = (dense2d(X, W2) - reference).abs().max().item()
assert difference2 < 1e-12
print(f"{v2.numel():6} free weights")
before, after = distance_to_shared(W1), distance_to_shared(W2)
print(f"distance to shared {after:.1e}, before {before:.1f}")
print(f"largest difference from F.conv2d {difference2:.0e}")

# %% [markdown] tags=["en"]
# ## Step 3: local { #step-3 }
#
# Locality: no weight beyond Δ = 2. What is left is what one usually calls a kernel:

# %% [markdown] tags=["zh"]
# ## 第 3 步：局部 { #step-3 }
#
# 局部性：超过 Δ = 2 就没有权重。这就是大家平常所说的卷积核：

# %%
v3 = truncate(v2, delta)
W3 = kernel_to_dense(v3, (h, w), padding=delta)
reference = F.conv2d(X[None, None], v3[None, None], padding=delta)[0, 0]
difference3 = (dense2d(X, W3) - reference).abs().max().item()
assert difference3 < 1e-12
assert distance_to_local(W3, delta) == 0
torch.testing.assert_close(corr2d(X, v3, padding=delta), reference)
print(f"{v3.numel():6} free weights")
print(f"largest difference from F.conv2d {difference3:.0e}")

# %% [markdown] tags=["en"]
# From {{ W0.numel() }} weights to {{ v3.numel() }}. Here they are, step by step. Above, the weight $W$ as a matrix: 144 hidden
# units by 144 pixels. Below, the windows: of one unit in the middle, then the one that all share, then what
# locality leaves of it. Red is positive, blue negative. Each panel has a colour scale of its own, for the shared weights, as means of random
# numbers, are much smaller than those that they replace.

# %% [markdown] tags=["zh"]
# 从 {{ W0.numel() }} 个权重到 {{ v3.numel() }} 个。下面一步一步画出来。上排是写成矩阵的权重 $W$：144 行是隐藏单元，144 列是像素。下排是
# 窗口：先是中间一个单元的窗口，然后是所有单元共享的窗口，最后是局部性留下的部分。红为正，蓝为负。每幅的色标各不相同，因为共享的权重是随机数的平均，比原来的权重小得多。

# %% alt={"en": "Above, three matrices of 144 by 144: random noise, then diagonal stripes, then a few narrow bands near the diagonal. Below, three windows: noise inside the image's part only, the window shared by all, which fills its whole 23 by 23 slots, and its small middle of 5 by 5.", "zh": "上排是三个 144×144 的矩阵：随机噪声，然后是斜条纹，最后只剩对角线附近的几条窄带。下排是三个窗口：只在图像范围内有数的噪声，占满 23×23 个格子的共享窗口，以及它中间 5×5 的一小块。"}
shown = torch.zeros_like(v2)
shown[h - 1 - delta : h + delta, w - 1 - delta : w + delta] = v3
figure, axes = plt.subplots(2, 3, figsize=(6.4, 4.3), layout="constrained")
matrices = (W0, W2, W3)
windows = (V1[h // 2, w // 2], v2, shown)
for column in range(3):
    matrix = matrices[column].reshape(h * w, h * w)
    for ax, picture in (
        (axes[0, column], matrix),
        (axes[1, column], windows[column]),
    ):
        limit = picture[picture != 0].abs().quantile(0.8)
        ax.imshow(picture, cmap="RdBu_r", vmin=-limit, vmax=limit)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)

# %% [markdown] tags=["en"]
# ## The ladder { #ladder }
#
# The same steps for an image of a megapixel, where the first two no longer fit into an ordinary computer's memory:

# %% [markdown] tags=["zh"]
# ## 权重一步步减少 { #ladder }
#
# 换成一百万像素的图像，步骤相同，只是前两步的权重，普通计算机的内存已经放不下了：


# %%
def ladder(h, w, delta):
    return {
        "fully connected": (h * w) ** 2,
        "re-indexed": (h * w) ** 2,
        "shared": (2 * h - 1) * (2 * w - 1),
        "shared and local": (2 * delta + 1) ** 2,
    }


small, large = ladder(12, 12, 2), ladder(1000, 1000, 2)
assert list(small.values()) == [
    W0.numel(),
    W1.numel(),
    v2.numel(),
    v3.numel(),
]
for step in small:
    print(f"{step:17}{small[step]:8,}{large[step]:20,}")

# %% [markdown] tags=["en"]
# Only the last line does not depend on the image's size. This is why the same kernel works on photos of every size.
#
# Take a small layer through the steps yourself, and touch a weight to see where else it is used:
#
# <dense-lab></dense-lab>
#
# ## A convolution is a matrix { #matrix }
#
# Read from the bottom up, the ladder says that every convolution is a fully connected layer whose weight has many zeros and few
# different numbers. For the sizes of the [next lesson](cross-correlation.ipynb)'s example, a 3×3 image and a 2×2 kernel, here without a zero,
# [`toeplitz`][convdocs.toeplitz] writes out the matrix:

# %% [markdown] tags=["zh"]
# 只有最后一行与图像的大小无关。所以同一个卷积核可以用在任何大小的照片上。
#
# 亲手让一个小一点的层走一遍这几步；点一个权重，看看它还用在哪里：
#
# <dense-lab></dense-lab>
#
# ## 卷积是一个矩阵 { #matrix }
#
# 把这张表从下往上读：每个卷积都是一个全连接层，它的权重里零很多，不同的数很少。取一幅 3×3 图像和一个不含零的 2×2 卷积核，大小与[下一课](cross-correlation.ipynb)的例子相同，用 [`toeplitz`][convdocs.toeplitz] 写出这个矩阵：

# %%
image = torch.arange(9.0).reshape(3, 3)
kernel = torch.tensor([[5.0, 1.0], [2.0, 3.0]])
T = toeplitz(kernel, (3, 3))
product = T @ image.reshape(-1)
torch.testing.assert_close(product.reshape(2, 2), corr2d(image, kernel))
T.int()

# %%
zero, weights = (T == 0).sum().item(), T[T != 0].unique().numel()
zero, T.numel(), weights

# %% [markdown] tags=["en"]
# {{ zero }} of {{ T.numel() }} entries are zero, and the others are {{ weights }} numbers, each once in every row. Every row is the kernel,
# laid out for one place of the window. Cut the matrix into blocks of 2×3: inside each block equal numbers stand along
# the diagonals. A matrix of this kind, such as each of the blocks, is a **Toeplitz matrix**. The blocks themselves repeat along the diagonals as well,
# while the large matrix is no Toeplitz matrix.
#
# The matrix leads from pixels to outputs, and its transpose leads back: it lays every output on the pixels of its window, times their weights, and adds up what meets at a pixel.
# This is how a gradient gets from a layer's outputs to its image. The matrix itself is not needed for it, as [`corr2d_transposed`][convdocs.corr2d_transposed] shows:

# %% [markdown] tags=["zh"]
# {{ T.numel() }} 个元素中有 {{ zero }} 个是零，其余是 {{ weights }} 个数，每行各出现一次。每一行都是卷积核，按窗口的一个位置铺开。把矩阵切成 2×3 的块：每一块里，相等的数沿对角线排列，这样的矩阵叫作**特普利茨矩阵**（Toeplitz 矩阵）。块与块之间也沿对角线重复，但整个大矩阵并不是特普利茨矩阵。
#
# 这个矩阵从像素走到输出，它的转置则往回走：把每个输出放回自己窗口的像素上，乘以对应的权重，落在同一个像素上的相加。
# 梯度就是这样从层的输出传回图像的。这并不需要写出矩阵，[`corr2d_transposed`][convdocs.corr2d_transposed] 就是直接算的：

# %%
outputs = corr2d(image, kernel)
back = corr2d_transposed(outputs, kernel)
torch.testing.assert_close(back.reshape(-1), T.T @ outputs.reshape(-1))
back.int()

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** Swap steps 2 and 3: cut first, share afterwards. Do you arrive at the same kernel?

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** 交换第 2 步和第 3 步：先截断，后共享。得到的卷积核一样吗？

# %% [markdown] tags=["en", "hint"]
# Sharing takes a mean at each offset. Does the mean at one offset depend on the others?

# %% [markdown] tags=["zh", "hint"]
# 共享是在每个偏移处取平均。一个偏移处的平均值，与其他偏移有关吗？

# %% [markdown] tags=["en", "answer"]
# Yes. Each offset is averaged by itself, so it does not matter when the others are dropped.

# %% [markdown] tags=["zh", "answer"]
# 一样。每个偏移各自取平均，其余偏移何时去掉都无所谓。

# %% tags=["answer"]
torch.testing.assert_close(share(truncate(V1, delta)), v3)

# %% [markdown] tags=["en"]
# **2.** How much of the random layer is left at the end? Compare the norms of $W$ at each step.

# %% [markdown] tags=["zh"]
# **2.** 走完这几步，随机的层还剩下多少？比较每一步 $W$ 的范数。

# %% [markdown] tags=["en", "hint"]
# What is the mean of many independent random numbers of both signs?

# %% [markdown] tags=["zh", "hint"]
# 许多有正有负、相互独立的随机数，平均起来是多少？

# %% [markdown] tags=["en", "answer"]
# Very little: random weights average out. The two principles do not approximate an arbitrary layer. They bet on layers of one kind, those in the small part that is left.

# %% [markdown] tags=["zh", "answer"]
# 所剩无几：随机的权重一平均就抵消了。两个原则并不是对任意层的近似，而是押注在剩下的那一小部分层上。

# %% tags=["answer"]
[round(weight.norm().item(), 1) for weight in (W0, W2, W3)]

# %% [markdown] tags=["en"]
# **3.** Transpose the matrix of a convolution and apply it to an array $G$ of the output's size. Which operation on $G$ and the kernel is that? (It carries gradients from the
# output back to the image.)

# %% [markdown] tags=["zh"]
# **3.** 把卷积的矩阵转置，作用于与输出同样大小的数组 $G$。这相当于对 $G$ 和卷积核作什么运算？（梯度就是这样从输出传回图像的。）

# %% [markdown] tags=["en", "hint"]
# The matrix sends four numbers to nine, so the operation must make its input larger. Which padding
# does that?

# %% [markdown] tags=["zh", "hint"]
# 这个矩阵把四个数变成九个，所以这种运算要把输入变大。用多大的填充能做到？

# %% [markdown] tags=["en", "answer"]
# [True convolution](correlation-vs-convolution.ipynb), which flips the kernel, on $G$ padded by the kernel's size less one at
# every side: *full* convolution, for no overlap is left out.

# %% [markdown] tags=["zh", "answer"]
# [真正的卷积](correlation-vs-convolution.ipynb)，也就是先翻转卷积核：在 $G$ 四周补零，补的圈数是卷积核边长减一，再作卷积。这叫*完全卷积*（full convolution），因为两者的每一种重叠都算到了。

# %% tags=["answer"]
from convdocs import conv2d

G = torch.randn(2, 2)
back = (T.T @ G.reshape(-1)).reshape(3, 3)
torch.testing.assert_close(back, conv2d(G, kernel, padding=1))

# %% [markdown] tags=["en"]
# The operation that came out of the two principles slides a small window over the image. The [next lesson](cross-correlation.ipynb) looks at
# it by itself, number by number.

# %% [markdown] tags=["zh"]
# 由两个原则推出的运算，让一个小窗口在图像上滑动。[下一课](cross-correlation.ipynb)单独来看它，一个数一个数地看。
