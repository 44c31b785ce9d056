# ---
# jupyter:
#   convdocs:
#     description:
#       en: Convolution flips the kernel and cross-correlation does not. What the flip is good for, and why it does not matter for learning.
#       zh: 卷积翻转卷积核，互相关不翻转。翻转有什么用，学习又为什么不受它影响。
# ---

# %% [markdown] tags=["en"]
# # Cross-correlation and convolution { #correlation-vs-convolution }
#
# The layer is called convolutional, and what it computes is cross-correlation. Is that a mistake?
#
# No, only a name that has stuck. Both slide a kernel over the image and add up products. **Convolution** flips the kernel first, upside down and
# left to right; **cross-correlation** takes it as it is.
#
# ![An image cross-correlated with a kernel, and convolved with it; turning the kernel by 180° makes the convolution a cross-correlation with the same output.](../pic/correlation-vs-convolution.svg)
#
# $$\begin{aligned}
# (X \star K)_{i,j} &= \sum_{a,b} K_{a,b} \, X_{i + a,\, j + b} \\
# (X * K)_{i,j} &= \sum_{a,b} K_{k_h - 1 - a,\, k_w - 1 - b} \, X_{i + a,\, j + b}
# \end{aligned}$$

# %% [markdown] tags=["zh"]
# # 互相关与卷积 { #correlation-vs-convolution }
#
# 这个层名叫卷积层，算的却是互相关。是弄错了吗？
#
# 没有，只是叫惯了。两者都让卷积核在图像上滑动，把乘积相加。**卷积**先把卷积核上下、左右翻转，**互相关**则原样使用。
#
# ![同一幅图像与同一个卷积核的互相关和卷积；把卷积核旋转 180°，卷积就成了互相关，输出不变。](../pic/correlation-vs-convolution.svg)
#
# $$\begin{aligned}
# (X \star K)_{i,j} &= \sum_{a,b} K_{a,b} \, X_{i + a,\, j + b} \\
# (X * K)_{i,j} &= \sum_{a,b} K_{k_h - 1 - a,\, k_w - 1 - b} \, X_{i + a,\, j + b}
# \end{aligned}$$

# %% [markdown] tags=["en"]
# ## Flip one, get the other { #flip }

# %% [markdown] tags=["zh"]
# ## 翻转卷积核，两种运算互换 { #flip }

# %%
import numpy as np
import torch
from scipy import signal

from convdocs import (
    conv1d,
    conv2d,
    corr1d,
    corr2d,
    gaussian_kernel,
    learn_kernel,
    sobel_kernel,
)

X = torch.arange(9.0).reshape(3, 3)
K = torch.arange(4.0).reshape(2, 2)
corr2d(X, K), conv2d(X, K)

# %%
assert torch.equal(conv2d(X, K), corr2d(X, K.flip(0, 1)))
assert torch.equal(corr2d(X, K), conv2d(X, K.flip(0, 1)))
assert np.array_equal(conv2d(X, K), signal.convolve2d(X, K, mode="valid"))

# %% [markdown] tags=["en"]
# On an image with a single bright point, convolution returns the kernel as it stands, and cross-correlation returns it
# flipped. Switch between the two:
#
# <correlation-lab preset="point" op="conv"></correlation-lab>
#
# SciPy's `convolve2d` computes true convolution, PyTorch's `conv2d` cross-correlation. If the two disagree on your data,
# you now know where to look.
#
# A kernel that looks the same when turned by 180°, such as the box and the Gaussian, gives the same either way. [Sobel's kernel](kernels.ipynb), which subtracts
# left from right, changes its sign when it is turned, and so does its output:

# %% [markdown] tags=["zh"]
# 在只有一个亮点的图像上，卷积原样给出卷积核，互相关给出的则是翻转后的卷积核。在两者之间切换看看：
#
# <correlation-lab preset="point" op="conv"></correlation-lab>
#
# SciPy 的 `convolve2d` 算的是真正的卷积，PyTorch 的 `conv2d` 算的是互相关。如果两者在你的数据上不一致，现在你知道该从哪里查起了。
#
# 旋转 180° 后不变的卷积核，例如方框核和高斯核，用两种运算得到的结果相同。[Sobel 核](kernels.ipynb)用右边减左边，旋转之后变号，输出也就变号：

# %%
image = torch.rand(20, 30)
blur, sobel = (
    torch.from_numpy(gaussian_kernel()),
    torch.from_numpy(sobel_kernel()),
)
torch.testing.assert_close(conv2d(image, blur), corr2d(image, blur))
torch.testing.assert_close(conv2d(image, sobel), -corr2d(image, sobel))

# %% [markdown] tags=["en"]
# ## What the flip is good for { #algebra }
#
# With the flip, the operation obeys the rules of a product: order and grouping do not matter, if the padding is so
# large that nothing is lost:
#
# $$\begin{aligned}
# X * K &= K * X \\
# (X * K) * L &= X * (K * L)
# \end{aligned}$$
#
# So two convolutions in a row are one, with the kernel $K * L$, computed once. Cross-correlation has neither property.
# Two cross-correlations in a row can be done as one, too, but the one kernel that does it is
# the convolution of the two: $(X \star K) \star L = X \star (K * L)$.

# %% [markdown] tags=["zh"]
# ## 翻转有什么用 { #algebra }
#
# 翻转之后，这种运算就遵守乘法的规律：只要填充足够大，什么也不丢失，次序可以交换，也可以任意结合：
#
# $$\begin{aligned}
# X * K &= K * X \\
# (X * K) * L &= X * (K * L)
# \end{aligned}$$
#
# 所以连作两次卷积等于用 $K * L$ 作一次，而 $K * L$ 只需算一次。互相关没有这两条性质；连作两次互相关虽也等于作一次，所用的卷积核却仍由
# 卷积得到：$(X \star K) \star L = X \star (K * L)$。

# %%
a, b, c = (torch.tensor(row) for row in ([1, 2, 3], [4, 5, 6], [7, 8, 9]))
assert torch.equal(conv1d(a, b, padding=2), conv1d(b, a, padding=2))
left = conv1d(conv1d(a, b, padding=2), c, padding=2)
right = conv1d(a, conv1d(b, c, padding=2), padding=4)
assert torch.equal(left, right)
twice = corr1d(corr1d(a, b, padding=2), c, padding=2)
assert torch.equal(twice, corr1d(a, conv1d(b, c, padding=2), padding=4))
assert not torch.equal(twice, corr1d(a, corr1d(b, c, padding=2), padding=4))
conv1d(a, b, padding=2)

# %% [markdown] tags=["en"]
# The numbers are the coefficients of $(1 + 2x + 3x^2)(4 + 5x + 6x^2)$: multiplying polynomials convolves their coefficients, and the probabilities of the sum of two dice
# are a convolution in the same way.
#
# ## Why the flip does not matter for learning { #learning }
#
# A layer that flips and a layer that does not can compute exactly the same functions. Let one learn what the other
# computes, and it finds the other's kernel, flipped:

# %% [markdown] tags=["zh"]
# 这些数是 $(1 + 2x + 3x^2)(4 + 5x + 6x^2)$ 的系数：多项式相乘就是系数的卷积，两枚骰子点数之和的概率分布也是这样由卷积得到的。
#
# ## 学习为什么不受翻转影响 { #learning }
#
# 翻转的层与不翻转的层，能表示的函数完全一样。让一个去学另一个的输出，学到的就是对方的卷积核，只是翻转了：

# %%
torch.manual_seed(0)
noise = torch.randn(32, 32)
wanted = conv2d(noise, sobel)
learnt = learn_kernel(noise, wanted, 3, lr=2e-4, steps=200).kernel
torch.testing.assert_close(learnt, sobel.flip(0, 1), atol=1e-4, rtol=0)
learnt.round(decimals=3) + 0

