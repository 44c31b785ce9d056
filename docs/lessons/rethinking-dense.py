# ---
# jupyter:
#   convdocs:
#     description:
#       en: A fully connected layer from image to image, its weight with four indices, and what re-indexing does and does not do.
#       zh: 从图像到图像的全连接层，带四个下标的权重，以及重新索引做了什么、没做什么。
# ---

# %% [markdown] tags=["en"]
# # The dense layer, rethought { #rethinking-dense }
#
# A fully connected layer takes a vector. To feed it an image you flatten the
# image, and then a pixel is far from the one below it. Can the layer
# be written so that it keeps rows and columns?
#
# Yes: let the input be a matrix $X$, and the hidden layer a matrix $H$ as well.
# Every hidden unit $(i, j)$ has a weight for every pixel $(k, l)$, so the weight has
# four indices:
#
# $$H_{i,j} = \sum_{k,l} W_{i,j,k,l} \, X_{k,l}$$
#
# The indices $k, l$ are the pixel's absolute place in the image. What we shall need is its relative place, *seen from the hidden unit*: so count from there, with
# $k = i + a$ and $l = j + b$. Outside the image, $X$ counts as 0.
#
# ![The nine weights of one hidden unit, named by pixel on the left, by offset from the unit on the right.](../pic/dense-reindexed.svg)
#
# $$\begin{aligned}
# V_{i,j,a,b} &= W_{i,j,\,i + a,\,j + b} \\
# H_{i,j} &= \sum_{a,b} V_{i,j,a,b} \, X_{i + a,\, j + b}
# \end{aligned}$$

# %% [markdown] tags=["zh"]
# # 重新考察全连接层 { #rethinking-dense }
#
# 全连接层的输入是向量。要输入图像，就得把图像展平，原来上下相邻的像素就隔得很远了。能不能换一种写法，把行和列保留下来？
#
# 能：把输入写成矩阵 $X$，隐藏层也写成矩阵 $H$。每个隐藏单元 $(i, j)$ 对每个像素 $(k, l)$ 都有一个权重，所以权重有四个
# 下标：
#
# $$H_{i,j} = \sum_{k,l} W_{i,j,k,l} \, X_{k,l}$$
#
# 下标 $k, l$ 是像素在图像中的绝对位置。后面要用的却是相对位置，也就是*从隐藏单元看过去*它在哪里。所以改为从隐藏单元数起，令
# $k = i + a$，$l = j + b$。图像之外的 $X$ 一律取 0。
#
# ![一个隐藏单元的九个权重，左边按像素命名，右边按相对于该单元的偏移命名。](../pic/dense-reindexed.svg)
#
# $$\begin{aligned}
# V_{i,j,a,b} &= W_{i,j,\,i + a,\,j + b} \\
# H_{i,j} &= \sum_{a,b} V_{i,j,a,b} \, X_{i + a,\, j + b}
# \end{aligned}$$

# %% [markdown] tags=["en"]
# ## The same layer, four indices { #four-indices }
#
# Nothing new has been invented so far. Take PyTorch's `nn.Linear`, give its
# weight four indices, and it computes the same numbers. The image is 12×12 here,
# so that everything stays small:

# %% [markdown] tags=["zh"]
# ## 同一个层，四个下标 { #four-indices }
#
# 到这里还没有任何新东西。取 PyTorch 的 `nn.Linear`，给它的权重编上四个下标，算出来的数完全一样。这里的图像
# 是 12×12，这样各个数组都不大：

# %%
import torch
from torch import nn

from convdocs import dense2d, to_absolute, to_relative

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
h, w = 12, 12

linear = nn.Linear(h * w, h * w, bias=False)
W = linear.weight.detach().reshape(h, w, h, w)
X = torch.randn(h, w)

H = torch.einsum("ijkl,kl->ij", W, X)
torch.testing.assert_close(H, linear(X.reshape(-1)).reshape(h, w))
torch.testing.assert_close(H, dense2d(X, W))
W.shape, W.numel()

# %% [markdown] tags=["en"]
# The `einsum` line reads like the formula: the indices `kl` are missing to the right of the arrow, so they are summed over. The package has it as
# [`dense2d`][convdocs.dense2d]; *dense* is another word for fully connected.
#
# ## Re-indexing { #re-indexing }
#
# [`to_relative`][convdocs.to_relative] computes $V$ from $W$, and
# [`to_absolute`][convdocs.to_absolute] goes back. Offsets run from $-11$ to $11$, so
# each unit has a window of 23×23 slots:

# %% [markdown] tags=["zh"]
# `einsum` 那一行读起来就像公式：箭头右边没有下标 `kl`，就对它们求和。软件包里它叫 [`dense2d`][convdocs.dense2d]；dense 就是全连接，也译作“稠密”。
#
# ## 重新索引 { #re-indexing }
#
# [`to_relative`][convdocs.to_relative] 由 $W$ 算出 $V$，[`to_absolute`][convdocs.to_absolute] 则变回去。偏移从 $-11$ 到 $11$，所以每个单元有一个
# 23×23 的窗口：

# %%
V = to_relative(W)
assert torch.equal(to_absolute(V), W)
i, j, a, b = 3, 4, -2, 5
assert V[i, j, a + h - 1, b + w - 1] == W[i, j, i + a, j + b]
V.shape, V.numel()

# %% [markdown] tags=["en"]
# Offsets may be negative and indices of an array may not, so the offset 0 sits in
# the middle of the window. The layer is the same; only the sum now runs
# over offsets, with zeros outside the image:

# %% [markdown] tags=["zh"]
# 偏移可以为负，数组的下标不能，所以偏移 0 放在窗口的正中。层还是那个层，只是求和改为按偏移进行，图像之外补零：

