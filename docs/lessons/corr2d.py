# ---
# jupyter:
#   convdocs:
#     description:
#       en: Write cross-correlation yourself in two ways, check it against PyTorch, and see why one way is fast.
#       zh: 亲手用两种写法实现互相关，与 PyTorch 核对，并看清其中一种为什么快。
# ---

# %% [markdown] tags=["en"]
# # Image convolution from scratch { #corr2d }
#
# `corr2d` has done our sums [since it was introduced](cross-correlation.ipynb). How do you turn its formula
# into code, and how do you know that the code is right?
#
# $$Y_{i,j} = \sum_{a,b} K_{a,b} \, X_{i + a,\, j + b}$$
#
# The formula can be read in two orders. Read it output by output: for each $i, j$, take the
# window that starts there and sum its products with the kernel. Or read it weight by weight:
# for each $a, b$, take the piece of the image that this weight will ever meet, multiply all of
# it by the weight, and add the pieces.
#
# ![Each of the four weights times one shifted 2×2 piece of the input; the four products add up to the output.](../pic/by-weight.svg)

# %% [markdown] tags=["zh"]
# # 从零实现图像卷积 { #corr2d }
#
# 从[互相关那一课](cross-correlation.ipynb)起，计算一直由 `corr2d` 代劳。怎样把它的公式变成代码，又怎样知道代码是对的？
#
# $$Y_{i,j} = \sum_{a,b} K_{a,b} \, X_{i + a,\, j + b}$$
#
# 这个公式有两种读法。一种是逐个输出地读：对每个 $i, j$，取出从那里开始的窗口，与卷积核相乘再求和。
# 另一种是逐个权重地读：对每个 $a, b$，取出这个权重扫过的那一块图像，整块乘以这个权重，再把各块
# 加起来。
#
# ![四个权重各乘以输入中一个偏移后的 2×2 小块，四个乘积相加即得输出。](../pic/by-weight.svg)

# %% [markdown] tags=["en"]
# ## Output by output { #by-window }

# %% [markdown] tags=["zh"]
# ## 逐个输出 { #by-window }

# %%
import torch
from torch.nn import functional as F

from convdocs import cat, corr2d, output_shape


def corr2d_by_window(X, K):
    k_h, k_w = K.shape
    rows = range(X.shape[0] - k_h + 1)
    columns = range(X.shape[1] - k_w + 1)
    return torch.stack(
        [
            torch.stack(
                [(K * X[i : i + k_h, j : j + k_w]).sum() for j in columns]
            )
            for i in rows
        ]
    )


X = torch.arange(9.0).reshape(3, 3)
K = torch.arange(4.0).reshape(2, 2)
corr2d_by_window(X, K)

# %% [markdown] tags=["en"]
# The two `range`s are the size of the *output*; the slice is the window. The result has the dtype
# and the device of its inputs, because everything in it was computed from them.
#
# ## Weight by weight { #by-weight }

# %% [markdown] tags=["zh"]
# 两个 `range` 是*输出*的大小，切片则是窗口。结果里的一切都由两个输入算出，所以数据类型和所在设备与输入相同。
#
# ## 逐个权重 { #by-weight }


# %%
def corr2d_by_weight(X, K):
    k_h, k_w = K.shape
    h, w = X.shape[0] - k_h + 1, X.shape[1] - k_w + 1
    return sum(
        K[a, b] * X[a : a + h, b : b + w]
        for a in range(k_h)
        for b in range(k_w)
    )


corr2d_by_weight(X, K)

# %% [markdown] tags=["en"]
# ## The check { #check }
#
# Agreement on one small example proves little. Compare on random images, with kernels of many
# shapes, against code that somebody else wrote: PyTorch's.

# %% [markdown] tags=["zh"]
# ## 检验 { #check }
#
# 在一个小例子上吻合，说明不了什么。取随机图像和许多不同形状的卷积核，与别人写的代码，也就是 PyTorch
# 的，逐一比较：

# %%
torch.manual_seed(0)
worst = 0.0
trials = 0
for k_h in (1, 2, 3):
    for k_w in (1, 4, 5):
        image = torch.randn(12, 9, dtype=torch.float64)
        kernel = torch.randn(k_h, k_w, dtype=torch.float64)
        reference = F.conv2d(image[None, None], kernel[None, None])[0, 0]
        for mine in (corr2d_by_window, corr2d_by_weight, corr2d):
            difference = (mine(image, kernel) - reference).abs().max().item()
            worst = max(worst, difference)
            trials += 1
