# ---
# jupyter:
#   convdocs:
#     description:
#       en: A detector need not look far, so its kernel is small. What Δ is, what it is not, and how far stacked layers see.
#       zh: 检测器不必看得很远，所以卷积核很小。Δ 是什么、不是什么，以及叠起来的层能看多远。
# ---

# %% [markdown] tags=["en"]
# # Principle 2: locality { #locality }
#
# To decide whether there is an ear here, how far must a detector look? Not to the other
# end of the photo. But the kernel of the [last lesson](translation-invariance.ipynb) does: it has a
# weight for every offset that an image has.
#
# **Locality** says: beyond some distance Δ, the weights are zero.
#
# ![A hidden unit and the window of 3×3 pixels around its place in the image.](../pic/locality.svg)
#
# $$v_{a,b} = 0, \quad \text{where } |a| > \Delta \text{ or } |b| > \Delta$$
#
# Nature does the same: a cell in a cat's visual cortex [answers to a small part of what the cat sees](https://doi.org/10.1113/jphysiol.1962.sp006837), and not to the rest. A weight goes as soon as *one* of its offsets is too large, so what is left is a square. Counting
# from $-\Delta$ through 0 to $\Delta$, its side is
#
# $$2\Delta + 1$$

# %% [markdown] tags=["zh"]
# # 原则二：局部性 { #locality }
#
# 要判断这里是不是耳朵，检测器得看多远？不必看到照片的另一头。可是[上一课](translation-invariance.ipynb)的卷积核偏偏看得到：图像里有多少种偏移，它就
# 有多少个权重。
#
# **局部性**说的是：超过某个距离 Δ，权重就是零。
#
# ![一个隐藏单元，以及图像中以它的位置为中心的 3×3 窗口。](../pic/locality.svg)
#
# $$v_{a,b} = 0, \quad \text{当 } |a| > \Delta \text{ 或 } |b| > \Delta$$
#
# 自然界也是这样：猫的视觉皮层里，一个细胞[只对视野中的一小块有响应](https://doi.org/10.1113/jphysiol.1962.sp006837)，对别处没有。两个偏移中*只要有一个*太大，权重就舍去，所以剩下的是一个正方形。从 $-\Delta$ 经过 0 数到 $\Delta$，它的边长是
#
# $$2\Delta + 1$$

# %% [markdown] tags=["en"]
# ## Cutting the kernel { #truncation }
#
# [`truncate`][convdocs.truncate] keeps the middle of a window and drops the rest. Applied to the shared window of a
# 12×12 image:

# %% [markdown] tags=["zh"]
# ## 截断卷积核 { #truncation }
#
# [`truncate`][convdocs.truncate] 保留窗口的中间部分，舍去其余。把它用于 12×12 图像的共享窗口：

# %%
import torch
from torch.nn import functional as F

from convdocs import (
    corr2d,
    dense2d,
    distance_to_local,
    kernel_to_dense,
    output_shape,
    receptive_field,
    to_absolute,
    to_relative,
    truncate,
)

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
h, w = 12, 12

v = torch.randn(2 * h - 1, 2 * w - 1)
for delta in (0, 1, 2, 11):
    kernel = truncate(v, delta)
    assert kernel.shape == (2 * delta + 1, 2 * delta + 1)
    print(f"Δ = {delta:2}: {kernel.numel():3} weights")

# %% [markdown] tags=["en"]
# The smallest kernel, Δ = 0, has one weight and looks at a single pixel. With Δ = 11 nothing is cut off.
#
# The layer with the cut kernel is an ordinary convolution, with a rim of zeros around the image, Δ pixels wide, so that border units have a full window, too:

# %% [markdown] tags=["zh"]
# 最小的卷积核，即 Δ = 0，只有一个权重，只看一个像素。Δ = 11 时什么也没截掉。
#
# 截断之后的层就是普通的卷积，在图像四周补 Δ 圈零，好让边界上的单元也有完整的窗口：

# %%
delta = 1
K = truncate(v, delta)
X = torch.randn(h, w)
local = kernel_to_dense(K, (h, w), padding=delta)
H = dense2d(X, local)
torch.testing.assert_close(H, corr2d(X, K, padding=delta))
torch.testing.assert_close(
    H, F.conv2d(X[None, None], K[None, None], padding=delta)[0, 0]
)
distance_to_local(local, delta), K.numel()

# %% [markdown] tags=["en"]
# ## Locality without sharing { #unshared }
#
# The two principles are independent. Cut the windows of a fully connected layer without sharing them, and every unit
# keeps a small kernel of its own:

# %% [markdown] tags=["zh"]
# ## 有局部性，但不共享 { #unshared }
#
# 两个原则互不依赖。如果只截断全连接层的窗口而不共享，每个单元就各有一个自己的小卷积核：

# %%
W = torch.randn(h, w, h, w)
V = truncate(to_relative(W), delta)
inside = truncate(to_relative(torch.ones_like(W)), delta).sum().int().item()
assert distance_to_local(to_absolute(V), delta) == 0
V.numel(), inside

# %% [markdown] tags=["en"]
# {{ V.numel() }} weights, of which {{ inside }} are inside the image, against {{ K.numel() }} when they are shared. Locality
# removes the distant weights; sharing makes one copy of those that are left. A layer that is local and not shared is called
# *locally connected* ([Goodfellow, Bengio and Courville](https://www.deeplearningbook.org/contents/convnets.html), section 9.5).
#
# ## Δ is not the stride { #delta-and-stride }
#
# Both are lengths in pixels, and they are easily confused. Δ says how far a window *reaches*; the stride says how far it *moves*.
# With a padding of Δ, a larger Δ makes more weights and leaves the outputs as many as before, and a larger stride makes fewer outputs and leaves the weights:

# %% [markdown] tags=["zh"]
# 共 {{ V.numel() }} 个权重，其中 {{ inside }} 个在图像之内；共享时则只有 {{ K.numel() }} 个。局部性去掉远处的权重，共享让剩下的只留一份。局部而不共享的层
# 叫作*局部连接层*（[Goodfellow、Bengio 和 Courville](https://www.deeplearningbook.org/contents/convnets.html)，9.5 节）。
#
# ## Δ 不是步幅 { #delta-and-stride }
#
# 两者都是以像素计的长度，容易混淆。Δ 说的是窗口*伸到*多远，步幅说的是窗口*移动*多远。若填充为 Δ，则 Δ 只改变权重的个数，步幅只改变输出的个数：

# %%
for delta in (1, 2):
    for stride in (1, 2):
        k = 2 * delta + 1
        out = output_shape((h, w), (k, k), padding=delta, stride=stride)
        print(
            f"Δ = {delta}, stride {stride}: {k * k:2} weights, output {out}"
        )

# %% [markdown] tags=["en"]
# ## How far a stack sees { #receptive-field }
#
# Does a small Δ not make the layer short-sighted? One layer, yes. But a second layer looks at responses that have already looked
# around, so distances add up. The region of the image that can change a unit is its **receptive field**. Which pixels change it, the derivatives tell: a
# pixel on which a unit of the last layer does not depend has the derivative 0. Take the unit in the middle, and count the pixels in its row whose derivative is not 0:

# %% [markdown] tags=["zh"]
# ## 多层叠起来能看多远 { #receptive-field }
#
# Δ 小，这个层不就成了近视眼？单独一层确实如此。但第二层看的是已经看过周围的响应，距离于是累加。图像中能影响一个单元的区域，叫作它的
# **感受野**。哪些像素能影响它，看导数就知道：与最后一层的某个单元无关的像素，导数为 0。取正中的单元，数一数它那一行里有多少个像素的导数不为 0：


# %%
def reach(layers):
    image = torch.zeros(31, 31, requires_grad=True)
    response = image
    for _ in range(layers):
        response = corr2d(response, torch.ones(3, 3), padding=1)
    response[15, 15].backward()
    return int((image.grad[15] != 0).sum())


fields = [reach(layers) for layers in range(1, 6)]
assert fields == [2 * layers + 1 for layers in range(1, 6)]
fields

# %%
layer = {"kernel_size": 3, "padding": 1}
assert fields == [receptive_field([layer] * n).size for n in range(1, 6)]
pool = {"kernel_size": 2, "stride": 2}
receptive_field([layer, pool, layer, pool, layer])

# %% [markdown] tags=["en"]
# Each 3×3 layer adds two pixels to the receptive field's side. The package counts it without derivatives, from the sizes alone: [`receptive_field`][convdocs.receptive_field] says the same
# of these stacks, and it knows strides as well. After a pooling of stride 2, neighbouring units lie two pixels apart, so that every later layer adds twice as much. A stack of small kernels sees as far as one large kernel, with fewer weights and
# room for a nonlinear function between each two; this is [why the VGG networks used them](https://arxiv.org/abs/1409.1556). The pixels
# in the middle of the field [weigh most](https://arxiv.org/abs/1701.04128), for more paths lead from them. Along one row, two layers of ones give:

# %% [markdown] tags=["zh"]
# 每加一层 3×3，感受野的边长就增加两个像素。软件包不求导数，只凭各层的大小就能算出它：[`receptive_field`][convdocs.receptive_field] 对这几种叠法给出同样的结果，还能处理步幅。经过步幅为 2 的汇聚之后，相邻的单元相距两个像素，所以后面每一层使感受野增加的像素数都翻倍。几层小卷积核叠起来，与一个大卷积核看得一样远，权重却更少，而且各层之间还可以插入非线性函数；[VGG 网络因此只用小卷积核](https://arxiv.org/abs/1409.1556)。
# 感受野中部的像素[影响最大](https://arxiv.org/abs/1701.04128)，因为从它们出发的路径更多。沿着一行看，两层全为 1 的卷积核给出：

# %%
row = torch.zeros(1, 9, requires_grad=True)
once = corr2d(row, torch.ones(1, 3), padding=(0, 1))
twice = corr2d(once, torch.ones(1, 3), padding=(0, 1))
twice[0, 4].backward()
assert row.grad.tolist() == [[0, 0, 1, 2, 3, 2, 1, 0, 0]]
row.grad.int()

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** Why "or" and not "and" in the formula for locality? What would be left with "and"?

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** 局部性的公式里为什么是“或”而不是“且”？换成“且”会剩下什么？

# %% [markdown] tags=["en", "hint"]
# Draw the offsets as a square, and cross out what each rule removes.

# %% [markdown] tags=["zh", "hint"]
# 把偏移画成方阵，划去每种规则去掉的部分。

# %% [markdown] tags=["en", "answer"]
# With "and", a weight would go only if both offsets are large: a cross of full length would be left, and a unit would still
# see from one border of the image to the other.

# %% [markdown] tags=["zh", "answer"]
# 换成“且”，只有两个偏移都大时权重才去掉，剩下的是一个通到边的十字，单元仍然能从图像的一边看到另一边。

# %% tags=["answer"]
a = torch.arange(-5, 6)[:, None].abs()
b = torch.arange(-5, 6)[None, :].abs()
either, both = (a > 1) | (b > 1), (a > 1) & (b > 1)
(~either).sum().item(), (~both).sum().item()

# %% [markdown] tags=["en"]
# **2.** Two layers with Δ = 2, or four with Δ = 1: which see further, and which have more weights?

# %% [markdown] tags=["zh"]
# **2.** 两层 Δ = 2，或四层 Δ = 1：哪个看得更远？哪个权重更多？

# %% [markdown] tags=["en", "hint"]
# A layer adds Δ pixels to the reach at each side.

# %% [markdown] tags=["zh", "hint"]
# 每一层让每一边的范围增加 Δ 个像素。

# %% [markdown] tags=["en", "answer"]
# They see equally far, for the reaches add up to 4 in both. The small kernels have fewer weights:

# %% [markdown] tags=["zh", "answer"]
# 看得一样远，因为两者累加起来都是 4。小卷积核的权重更少：


# %% tags=["answer"]
def weights(delta):
    return (2 * delta + 1) ** 2


2 * weights(2), 4 * weights(1)

# %% [markdown] tags=["en"]
# **3.** A random layer is far from local. What share of its squared norm lies within Δ = 1?

# %% [markdown] tags=["zh"]
# **3.** 权重随机的层远远谈不上局部。它的权重平方和，有多大比例落在 Δ = 1 的窗口之内？

# %% [markdown] tags=["en", "hint"]
# All weights are drawn from the same distribution. So what does the share depend on?

# %% [markdown] tags=["zh", "hint"]
# 所有权重来自同一分布，那么这个比例取决于什么？

# %% [markdown] tags=["en", "answer"]
# All weights are alike, so it is about the share of the weights that are within Δ = 1: the {{ inside }} from above among all.

# %% [markdown] tags=["zh", "answer"]
# 所有权重都差不多，所以大约就是 Δ = 1 之内的权重所占的比例，即上面的 {{ inside }} 个与全部之比。

# %% tags=["answer"]
share_inside = 1 - distance_to_local(W, 1) ** 2 / (W**2).sum().item()
assert abs(share_inside - inside / W.numel()) < 0.01
round(share_inside, 3), round(inside / W.numel(), 3)

# %% [markdown] tags=["en"]
# Each principle has been seen by itself. The [next lesson](dense-to-conv.ipynb) takes one layer through both, and counts.

# %% [markdown] tags=["zh"]
# 两个原则都单独看过了。[下一课](dense-to-conv.ipynb)让同一个层依次经过这两步，并数一数权重。