# %%
padded = nn.functional.pad(X, (w - 1, w - 1, h - 1, h - 1))
windows = padded.unfold(0, 2 * h - 1, 1).unfold(1, 2 * w - 1, 1)
torch.testing.assert_close(torch.einsum("ijab,ijab->ij", V, windows), H)
windows.shape

# %% [markdown] tags=["en"]
# ## What it saves { #savings }
#
# By itself, nothing. $V$ holds the same weights as $W$ and has room to spare:
# most of its slots lie outside the image, where there is no pixel to weigh.

# %% [markdown] tags=["zh"]
# ## 省下了什么 { #savings }
#
# 单凭这一步，什么也没省。$V$ 装的还是 $W$ 的那些权重，还多出许多空位：大多数格子落在图像之外，那里没有像素可加权。

# %%
inside = to_relative(torch.ones(h, w, h, w)).sum().int().item()
assert inside == W.numel()
inside, V.numel()

# %% [markdown] tags=["en"]
# Of {{ V.numel() }} slots, {{ inside }} are inside the image: exactly the
# weights that we had. Re-indexing only changes the names. Its use is that the two principles, which
# are clumsy to write in terms of $W$, take one short line each in terms of $V$.
#
# ## Exercises { #exercises }
#
# **1.** Which slots of the window does the hidden unit in the top left corner use? And one in
# the middle?

# %% [markdown] tags=["zh"]
# {{ V.numel() }} 个格子里，有 {{ inside }} 个在图像之内，正是原有的那些权重。重新索引只是换了一种写法。它的用处在于：那两条原则用 $W$ 写很啰嗦，用 $V$ 写则各只要一行。
#
# ## 练习 { #exercises }
#
# **1.** 左上角的隐藏单元用到窗口的哪些格子？中间的呢？

# %% [markdown] tags=["en", "hint"]
# Set every weight to 1, change to offsets, and see where the ones are.

# %% [markdown] tags=["zh", "hint"]
# 把所有权重设为 1，换成偏移，再看 1 都在哪里。

# %% [markdown] tags=["en", "answer"]
# No pixel lies above the corner unit or to its left, so it uses the offsets from 0 to 11, the bottom right of the
# window. The unit $(6, 6)$ uses those from $-6$ to 5, the middle. Each unit uses as many slots as there are pixels, {{ h * w }}.

# %% [markdown] tags=["zh", "answer"]
# 角上的单元，上方和左方都没有像素，所以只用到偏移 0 到 11，即窗口的右下部分。单元 $(6, 6)$ 用到偏移 $-6$ 到 5，即中间部分。图像有多少
# 像素，每个单元就用到多少格子，即 {{ h * w }} 个。

# %% tags=["answer"]
used = to_relative(torch.ones(h, w, h, w))
rows, columns = used[0, 0].nonzero(as_tuple=True)
assert (used.sum(dim=(2, 3)) == h * w).all()
(rows - h + 1).min(), (rows - h + 1).max(), used[0, 0].sum()

# %% [markdown] tags=["en"]
# **2.** A layer shifts every image by one pixel to the right, and fills in zeros at the left. Write its $W$,
# and look at $V$.

# %% [markdown] tags=["zh"]
# **2.** 有一个层把图像右移一个像素，左边补零。写出它的 $W$，再看看 $V$。

# %% [markdown] tags=["en", "hint"]
# Which pixel does the hidden unit $(i, j)$ copy? All its other weights are zero.

# %% [markdown] tags=["zh", "hint"]
# 隐藏单元 $(i, j)$ 复制的是哪个像素？它的其他权重都是零。

# %% [markdown] tags=["en", "answer"]
# Each hidden unit copies the pixel to its left: $W_{i,j,i,j-1} = 1$. In $V$ the same 1 stands at the same offset
# for every unit that has a left neighbour, which is the first hint that $V$ is the better language.

# %% [markdown] tags=["zh", "answer"]
# 每个隐藏单元复制自己左边的像素：$W_{i,j,i,j-1} = 1$。在 $V$ 里，凡是有左邻的单元，这个 1 都在同一个偏移处，由此可以
# 初步看出，$V$ 是更好的写法。

# %% tags=["answer"]
shift = torch.zeros(h, w, h, w)
for i in range(h):
    for j in range(1, w):
        shift[i, j, i, j - 1] = 1
assert torch.equal(dense2d(X, shift)[:, 1:], X[:, :-1])
to_relative(shift).nonzero()[:, 2:].unique(dim=0) - torch.tensor(
    [h - 1, w - 1]
)

# %% [markdown] tags=["en"]
# **3.** How many weights does a fully connected layer from one megapixel to one megapixel have?

# %% [markdown] tags=["zh"]
# **3.** 从一百万像素到一百万像素的全连接层，有多少权重？

# %% [markdown] tags=["en", "hint"]
# How many hidden units are there, and how many weights has each?

# %% [markdown] tags=["zh", "hint"]
# 有多少个隐藏单元？每个有多少权重？

# %% [markdown] tags=["en", "answer"]
# One for each pair of a hidden unit and a pixel: a million times a million.

# %% [markdown] tags=["zh", "answer"]
# 每一对隐藏单元和像素都有一个：一百万乘一百万。

# %% tags=["answer"]
(1000 * 1000) ** 2

# %% [markdown] tags=["en"]
# Now the first principle can be written in one line.
# [Next](translation-invariance.ipynb): what it means that one detector serves for all places.

# %% [markdown] tags=["zh"]
# 现在，第一个原则用一行就能写完。[下一课](translation-invariance.ipynb)来看“同一个检测器到处适用”究竟意味着什么。
