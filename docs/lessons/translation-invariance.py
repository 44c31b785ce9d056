# ---
# jupyter:
#   convdocs:
#     description:
#       en: One detector for all places means shared weights. The response then shifts with the input, which is measured here.
#       zh: 所有位置用同一个检测器，就是权重共享。响应于是随输入平移，本课把它测出来。
# ---

# %% [markdown] tags=["en"]
# # Principle 1: translation invariance { #translation-invariance }
#
# A detector that has learnt to see an ear at the left of the photo should see it
# at the right as well. What does that demand of the weights?
#
# That they are the same everywhere. Seen from the hidden unit, the window of weights must not depend on which unit it is. With $X = 0$ outside the image, as before:
#
# $$\begin{aligned}
# V_{i,j,a,b} &= v_{a,b} \\
# H_{i,j} &= \sum_{a,b} v_{a,b} \, X_{i + a,\, j + b}
# \end{aligned}$$
#
# This is called **weight sharing**, and convolutional neural networks (CNNs) have had it [from the start](https://doi.org/10.1162/neco.1989.1.4.541). When the image moves, the responses move with
# it:
#
# ![A cross in an image and a detector's response to it; the cross moves, and the response moves by as much.](../pic/translation-invariance.svg)

# %% [markdown] tags=["zh"]
# # 原则一：平移不变性 { #translation-invariance }
#
# 检测器在照片左边学会了认耳朵，到右边也应当认得出来。这对权重提出了什么要求？
#
# 要求它们处处相同。不论从哪个隐藏单元看过去，权重的窗口都应当一样。和前面一样，在图像之外取 $X = 0$：
#
# $$\begin{aligned}
# V_{i,j,a,b} &= v_{a,b} \\
# H_{i,j} &= \sum_{a,b} v_{a,b} \, X_{i + a,\, j + b}
# \end{aligned}$$
#
# 这叫作**权重共享**，卷积神经网络（CNN）[从一开始](https://doi.org/10.1162/neco.1989.1.4.541)就这样做。图像移动，响应也跟着移动：
#
# ![图像中的十字和检测器对它的响应；十字移动，响应也移动同样多。](../pic/translation-invariance.svg)

# %% [markdown] tags=["en"]
# ## Sharing { #sharing }
#
# Start from the fully connected layer of the [last lesson](rethinking-dense.ipynb), with
# random weights. Its windows differ from unit to unit. To put one window in the place of all, take the one
# that is nearest to them, with the least sum of squared differences. This is their mean: at each offset, the mean of the weights of all units that have a pixel
# there. [`share`][convdocs.share] computes it:

# %% [markdown] tags=["zh"]
# ## 共享 { #sharing }
#
# 从[上一课](rethinking-dense.ipynb)那个权重随机的全连接层出发。各个单元的窗口互不相同。要用一个公共的窗口代替它们，不妨取与它们最接近的那个，即使差的平方和最小的窗口。这就是平均：对每个偏移，把在那里有像素的各个单元的权重取平均。
# [`share`][convdocs.share] 算的就是这个平均窗口：

# %%
import torch
from torch.nn import functional as F

from convdocs import (
    corr2d,
    dense2d,
    distance_to_shared,
    kernel_to_dense,
    pool2d,
    share,
    to_relative,
)

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
h, w = 12, 12

W = torch.randn(h, w, h, w)
v = share(to_relative(W))
shared = kernel_to_dense(v, (h, w), padding=(h - 1, w - 1))
W.numel(), v.shape, v.numel()

# %% [markdown] tags=["en"]
# {{ W.numel() }} weights have become {{ v.numel() }}. How far a layer is from sharing can be measured: [`distance_to_shared`][convdocs.distance_to_shared] is its distance to
# the nearest layer whose weights are shared, as the root of the sum of squared differences. Compare it with the distance of $W$ from a layer of zeros,
# {{ round(W.norm().item(), 1) }}. The best shared layer is hardly nearer than that: random weights have almost nothing in common that could be shared.

