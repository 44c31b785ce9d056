# ---
# jupyter:
#   convdocs:
#     description:
#       en: What a convolutional layer does to an image, one window at a time, and how large its output is.
#       zh: 卷积层对图像做了什么：一次看一个窗口，逐步算出输出，以及输出有多大。
# ---

# %% [markdown] tags=["en"]
# # Cross-correlation: the sliding window { #cross-correlation }
#
# What does a convolutional layer do to an image? It lays a small matrix of weights, the
# **kernel**, over a corner of the image, multiplies each weight by the pixel under it, and adds
# the products up. That is one number of the output. Then it moves the kernel by one pixel and
# does the same again, until every place has been visited.
#
# ![The top left window of a 3×3 input meets a 2×2 kernel; the sum of the four products is the first output.](../pic/cross-correlation.svg)
#
# The operation is called **cross-correlation**. For an image $X$ and a kernel $K$ of height
# $k_h$ and width $k_w$, the output $Y = X \star K$ is
#
# $$Y_{i,j} = \sum_{a=0}^{k_h - 1} \sum_{b=0}^{k_w - 1} K_{a,b} \, X_{i + a,\, j + b}$$
#
# The indices $i, j$ say where the window is; $a, b$ run over the kernel.

# %% [markdown] tags=["zh"]
# # 互相关：滑动的窗口 { #cross-correlation }
#
# 卷积层究竟对图像做了什么？它把一个小小的权重矩阵，也就是**卷积核**（kernel，也称滤波器），盖在图像的一角，让每个权重
# 乘以它下面的像素，再把乘积加起来，得到输出中的一个数。然后把卷积核移动一个像素，重复同样的计算，
# 直到走遍所有位置。
#
# ![3×3 输入左上角的窗口与 2×2 卷积核按元素相乘，四个乘积之和就是第一个输出。](../pic/cross-correlation.svg)
#
# 这种运算叫作**互相关**（也称交叉相关）。设图像为 $X$，卷积核 $K$ 的高为 $k_h$、宽为 $k_w$，则输出
# $Y = X \star K$ 为
#
# $$Y_{i,j} = \sum_{a=0}^{k_h - 1} \sum_{b=0}^{k_w - 1} K_{a,b} \, X_{i + a,\, j + b}$$
#
# 下标 $i, j$ 指出窗口在哪里，$a, b$ 则遍历卷积核。

# %% [markdown] tags=["en"]
# ## One window { #one-window }
#
# Take the image and the kernel of the picture. The first window is the top left 2×2 piece of
# the image. Multiply it element by element with the kernel (the Hadamard product, not the matrix
# product) and add up:

# %% [markdown] tags=["zh"]
# ## 一个窗口 { #one-window }
#
# 取图中的图像和卷积核。第一个窗口是图像左上角的 2×2 小块。让它与卷积核按元素相乘（即哈达玛积，Hadamard product，不是矩阵乘积），再求和：

# %%
import torch
from torch.nn import functional as F

from convdocs import corr2d, output_shape

X = torch.arange(9.0).reshape(3, 3)
K = torch.arange(4.0).reshape(2, 2)

window = X[0:2, 0:2]
window * K, (window * K).sum()

# %% [markdown] tags=["en"]
# The products are those under the picture, and their sum is {{ int((window * K).sum()) }}.
#
# ## Every window { #every-window }
#
# The window has four places: two down times two across. The function
# [`corr2d`][convdocs.corr2d] visits them all:
#
# ![The window visits the four places of the input, and the outputs appear one after the other.](../pic/sliding-kernel.svg)

# %% [markdown] tags=["zh"]
# 这些乘积正是图下方的那几项，它们的和是 {{ int((window * K).sum()) }}。
#
# ## 所有窗口 { #every-window }
#
# 窗口有四个位置：竖直方向两个，乘以水平方向两个。函数 [`corr2d`][convdocs.corr2d] 会走遍它们：
#
# ![窗口走过输入的四个位置，四个输出依次出现。](../pic/sliding-kernel.svg)

# %%
Y = corr2d(X, K)
Y

# %% [markdown] tags=["en"]
# Change any number, and step through the windows:
#
# <correlation-lab preset="window"></correlation-lab>
#
# PyTorch's own function computes the same. True convolution flips the kernel
# first, as [a later lesson](correlation-vs-convolution.ipynb) shows. This function is named after convolution, and slides the kernel over the image as it stands. It wants two more axes in front, for the images of a batch and for
# channels:

