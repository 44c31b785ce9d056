# ---
# jupyter:
#   convdocs:
#     description:
#       en: What different kernels do to a photo, blur, sharpening and edges, and how to read a kernel from its weights.
#       zh: 不同的卷积核对照片做了什么：模糊、锐化、边缘，以及怎样由权重看懂一个卷积核。
# ---

# %% [markdown] tags=["en"]
# # What a kernel does to a photo { #kernels }
#
# The kernel's weights decide what the sliding window sees. How much can a few weights tell? Below, five
# kernels look at the eye of one cat, the first of which changes nothing, and each brings out something else.
#
# ![The same eye of a cat as it is, blurred, sharpened, and as two maps of edges, each with its kernel beside it.](../pic/kernel-effects.svg)
#
# Every output pixel is a weighted sum of its neighbourhood,
#
# $$Y_{i,j} = \sum_{a,b} K_{a,b} \, X_{i + a,\, j + b},$$
#
# so a kernel can be read from its weights. If they are positive and add up to 1, the output is an
# **average** of neighbours, and the photo is blurred. If they add up to 0, equal neighbours cancel, and
# only **differences** are left: edges. If they add up to 1, with negative
# weights around a large positive one, the output is the photo plus the difference of each pixel from its neighbours: **sharpened**.

# %% [markdown] tags=["zh"]
# # 卷积核对照片做了什么 { #kernels }
#
# 滑动窗口看见什么，由卷积核的权重决定。区区几个权重，能看出些什么？下面五个卷积核看同一只猫眼，看到的各不相同。
#
# ![同一只猫眼：原图、模糊、锐化，以及两幅边缘图，每幅右边是所用的卷积核。](../pic/kernel-effects.svg)
#
# 每个输出像素都是邻域的加权和，
#
# $$Y_{i,j} = \sum_{a,b} K_{a,b} \, X_{i + a,\, j + b},$$
#
# 所以看权重就能看懂卷积核。权重都为正、和为 1，输出就是相邻像素（邻居）的**平均**，照片变模糊。权重之和为 0，相等的邻居相互抵消，只剩下**差异**，也就是边缘。权重之和为 1，中间一个大的正数，四周为负，输出就是照片加上每个像素与邻居的差异，照片被**锐化**。

# %% [markdown] tags=["en"]
# ## Four kernels { #four-kernels }

# %% [markdown] tags=["zh"]
# ## 四个卷积核 { #four-kernels }

# %%
import matplotlib.pyplot as plt
import numpy as np

from convdocs import (
    box_kernel,
    cat,
    corr2d,
    gaussian_kernel,
    laplacian_kernel,
    sharpen_kernel,
)

photo = cat(gray=True)
kernels = {
    "box_kernel(9)": box_kernel(9),
    "gaussian_kernel(9, 2)": gaussian_kernel(9, 2),
    "sharpen_kernel()": sharpen_kernel(),
    "laplacian_kernel()": laplacian_kernel(),
}
for name, K in kernels.items():
    print(f"{name:22}{K.shape}, sum {K.sum():.2f}, smallest {K.min():.4f}")

# %% [markdown] tags=["en"]
# The output of the last one has both signs, so it gets a colour for each: red above zero, blue
# below.

# %% [markdown] tags=["zh"]
# 最后一个的输出有正有负，所以各用一种颜色：大于零为红，小于零为蓝。