assert worst < 1e-12
trials

# %% [markdown] tags=["en"]
# All {{ trials }} comparisons agree to rounding: `assert` would have stopped this page from
# being built. The third in the loop is [`corr2d`][convdocs.corr2d] of this site's package. It goes by weights as well, but takes a whole row of the kernel at a time: to multiply each weight of a row by its pixels and to add up the results is one
# matrix product, the operation that libraries do fastest.
#
# ## Why the order matters { #order }
#
# Both orders multiply and add equally often. But in the first, Python makes a step for every
# output; in the second, for every weight, and each step is one operation on a whole image, which
# the library does in compiled code. Count the steps for the [photo of the cat](kernels.ipynb) and a 3×3 kernel:

# %% [markdown] tags=["zh"]
# 全部 {{ trials }} 次比较都在舍入误差之内吻合，否则 `assert` 会让这一页无法生成。循环中的第三个是本站软件包的
# [`corr2d`][convdocs.corr2d]，它也按权重计算，只是一次算卷积核的一整行：一行权重各乘以对应的像素再相加，恰好就是一次矩阵乘积，而矩阵乘积是各种库里最快的运算。
#
# ## 次序为什么重要 { #order }
#
# 两种次序的乘法和加法一样多。不过按第一种次序，Python 要为每个输出走一步；按第二种次序，只为每个权重
# 走一步，而每一步都是对整幅图像的一次运算，由库里编译好的代码完成。拿[那张猫的照片](kernels.ipynb)和一个 3×3 卷积核来数一数步数：

# %%
h, w = output_shape(cat(gray=True).shape, (3, 3))
steps = {"by window": h * w, "by weight": 3 * 3}
steps

# %% [markdown] tags=["en"]
# {{ steps["by window"] }} steps against {{ steps["by weight"] }}. A step on the whole photo does take longer than a step on one window, about ten to thirty times as long
# on the machines that we tried. But there are some {{ int(round(steps["by window"] / steps["by weight"], -3)) }} times fewer of them, so the second order is far quicker;
# [how fast is it?](../performance.md) has the figures.
#
# Edit the numbers, the sizes and the options, and copy what you see as code:
#
# <correlation-lab preset="stride"></correlation-lab>
#
# ## What a wrong input should do { #errors }
#
# A kernel larger than the image has no place to go. Here `corr2d_by_weight` says nothing and
# returns an empty tensor, which a later step would turn into a puzzle. The package refuses, and says what
# came and what was wanted:

# %% [markdown] tags=["zh"]
# {{ steps["by window"] }} 步对 {{ steps["by weight"] }} 步。处理整幅照片的一步，当然比处理一个窗口的一步花时间，在我们试过的机器上大约是它的十到三十倍；但步数只有大约 {{ int(round(steps["by window"] / steps["by weight"], -3)) }} 分之一，
# 所以第二种次序快得多，具体的数见[有多快？](../performance.md)。
#
# 改一改数值、大小和选项，再把眼前的例子复制成代码：
#
# <correlation-lab preset="stride"></correlation-lab>
#
# ## 输入不对时该怎么办 { #errors }
#
# 卷积核比图像还大，就无处可放。在下面的例子里，`corr2d_by_weight` 不报错，只返回一个空张量，到后面的步骤才引出难查的错误。本站的软件包则拒绝
# 计算，并说明收到了什么、要求是什么：

# %%
print(tuple(corr2d_by_weight(X, torch.ones(4, 4)).shape))
try:
    corr2d(X, torch.ones(4, 4))
except ValueError as error:
    print(error)

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** `(K * window).sum()` and `K @ window` are different things. Compute both for the first
# window, and say which entries of the image each one meets.

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** `(K * window).sum()` 和 `K @ window` 是两回事。对第一个窗口分别计算，并说出它们各用到图像的哪些元素。

# %% [markdown] tags=["en", "hint"]
# `*` multiplies entries in the same place, `@` rows by columns.

# %% [markdown] tags=["zh", "hint"]
# `*` 把相同位置的元素相乘，`@` 用行乘列。