# %% [markdown] tags=["en"]
# The outputs were made by convolution with Sobel's kernel. The layer, which cross-correlates, learnt Sobel's kernel flipped, and the outputs
# agree. Nothing is lost by leaving the flip out, and the code is simpler.
#
# ## Exercises { #exercises }
#
# **1.** Which 2×2 kernels give the same output for both operations, on every image?

# %% [markdown] tags=["zh"]
# 输出是用 Sobel 核作卷积得到的。这个层作的是互相关，它学到了翻转的 Sobel 核，它的输出也就与给定的一致。不翻转并不<span class="no-term">损失</span>什么，代码还更简单。
#
# ## 练习 { #exercises }
#
# **1.** 对任何图像，哪些 2×2 卷积核用两种运算得到的输出都相同？

# %% [markdown] tags=["en", "hint"]
# Write down the kernel and its flip, and set them equal.

# %% [markdown] tags=["zh", "hint"]
# 写出卷积核和它的翻转，令两者相等。

# %% [markdown] tags=["en", "answer"]
# Those that equal their own flip: each diagonal holds two equal numbers. There are no others: on an image with a
# single 1, the outputs are the weights themselves.

# %% [markdown] tags=["zh", "answer"]
# 翻转后不变的那些：每条对角线上的两个数相等。再没有别的了，因为在只有一个 1 的图像上，输出就是权重本身。

# %% tags=["answer"]
same = torch.tensor([[2.0, 7.0], [7.0, 2.0]])
torch.testing.assert_close(conv2d(image, same), corr2d(image, same))

# %% [markdown] tags=["en"]
# **2.** Two fair dice: write the probabilities of their sum as a convolution.

# %% [markdown] tags=["zh"]
# **2.** 两枚均匀的骰子：用卷积写出点数之和的概率分布。

# %% [markdown] tags=["en", "hint"]
# In how many ways do two dice add up to 7? Each way is a product of two probabilities.

# %% [markdown] tags=["zh", "hint"]
# 两枚骰子有几种方式凑成 7？每种方式都是两个概率的乘积。

# %% [markdown] tags=["en", "answer"]
# The probability of a sum is the sum, over all ways to reach it, of products of probabilities. The most likely sum is 7:

# %% [markdown] tags=["zh", "answer"]
# 某个和的概率，等于凑成它的每种方式的概率乘积之和。最可能的和是 7：

# %% tags=["answer"]
die = torch.full((6,), 1 / 6)
total = conv1d(die, die, padding=5)
torch.testing.assert_close(total.sum(), torch.tensor(1.0))
total.argmax() + 2, total.max()

# %% [markdown] tags=["en"]
# **3.** Show with an example that cross-correlation is not commutative.

# %% [markdown] tags=["zh"]
# **3.** 举例说明互相关不满足交换律。

# %% [markdown] tags=["en", "hint"]
# Take two short rows of numbers, and pad enough that every overlap counts.

# %% [markdown] tags=["zh", "hint"]
# 取两行短短的数，填充要足够大，使每种重叠都算在内。

# %% [markdown] tags=["en", "answer"]
# Swap the two, and the output comes out backwards:

# %% [markdown] tags=["zh", "answer"]
# 交换两者，输出的次序就颠倒了：

# %% tags=["answer"]
there, back = corr1d(a, b, padding=2), corr1d(b, a, padding=2)
assert torch.equal(there, back.flip(0))
there, back

# %% [markdown] tags=["en"]
# So far, the window has mostly slid over images. [Next](one-and-three-dimensions.ipynb): the same sliding window along one axis, and along three.

# %% [markdown] tags=["zh"]
# 到目前为止，窗口主要在图像上滑动。[下一课](one-and-three-dimensions.ipynb)让同样的窗口沿一个轴滑动，再沿三个轴滑动。