# %% alt={"en": "The eye of a cat, five times: the photo, blurred in blocks by the box kernel, blurred smoothly by the Gaussian, sharpened with crisp hairs, its Laplacian in red and blue along every hair, and a colour bar.", "zh": "猫的眼睛：原图，方框核的模糊，高斯核的平滑模糊，锐化后毛发分明，拉普拉斯核在每根毛发两侧的红蓝响应，以及色条。"}
eye = (slice(70, 190), slice(120, 300))
panels = {"photo": photo}
panels |= {
    name: corr2d(photo, K, padding=K.shape[0] // 2)
    for name, K in kernels.items()
}

figure, axes = plt.subplots(3, 2, figsize=(4.5, 4.7), layout="constrained")
for ax, (name, panel) in zip(axes.flat, panels.items()):
    signed = name.startswith("laplacian")
    options = (
        dict(cmap="RdBu_r", vmin=-0.4, vmax=0.4)
        if signed
        else dict(vmin=0, vmax=0.8)
    )
    shown = ax.imshow(panel[eye], **options)
    ax.set(xticks=[], yticks=[], xlabel=name)
    ax.spines[:].set_visible(False)
axes[2, 1].set_axis_off()
_ = figure.colorbar(shown, ax=axes[2, 1], location="left", fraction=0.5)

# %% [markdown] tags=["en"]
# ## Reading them { #reading }
#
# - The **box** gives all neighbours the same weight. Bright points turn into squares.
# - The **Gaussian** weighs near neighbours more than distant ones, alike in all directions. Bright points turn into
#   soft discs.
# - The **Laplacian** compares a pixel with the mean of its four neighbours. On a flat or evenly sloping surface it
#   answers 0; along a hair, it answers with one sign on the hair and the opposite sign beside it.
# - The **sharpening** kernel gives the photo minus its Laplacian. The weights show it, and so do the outputs:

# %% [markdown] tags=["zh"]
# ## 看懂这四个卷积核 { #reading }
#
# - **方框核**给所有邻居同样的权重，亮点变成方块。
# - **高斯核**给近处的邻居更大的权重，各个方向一视同仁，亮点变成柔和的圆斑。
# - **拉普拉斯核**把一个像素与四个邻居的平均值相比。在平坦或均匀倾斜的地方响应为 0；沿着一根毛发，毛发上是一种符号，两旁则是相反的符号。
# - **锐化核**的输出等于照片减去拉普拉斯核的输出。比较权重就能看出这一点，输出也证实了它：

# %%
identity = np.zeros((3, 3), dtype=np.float32)
identity[1, 1] = 1
assert (sharpen_kernel() == identity - laplacian_kernel()).all()

sharp = corr2d(photo, sharpen_kernel(), padding=1)
np.testing.assert_allclose(
    sharp, photo - corr2d(photo, laplacian_kernel(), padding=1), atol=1e-5
)

# %% [markdown] tags=["en"]
# That worked because cross-correlation is **linear** in the kernel: the output of a sum of kernels is the sum of their
# outputs.
#
# Try kernels of your own, on this photo or on a picture of yours:
#
# <photo-lab></photo-lab>
#
# ## Separable kernels { #separable }
#
# The Gaussian's weights are a product of a column and a row, because $e^{-(a^2 + b^2) / 2 \sigma^2} = e^{-a^2 / 2 \sigma^2} \, e^{-b^2 / 2 \sigma^2}$.
# So it can be done in two passes, first along the columns and then along the rows:

# %% [markdown] tags=["zh"]
# 这之所以成立，是因为互相关对卷积核是**线性**的：卷积核之和的输出，等于各自输出之和。
#
# 试试你自己的卷积核，可以用这张照片，也可以用你自己的图片：
#
# <photo-lab></photo-lab>
#
# ## 可分离卷积核 { #separable }
#
# 因为 $e^{-(a^2 + b^2) / 2 \sigma^2} = e^{-a^2 / 2 \sigma^2} \, e^{-b^2 / 2 \sigma^2}$，高斯核的权重是一列与一行的乘积，所以可以分两趟完成，先沿着列，再沿着行：

# %%
K = gaussian_kernel(9, 2)
column = K.sum(axis=1, keepdims=True)
row = K.sum(axis=0, keepdims=True)
np.testing.assert_allclose(column * row, K, atol=1e-7)
np.testing.assert_allclose(
    corr2d(corr2d(photo, column), row), corr2d(photo, K), atol=1e-5
)
K.size, column.size + row.size

# %% [markdown] tags=["en"]
# {{ column.size + row.size }} multiplications for a pixel instead of {{ K.size }}. Kernels that can be split like this are called **separable**.
#
# ## Exercises { #exercises }
#
# **1.** Without computing: what does a kernel of nine ones do to the brightness of a photo? And one whose weights add up to 0, on a
# gray wall?

# %% [markdown] tags=["zh"]
# 每个像素只要 {{ column.size + row.size }} 次乘法，而不是 {{ K.size }} 次。能这样拆开的卷积核叫作**可分离卷积核**（separable kernel）。
#
# ## 练习 { #exercises }
#
# **1.** 不用计算：九个 1 组成的卷积核会怎样改变照片的亮度？权重之和为 0 的卷积核遇到一面灰墙呢？

# %% [markdown] tags=["en", "hint"]
# Where all pixels are equal, the weighted sum is the pixel times a number. Which number?

# %% [markdown] tags=["zh", "hint"]
# 像素全都相等时，加权和等于像素乘以一个数。哪个数？

# %% [markdown] tags=["en", "answer"]
# On a surface of one brightness, the output is that brightness times the sum of the weights: nine times as bright, and black.

# %% [markdown] tags=["zh", "answer"]
# 在亮度均匀的表面上，输出等于亮度乘以权重之和：前者的亮度变为原来的九倍，后者为零，即全黑。

# %% tags=["answer"]
wall = np.full((5, 5), 0.5, dtype=np.float32)
(
    corr2d(wall, np.ones((3, 3), dtype=np.float32))[0, 0],
    corr2d(wall, laplacian_kernel())[0, 0],
)

# %% [markdown] tags=["en"]
# **2.** Design a kernel that moves the photo by two pixels to the right, and test it.

# %% [markdown] tags=["zh"]
# **2.** 设计一个让照片右移两个像素的卷积核，并加以检验。

# %% [markdown] tags=["en", "hint"]
# One weight is 1 and all others are 0. The kernel may be one pixel high.

# %% [markdown] tags=["zh", "hint"]
# 一个权重是 1，其余都是 0。卷积核可以只有一个像素高。

# %% [markdown] tags=["en", "answer"]
# The output at $j$ must be the pixel at $j - 2$, so the single 1 stands two places left of the middle:

# %% [markdown] tags=["zh", "answer"]
# 位置 $j$ 的输出应当是 $j - 2$ 处的像素，所以唯一的 1 在中心左边两格：

# %% tags=["answer"]
shift = np.array([[1, 0, 0, 0, 0]], dtype=np.float32)
moved = corr2d(photo, shift, padding=(0, 2))
assert (moved[:, 2:] == photo[:, :-2]).all()

# %% [markdown] tags=["en"]
# **3.** Blur twice with a Gaussian of σ = 2. Which single Gaussian does the same?

# %% [markdown] tags=["zh"]
# **3.** 用 σ = 2 的高斯核模糊两次，相当于用哪一个高斯核模糊一次？

# %% [markdown] tags=["en", "hint"]
# Blurring spreads a point out. Of two independent spreads, what adds up: the standard deviations or
# the variances?

# %% [markdown] tags=["zh", "hint"]
# 模糊使一个点散开。两次独立的散开，相加的是标准差还是方差？

# %% [markdown] tags=["en", "answer"]
# The variances add up: $2^2 + 2^2 = 8$, so σ is the root of 8. The kernels must be large enough that little is cut off.

# %% [markdown] tags=["zh", "answer"]
# 方差相加：$2^2 + 2^2 = 8$，所以 σ 是 8 的平方根。卷积核要取得足够大，使截掉的部分很小。

# %% tags=["answer"]
narrow, wide = gaussian_kernel(17, 2), gaussian_kernel(33, 8**0.5)
twice = corr2d(corr2d(photo, narrow), narrow)
once = corr2d(photo, wide)
np.testing.assert_allclose(twice, once, atol=1e-3)

# %% [markdown] tags=["en"]
# All these operations are cross-correlations, yet everybody calls them convolutions.
# [Next](correlation-vs-convolution.ipynb): what the difference is, and when it matters.

# %% [markdown] tags=["zh"]
# 这些运算都是互相关，大家却都管它们叫卷积。[下一课](correlation-vs-convolution.ipynb)说明两者有什么区别，这个区别什么时候重要。