# %% [markdown] tags=["zh"]
# {{ W.numel() }} 个权重变成了 {{ v.numel() }} 个。一个层离权重共享有多远，可以测量：[`distance_to_shared`][convdocs.distance_to_shared] 就是它到最近的一个权重共享的层的距离，即各个差的平方和的平方根。$W$ 到全零的层的距离是 {{ round(W.norm().item(), 1) }}，
# 两者比一比：最好的共享权重也近不了多少，可见随机的权重几乎没有共同之处。

# %%
round(distance_to_shared(W), 1), round(distance_to_shared(shared), 12)

# %% [markdown] tags=["en"]
# What was given up? The layer can no longer treat the corners in their own way. Fewer functions are left to choose from, that is, the **hypothesis space** is
# smaller, and the model less complex; so fewer examples are needed to choose one: an image and its output give {{ h * w }} equations, so {{ W.numel() }} weights take at least
# {{ h * w }} images, and {{ v.numel() }} weights {{ -(-v.numel() // (h * w)) }}. And what is left can be computed by sliding one window over the image:

# %% [markdown] tags=["zh"]
# 放弃了什么？这个层再也不能对角落另眼相看。可供选择的函数少了，也就是说**假设空间**小了，模型的复杂度降低了，所以选定一个函数所需的例子也少了：一幅图像连同它的输出给出 {{ h * w }} 个方程，{{ W.numel() }} 个权重至少要 {{ h * w }} 幅图像，而 {{ v.numel() }} 个权重只要 {{ -(-v.numel() // (h * w)) }} 幅。剩下的这些函数，只要让一个窗口在图像上滑动就能算出：

# %%
X = torch.randn(h, w)
H = dense2d(X, shared)
torch.testing.assert_close(H, corr2d(X, v, padding=(h - 1, w - 1)))
torch.testing.assert_close(
    H, F.conv2d(X[None, None], v[None, None], padding=h - 1)[0, 0]
)

# %% [markdown] tags=["en"]
# The window $v$ is a kernel, and the operation is
# [cross-correlation](cross-correlation.ipynb). The kernel is still huge: with 23×23 weights it is larger
# than the image.
#
# ## Shifts, measured { #measured }
#
# The picture above says: shift the input, and the output shifts. The exact word for this is **translation equivariance**; *invariance* would mean that the output does not change at all.
# (Networks can also be made [equivariant to rotations and reflections](https://arxiv.org/abs/1602.07576).) Let us
# measure how well it holds. Shift an image by $(2, 3)$ in a circle, so that what leaves at one side
# comes in at the other, and compare "shift, then detect" with "detect, then shift":

# %% [markdown] tags=["zh"]
# 窗口 $v$ 就是卷积核，这个运算就是[互相关](cross-correlation.ipynb)。不过这个卷积核仍然很大：23×23 个权重，比图像还大。
#
# ## 测一测平移 { #measured }
#
# 由上图可见，输入平移，输出也跟着平移。准确的说法是**平移等变性**；*不变性*则是指输出完全不变。（网络还可以做到[对旋转和翻转等变](https://arxiv.org/abs/1602.07576)。）来测一测它成立到什么程度。把图像循环平移
# $(2, 3)$，从一边出去的从另一边进来，然后比较“先平移后检测”与“先检测后平移”：

# %%
K = torch.randn(3, 3)