# %% [markdown] tags=["en", "answer"]
# Both meet the same four pixels. The first gives one number, the sum of products of entries in
# the same place; the second is the matrix product, four numbers that mix rows with columns.

# %% [markdown] tags=["zh", "answer"]
# 两者用到的是同样的四个像素。前者把相同位置的元素相乘再求和，得到一个数；后者是矩阵乘积，行与列
# 混合，得到四个数。

# %% tags=["answer"]
window = X[:2, :2]
(K * window).sum(), K @ window

# %% [markdown] tags=["en"]
# **2.** Add a stride `s` to `corr2d_by_weight` by changing nothing but the slices.

# %% [markdown] tags=["zh"]
# **2.** 只改动切片，给 `corr2d_by_weight` 加上步幅 `s`。

# %% [markdown] tags=["en", "hint"]
# Keep the slices that stand, and slice their results once more.

# %% [markdown] tags=["zh", "hint"]
# 保留原来的切片，再对切出的结果切一次。

# %% [markdown] tags=["en", "answer"]
# Each weight now meets every `s`-th pixel of its piece. Slicing to the piece first and taking
# every `s`-th pixel of it keeps the sizes right without a formula.

# %% [markdown] tags=["zh", "answer"]
# 现在每个权重只乘以它那一块中的一部分像素，每 `s` 个取一个。先切出整块，再这样取，不用公式，大小也不会错。


# %% tags=["answer"]
def corr2d_strided(X, K, s):
    k_h, k_w = K.shape
    h, w = X.shape[0] - k_h + 1, X.shape[1] - k_w + 1
    return sum(
        K[a, b] * X[a : a + h, b : b + w][::s, ::s]
        for a in range(k_h)
        for b in range(k_w)
    )


image, kernel = torch.rand(10, 13), torch.rand(3, 2)
torch.testing.assert_close(
    corr2d_strided(image, kernel, 2), corr2d(image, kernel, stride=2)
)

# %% [markdown] tags=["en"]
# **3.** `unfold` lays all windows out as columns of a matrix, so that cross-correlation becomes
# one matrix product. Write it, and count the numbers that it stores for a 100×100 image and a
# 5×5 kernel.

# %% [markdown] tags=["zh"]
# **3.** `unfold` 把所有窗口排成矩阵的列，互相关于是变成一次矩阵乘积。写出来，再数一数：对 100×100 的图像和
# 5×5 的卷积核，它要存多少个数？

# %% [markdown] tags=["en", "hint"]
# `F.unfold` wants an image of four axes, and returns one column for each window.

# %% [markdown] tags=["zh", "hint"]
# `F.unfold` 要求图像有四个轴，返回的每一列是一个窗口。


# %% tags=["answer"]
def corr2d_by_matrix(X, K):
    columns = F.unfold(X[None, None], K.shape)[0]
    Y = K.reshape(1, -1) @ columns
    return Y.reshape(X.shape[0] - K.shape[0] + 1, -1), columns.numel()


image, kernel = torch.rand(100, 100), torch.rand(5, 5)
result, stored = corr2d_by_matrix(image, kernel)
torch.testing.assert_close(result, corr2d(image, kernel))
stored, stored / image.numel()

# %% [markdown] tags=["en", "answer"]
# {{ stored }} numbers, {{ stored / image.numel() }} times the image: nearly every pixel is copied
# once for every weight. The method is known as *im2col*. Matrix products are what computers do fastest, so libraries pay that
# price, [form the matrix piece by piece](https://arxiv.org/abs/1410.0759), or
# [find sums with fewer products](https://arxiv.org/abs/1509.09308).

# %% [markdown] tags=["zh", "answer"]
# {{ stored }} 个数，是图像的 {{ stored / image.numel() }} 倍：几乎每个像素都要为每个权重复制一份。这种做法叫作 *im2col*。矩阵乘积是计算机最拿手的运算，所以各种库要么付这个代价，要么[一块一块地临时拼出矩阵](https://arxiv.org/abs/1410.0759)，要么[换用乘法更少的算法](https://arxiv.org/abs/1509.09308)。

# %% [markdown] tags=["en"]
# A photo has three numbers at every pixel, not one. [Next](channels.ipynb): what a kernel does
# with channels.

# %% [markdown] tags=["zh"]
# 照片的每个像素有三个数，而不是一个。[下一课](channels.ipynb)来看卷积核怎样对待通道。