# %% [markdown] tags=["zh"]
# 改动任何一个数，一步一步地看每个窗口：
#
# <correlation-lab preset="window"></correlation-lab>
#
# PyTorch 自带的函数算出同样的结果。严格意义上的卷积要先翻转卷积核，[后面的一课](correlation-vs-convolution.ipynb)会讲到；
# 这个函数虽以“卷积”为名，在图像上滑动的却是原样的卷积核。它要求前面多加两个轴：一个给批量（一批图像），一个给通道：

# %%
library = F.conv2d(X[None, None], K[None, None])
assert torch.equal(library[0, 0], Y)
library

# %% [markdown] tags=["en"]
# ## How large is the output? { #output-size }
#
# The kernel must lie inside the image, so the output is smaller than the input. Along an axis of
# $n$ pixels, a kernel of $k$ weights can start at pixel 0, at pixel 1, and so on up to pixel
# $n - k$: that makes $n - k + 1$ places.
#
# ![A kernel of three weights under a row of six pixels, at each of the four places where it fits.](../pic/output-size.svg)

# %% [markdown] tags=["zh"]
# ## 输出有多大？ { #output-size }
#
# 卷积核必须完全落在图像之内，所以输出比输入小。沿着一个有 $n$ 个像素的轴，$k$ 个权重的卷积核可以从
# 像素 0 开始，从像素 1 开始，直到从像素 $n - k$ 开始，一共 $n - k + 1$ 个位置。
#
# ![一行六个像素下方，三个权重的卷积核依次处于能放下的四个位置。](../pic/output-size.svg)

# %%
(
    output_shape((3, 3), (2, 2)),
    output_shape((6, 8), (1, 2)),
    output_shape((300, 451), (5, 5)),
)

# %% [markdown] tags=["en"]
# Three more numbers change the size, and each is chosen before any learning starts: the
# **stride** $s$ moves the window by $s$ pixels at a time; **padding** $p$ puts $p$ rows or
# columns of zeros at every side; **dilation** $d$ puts the weights $d$ pixels apart, so that $d = 1$ is
# an ordinary kernel. Together ([Dumoulin and Visin](https://arxiv.org/abs/1603.07285), relationship 15),
#
# $$o = \left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1$$
#
# The brackets round down. With $n = 10$, $k = 3$ and $s = 2$ there are 4 places, and no window sees the last pixel.
# In *Dive into Deep Learning*, $p$ counts the zeros at both sides together; here, as in PyTorch, those at each side.
# With padding, an odd kernel can keep the size of the image; with a stride of 2 and a padding of $(k - 1) / 2$, the output has half of it:

# %% [markdown] tags=["zh"]
# 还有三个数会改变输出的大小，它们都在学习开始之前选定：**步幅**（stride，也称步长）$s$ 让窗口每次移动 $s$ 个像素；
# **填充**（padding）$p$ 在每一边补上 $p$ 行或 $p$ 列零；**空洞**（dilation，也称膨胀）$d$ 让相邻权重的间距为 $d$ 个像素，
# $d = 1$ 就是没有空洞。合起来就是
# （[Dumoulin 和 Visin](https://arxiv.org/abs/1603.07285)，关系式 15）
#
# $$o = \left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1$$
#
# 这个括号表示向下取整。例如 $n = 10$、$k = 3$、$s = 2$ 时有 4 个位置，最后一个像素不在任何窗口里。《动手学深度学习》里的 $p$ 是两边合计补的行数，
# 这里和 PyTorch 一样，指每一边补的行数。有了填充，边长为奇数的卷积核可以保持图像的大小；步幅为 2 且填充为 $(k - 1) / 2$ 时，输出的边长减半：

# %%
same = output_shape((224, 224), (3, 3), padding=1)
half = output_shape((224, 224), (7, 7), padding=3, stride=2)
same, half

# %%
image, kernel = torch.rand(1, 1, 20, 31), torch.rand(1, 1, 3, 5)
options = dict(padding=(2, 1), stride=(2, 3), dilation=(3, 2))
ours = corr2d(image[0, 0], kernel[0, 0], **options)
assert ours.shape == output_shape((20, 31), (3, 5), **options)
torch.testing.assert_close(ours, F.conv2d(image, kernel, **options)[0, 0])

# %% [markdown] tags=["en"]
# The last cell prints nothing: it checks. On a random image, with all three options at once, the
# output has the size that the formula says and the values that PyTorch computes.
#
# ## What is learnt, what is chosen { #parameters }
#
# A convolutional layer cross-correlates its input with a kernel and adds a number, the **bias**,
# to every output. The kernel's weights and the bias are its **parameters**: learning finds them.
# The kernel's size, the stride, the padding, the dilation and the number of output
# channels are **hyperparameters**: you choose them. (The input brings its own number of channels.)