def error(detect, shift=(2, 3), step=1):
    moved = detect(X.roll(shift, dims=(0, 1)))
    expected = detect(X).roll([s // step for s in shift], dims=(0, 1))
    return (moved - expected).abs()


def circular(X):
    return corr2d(X, K, padding=1, padding_mode="circular")


def zeros(X):
    return corr2d(X, K, padding=1)


def dense(X):
    return dense2d(X, W)


for detect in (circular, zeros, dense):
    print(f"{detect.__name__:9}{error(detect).max().item():7.3f}")

# %% [markdown] tags=["en"]
# With circular padding the two are equal. With zero padding they differ, and for the fully connected layer they differ everywhere:

# %% [markdown] tags=["zh"]
# 用循环填充时，两者完全相等。用零填充时，只在边界附近不相等；全连接层则处处不相等：

# %% alt={"en": "Two maps of the error at every pixel. With zero padding it is zero but for the rows and columns at the border and those where the border was moved to. For the fully connected layer it is large everywhere.", "zh": "两幅逐像素的误差图。零填充时，除了边界以及边界移到之处的行和列，误差都为零。全连接层的误差处处都大。"}
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(4.5, 2.3), layout="constrained")
for ax, detect in zip(axes, (zeros, dense)):
    shown = ax.imshow(error(detect), cmap="viridis", vmin=0)
    ax.set(xticks=[], yticks=[], xlabel=f"error({detect.__name__})")
    figure.colorbar(shown, ax=ax)

# %%
inner = error(zeros)[3:-1, 4:-1]
assert inner.max() == 0
assert error(circular).max() == 0

# %% [markdown] tags=["en"]
# Away from the borders, weight sharing is exactly equivariant. Zeros at the border tell a kernel where the
# image ends, and there it sees something else. Deep networks have been found to [use that](https://arxiv.org/abs/2001.08248): from their features, it can be told
# where in the image a pixel is.
#
# ## Stride and pooling { #stride-and-pooling }
#
# Networks do two more things that matter here. A stride of 2 looks at every second place, and so, mostly, does pooling, which takes the largest
# number in a window, or the mean of all. A shift by an even number of pixels then shifts the output by half of it, but after a shift by one pixel, other places are looked at:

# %% [markdown] tags=["zh"]
# 在远离边界处，权重共享的层严格等变。边界上的零让卷积核知道图像到此为止，它在那里看到的是别的东西。有人发现，深层网络[会利用这一点](https://arxiv.org/abs/2001.08248)：从它们的特征中可以读出像素在图像里的位置。
#
# ## 步幅和汇聚（池化） { #stride-and-pooling }
#
# 网络常做的另外两件事也会影响结果。步幅为 2 时，每两个位置只看一个；汇聚通常也这样跳着取：它取每个窗口里最大的数，或取平均。平移偶数个像素，输出平移其一半；但平移一个像素，看的就是另外一些位置了：


# %%
def strided(X):
    return circular(X)[::2, ::2]


def pooled(X):
    return pool2d(circular(X), 2, stride=2)


for detect in (strided, pooled):
    even = error(detect, shift=(2, 4), step=2).max().item()
    odd = error(detect, shift=(1, 0), step=2).max().item()
    assert even == 0
    print(f"{detect.__name__}: even shift {even:.3f}, odd shift {odd:.3f}")

# %% [markdown] tags=["en"]
# Large networks, too, may classify a photo differently when it is shifted by a pixel or two. How often they do, and how a blur before each strided layer helps,
# has [been measured](https://arxiv.org/abs/1904.11486).
#
# And where does *invariance* come from, a cat being a cat wherever it is? From putting all places together at the end.
# Take the largest response, or the mean of all: neither depends on where the response was.

# %% [markdown] tags=["zh"]
# 大型网络也是如此：照片只平移一两个像素，分类结果就可能改变。[有人测量过](https://arxiv.org/abs/1904.11486)这种情况有多常见，还发现，每次以大于 1 的步幅跳着取之前，先作模糊，就能缓解。
#
# 那么真正的*不变*，即猫在哪里都是猫，又从哪里来？来自最后对所有位置的汇总。取最大的响应，或取平均：两者都与响应出现在哪里无关。


# %%
def all_together(X):
    return circular(X).amax(), circular(X).mean()


moved = X.roll((2, 3), dims=(0, 1))
torch.testing.assert_close(all_together(moved), all_together(X))

# %% [markdown] tags=["en"]
# Drag the shape, and watch both errors:
#
# <shift-lab></shift-lab>
#
# So the first principle gives equivariance; global **pooling** on top of it turns that into invariance, exactly so where the
# borders are circular.
#
# ## Exercises { #exercises }
#
# **1.** Is the layer that adds 1 to every pixel of the left half equivariant? Say it, then measure it.

# %% [markdown] tags=["zh"]
# 拖动图形，看两个误差怎样变化：
#
# <shift-lab></shift-lab>
#
# 可见，第一个原则给出等变性，在它之上再作全局**汇聚**，才得到不变性；若填充是循环的，就严格不变。
#
# ## 练习 { #exercises }
#
# **1.** 有一个层把左半边的每个像素都加 1，它是等变的吗？先猜，再测。

# %% [markdown] tags=["en", "hint"]
# Does the layer treat a pixel differently when it is somewhere else?

# %% [markdown] tags=["zh", "hint"]
# 像素换了位置，这个层的处理会不同吗？

# %% [markdown] tags=["en", "answer"]
# It isn't: what it does to a pixel depends on where the pixel is. The error is 1 where the halves do not agree after the shift.

# %% [markdown] tags=["zh", "answer"]
# 不是：它对像素做什么，取决于像素的位置。平移之后左右两半对不上的地方，误差为 1。


# %% tags=["answer"]
def left_half(X):
    return X + (torch.arange(w) < w // 2)


error(left_half).max().item()

# %% [markdown] tags=["en"]
# **2.** Apply `relu` to the response. Does equivariance survive? And if you then apply a second kernel?

# %% [markdown] tags=["zh"]
# **2.** 让响应再经过一个 `relu`，等变性还在吗？接着再用第二个卷积核呢？

# %% [markdown] tags=["en", "hint"]
# Shift, then `relu`; or `relu`, then shift: is there a difference? Then use the answer twice.

# %% [markdown] tags=["zh", "hint"]
# 先平移再 `relu`，或先 `relu` 再平移，有区别吗？再把这个结论用两次。

# %% [markdown] tags=["en", "answer"]
# A function that treats every pixel alike commutes with shifts, and so does a chain of layers that each do. A deep
# convolutional network is equivariant as a whole, up to its borders and strides.

# %% [markdown] tags=["zh", "answer"]
# 对每个像素一视同仁的函数与平移可交换，由这样的层接起来的链也是如此。所以深层卷积网络整体上是等变的，只有边界和步幅例外。


# %% tags=["answer"]
def two_layers(X):
    return circular(torch.relu(circular(X)))


assert error(two_layers).max() == 0

# %% [markdown] tags=["en"]
# **3.** Show with numbers that the mean window is the best: no window near it is closer to $W$.

# %% [markdown] tags=["zh"]
# **3.** 用数值验证平均窗口是最好的：它附近没有别的窗口离 $W$ 更近。

# %% [markdown] tags=["en", "hint"]
# Write the distance from $W$ to the layer with window $v$ as a function of $v$, and add small random
# numbers to $v$.

# %% [markdown] tags=["zh", "hint"]
# 把 $W$ 到以 $v$ 为窗口的层的距离写成 $v$ 的函数，再给 $v$ 加上小的随机数。

# %% [markdown] tags=["en", "answer"]
# The squared distance is a quadratic bowl in $v$, so a point that is lowest nearby is lowest of all. Twenty small steps in
# random directions all lead up. That is evidence; the proof is the derivative, which is zero exactly where each $v_{a,b}$ is
# the mean of the weights that it replaces:

# %% [markdown] tags=["zh", "answer"]
# 距离的平方是 $v$ 的二次函数，像一只碗，附近最低的点就是全局最低点。沿二十个随机方向各走一小步，都是往上走。这只是证据；证明要看导数：当且仅当每个
# $v_{a,b}$ 等于它所代替的那些权重的平均值，导数才为零：


# %% tags=["answer"]
def distance(v):
    shared = kernel_to_dense(v, (h, w), padding=(h - 1, w - 1))
    return (W - shared).norm().item()


assert all(
    distance(v + 0.01 * torch.randn_like(v)) > distance(v) for _ in range(20)
)
round(distance(v), 3), round(distance_to_shared(W), 3)

# %% [markdown] tags=["en"]
# The kernel is shared, and as large as ever. [Next](locality.ipynb): the second principle makes it small.

# %% [markdown] tags=["zh"]
# 卷积核已经共享，却还和原来一样大。[下一课](locality.ipynb)用第二个原则把它变小。