# %% [markdown] tags=["zh"]
# 最后这个单元格什么也不打印，它只做检查：取一幅随机图像，三个选项同时使用，输出的大小与公式一致，
# 数值与 PyTorch 的结果一致。
#
# ## 学的是什么，选的是什么 { #parameters }
#
# 卷积层让输入与卷积核作互相关，再给每个输出加上同一个数，即**偏置**。卷积核的权重和偏置是它的**参数**，由学习得到；卷积核的大小、步幅、填充、空洞和输出通道数是**超参数**，由你选定。（输入通道数由输入决定。）

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** Without running anything: which numbers of the output do not change when the bottom
# right pixel of the 3×3 image becomes 100?

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** 先不运行代码：把 3×3 图像右下角的像素改成 100，输出中有哪些数不变？

# %% [markdown] tags=["en", "hint"]
# Which of the four windows hold that pixel?

# %% [markdown] tags=["zh", "hint"]
# 四个窗口中，哪些包含这个像素？

# %% [markdown] tags=["en", "answer"]
# Only the window at the bottom right holds that pixel, so the other three outputs stay.

# %% [markdown] tags=["zh", "answer"]
# 只有右下角的窗口包含这个像素，所以另外三个输出都不变。

# %% tags=["answer"]
changed = X.clone()
changed[2, 2] = 100
corr2d(changed, K) == Y

# %% [markdown] tags=["en"]
# **2.** Which 3×3 kernel, with padding 1, returns every image unchanged?

# %% [markdown] tags=["zh"]
# **2.** 填充为 1 时，哪个 3×3 卷积核能让任何图像原样输出？

# %% [markdown] tags=["en", "hint"]
# With padding 1, which weight lies over the pixel $i, j$ when the output $i, j$ is computed?

# %% [markdown] tags=["zh", "hint"]
# 填充为 1 时，计算位置 $i, j$ 的输出，是哪个权重正好盖在像素 $i, j$ 上？

# %% [markdown] tags=["en", "answer"]
# The output at $i, j$ must be the pixel at $i, j$. With padding 1 that pixel lies under the
# middle of the kernel, so the middle weight is 1 and all others are 0.

# %% [markdown] tags=["zh", "answer"]
# 位置 $i, j$ 的输出应当就是 $i, j$ 处的像素。填充为 1 时，这个像素正在卷积核的中心之下，所以中心的
# 权重为 1，其余为 0。

# %% tags=["answer"]
identity = torch.zeros(3, 3)
identity[1, 1] = 1
assert torch.equal(corr2d(X, identity, padding=1), X)
identity

# %% [markdown] tags=["en"]
# **3.** An image of 32×32 goes through two layers with 5×5 kernels, without padding. How large
# is the output, and which single kernel size would give the same?

# %% [markdown] tags=["zh"]
# **3.** 一幅 32×32 的图像依次经过两个层，卷积核都是 5×5，没有填充。输出有多大？换成一个层，卷积核取
# 多大能得到同样大小的输出？

# %% [markdown] tags=["en", "hint"]
# Without padding, a kernel of $k$ weights takes $k - 1$ pixels off an axis.

# %% [markdown] tags=["zh", "hint"]
# 没有填充时，$k$ 个权重的卷积核让一个轴减少 $k - 1$ 个像素。

# %% [markdown] tags=["en", "answer"]
# Each layer takes four pixels off every axis. One kernel of 9×9 takes off eight: two layers of 5
# see as far as one of 9. This is the [receptive field](locality.ipynb) again, which grows with depth.

# %% [markdown] tags=["zh", "answer"]
# 每一层都让每个轴减少四个像素，而一个 9×9 的卷积核减少八个。两层 5×5 看到的范围与一层 9×9 一样大：
# 这正是[前面](locality.ipynb)测过的感受野，它随深度增大。

# %% tags=["answer"]
twice = output_shape(output_shape((32, 32), (5, 5)), (5, 5))
assert twice == output_shape((32, 32), (9, 9))
twice

# %% [markdown] tags=["en"]
# The kernel of this lesson was chosen for easy sums. The [next lesson](kernels.ipynb) shows what
# kernels with a purpose do to a photo.

# %% [markdown] tags=["zh"]
# 这一课的卷积核只是为了便于手算而取的。[下一课](kernels.ipynb)来看各有用途的卷积核会对照片做什么。
