# ---
# jupyter:
#   convdocs:
#     description:
#       en: A kernel of two weights sees vertical edges and is blind to horizontal ones. Sobel's kernels find those of a photo in both directions.
#       zh: 只有两个权重的卷积核能找出竖直边缘，却看不见水平边缘；Sobel 核在照片上把两个方向的边缘都找出来。
# ---

# %% [markdown] tags=["en"]
# # Edge detection { #edge-detection }
#
# What is the least that a kernel needs to find an edge? Two weights. An edge is a place where
# neighbouring pixels differ, so subtract neighbours: the kernel $(1, -1)$ gives a pixel minus the
# one to its right.
#
# ![A row of pixels, white, black, white. The response is 1 where white turns black, −1 where black turns white, and 0 elsewhere.](../pic/edge-detection.svg)
#
# $$Y_{i,j} = X_{i,j} - X_{i,\, j+1}$$
#
# Where nothing changes, the two cancel. Where white (1) turns black (0) the answer is 1, where black
# turns white it is −1.

# %% [markdown] tags=["zh"]
# # 边缘检测 { #edge-detection }
#
# 卷积核要找到边缘，最少需要什么？两个权重。边缘就是相邻像素不同的地方，那就把相邻像素相减：卷积核 $(1, -1)$ 用一个
# 像素减去它右边的像素。
#
# ![一行像素，白、黑、白。由白变黑处响应为 1，由黑变白处为 −1，其余为 0。](../pic/edge-detection.svg)
#
# $$Y_{i,j} = X_{i,j} - X_{i,\, j+1}$$
#
# 没有变化的地方，两者相消。由白（1）变黑（0）处得 1，由黑变白处得 −1。

# %% [markdown] tags=["en"]
# ## A black bar { #bar }
#
# The image is 6 pixels high and 8 wide, white with a black bar down the middle:

# %% [markdown] tags=["zh"]
# ## 一根黑条 { #bar }
#
# 图像高 6 个像素、宽 8 个像素，白底，中间一根竖直的黑条：

# %%
import matplotlib.pyplot as plt
import torch

from convdocs import (
    cat,
    corr2d,
    edge_kernel,
    laplacian_kernel,
    sobel_kernel,
)

X = torch.ones(6, 8)
X[:, 2:6] = 0
X

# %%
K = torch.from_numpy(edge_kernel())
Y = corr2d(X, K)
Y

# %% [markdown] tags=["en"]
# Two columns answer, one for each side of the bar, with opposite signs. Flip the kernel and the
# signs change places: the same edges, seen from the other side.

# %% [markdown] tags=["zh"]
# 有两列出现响应，黑条的两侧各一列，符号相反。把卷积核翻转，符号就互换：还是同样的边缘，只是从另一侧看。

# %%
assert torch.equal(corr2d(X, K.flip(1)), -Y)

# %% [markdown] tags=["en"]
# ## Blind to horizontal edges { #vertical }
#
# The kernel compares each pixel with its neighbour to the right. Turn the image on its side, and the
# bar lies flat: along every row nothing changes, and the kernel finds nothing.

# %% [markdown] tags=["zh"]
# ## 看不见水平边缘 { #vertical }
#
# 这个卷积核只把每个像素与右边的邻居比较。把图像转置，黑条就横过来：沿着每一行都没有变化，卷积核什么也找不到。

# %%
corr2d(X.T, K)

# %% [markdown] tags=["en"]
# Transpose the kernel as well, and it compares each pixel with the one below. Now it finds the flat
# bar's edges, exactly those from before, transposed:

# %% [markdown] tags=["zh"]
# 把卷积核也转置，它就把每个像素与下方的像素比较。现在它找到了横条的边缘，正是刚才那些边缘的转置：

# %%
flat = corr2d(X.T, K.T)
assert torch.equal(flat, Y.T)
flat

# %% [markdown] tags=["en"]
# So a kernel sees only the changes that its weights compare. A slanted edge is a change along the row as
# well, and $(1, -1)$ answers to it; to a horizontal one it is blind. With differences of two pixels, edges in every direction
# take two kernels, and a way to put their answers together. A single kernel can do it as well, [the Laplacian][convdocs.laplacian_kernel]: it answers to the upright bar
# as it does to the flat one. But it does not say which direction an edge has, it draws each edge twice, once with each sign, and it amplifies noise:

# %% [markdown] tags=["zh"]
# 可见，卷积核只看得见它的权重所比较的变化。倾斜的边缘沿着行也有变化，$(1, -1)$ 对它有响应；对水平的边缘，它却看不见。只用两个像素之差，要找到各个方向的边缘就需要两个卷积核，
# 还要有办法合并它们的响应。用一个卷积核也行，那就是[拉普拉斯核][convdocs.laplacian_kernel]：对竖条和横条，它的响应一样多。但它说不出边缘朝哪个方向，每条边缘都画成一正一负两条，而且会放大噪声：

# %%
laplacian = torch.from_numpy(laplacian_kernel())
upright, lying = corr2d(X, laplacian), corr2d(X.T, laplacian)
assert torch.equal(upright, lying.T)
upright, upright.count_nonzero(), lying.count_nonzero()

# %% [markdown] tags=["en"]
# ## A photo { #photo }
#
# A photo has noise, and the difference of two pixels follows the noise as well as the edges.
# [Sobel's kernel][convdocs.sobel_kernel] takes the difference over a wider step, right minus left, and adds
# up three rows of it, the middle one twice. Both directions, on the photo of a cat:

# %% [markdown] tags=["zh"]
# ## 一张照片 { #photo }
#
# 照片有噪声，两个像素之差既反映边缘，也反映噪声。[Sobel 核][convdocs.sobel_kernel]在更宽的间隔上求差，用右边减左边，再把三行的差相加，中间一行算两次。在一张
# 猫的照片上用两个方向各算一次：

# %% alt={"en": "The photo of a cat, and below it two maps of signed responses: the left one shows vertical edges such as the sides of the eyes, the right one horizontal edges such as the lids. A colour bar runs from blue, below zero, through white to red.", "zh": "一张猫的照片，下面是两幅带符号的响应图：左图显示竖直边缘，如眼睛两侧；右图显示水平边缘，如眼睑。色条由蓝色（小于零）经白色到红色。"}
photo = torch.from_numpy(cat(gray=True))
vertical = corr2d(photo, torch.from_numpy(sobel_kernel(axis=1)))
horizontal = corr2d(photo, torch.from_numpy(sobel_kernel(axis=0)))

figure, axes = plt.subplot_mosaic(
    "AA;BC", figsize=(4.5, 3.7), layout="constrained"
)
axes["A"].imshow(photo, vmin=0, vmax=1)
for name, response, kernel in (
    ("B", vertical, "axis=1"),
    ("C", horizontal, "axis=0"),
):
    shown = axes[name].imshow(response, cmap="RdBu_r", vmin=-1, vmax=1)
    axes[name].set_xlabel(kernel)
figure.colorbar(shown, ax=[axes["B"], axes["C"]], shrink=0.8)
for ax in axes.values():
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)

# %% [markdown] tags=["en"]
# The left map, with `axis=1`, is red where the photo grows brighter to the right, blue where it grows
# darker, and white where it does not change. The right map does the same from top to bottom. The
# whiskers are nearly flat, so the right map shows them best.
#
# Together the two estimate the gradient of the brightness, that is, by how much it grows from pixel to pixel along each axis. They give eight times its value, because the weights 1, 2, 1
# add up to 4, and the difference is taken over two pixels. The length of the gradient is large at edges of every direction. Rotate the photo by 90°: the two maps rotate and trade places, and one changes its
# sign. The length does not change, it is only rotated as well:

# %% [markdown] tags=["zh"]
# 左图对应 `axis=1`：照片向右变亮处为红色，变暗处为蓝色，不变处为白色。右图同理，方向是从上到下。胡须近乎水平，所以右图里看得最清楚。
#
# 两者合起来近似于亮度的梯度，即亮度沿每个轴每个像素增加多少；得到的是它的八倍，因为权重 1、2、1 之和为 4，而差是隔着两个像素求的。
# 不论边缘朝哪个方向，梯度的长度在边缘处都很大。把照片旋转 90°，两幅图随之旋转并互换，
# 其中一幅还变号；梯度的长度不受影响，只是跟着旋转：


# %%
def edges(image):
    across = corr2d(image, torch.from_numpy(sobel_kernel(axis=1)))
    down = corr2d(image, torch.from_numpy(sobel_kernel(axis=0)))
    return (across**2 + down**2).sqrt()


torch.testing.assert_close(edges(photo.rot90()), edges(photo).rot90())

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** What does the kernel $(1, -1)$ answer on an image that grows brighter by the same amount from
# each column to the next? Say it before you compute it.

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** 图像每向右一列，亮度都增加同样多，卷积核 $(1, -1)$ 的响应是什么？先猜，再算。

# %% [markdown] tags=["en", "hint"]
# The kernel subtracts neighbours. How much do two neighbours differ here?

# %% [markdown] tags=["zh", "hint"]
# 这个卷积核求相邻像素之差。这里相邻两个像素差多少？

# %% [markdown] tags=["en", "answer"]
# Every difference of neighbours is the same, so the answer is one negative number everywhere. No place stands out as an edge.

# %% [markdown] tags=["zh", "answer"]
# 相邻像素之差处处相同，所以响应处处是同一个负数，没有哪一处突出成为边缘。

# %% tags=["answer"]
slope = torch.arange(8.0).repeat(6, 1) / 8
corr2d(slope, K).unique()

# %% [markdown] tags=["en"]
# **2.** Design a 2×2 kernel that answers to neither vertical nor horizontal edges but to corners, and test it on a
# black square.

# %% [markdown] tags=["zh"]
# **2.** 设计一个 2×2 卷积核，对竖直和水平的边缘都没有响应，却对角点有响应，并在一个黑色方块上检验。

# %% [markdown] tags=["en", "hint"]
# A corner is where an edge ends. Which kernel finds a change along the column of what $(1, -1)$ finds
# along the row?

# %% [markdown] tags=["zh", "hint"]
# 角点是边缘结束的地方。先用 $(1, -1)$ 沿行求差；要看这个结果沿列有没有变化，该再用什么卷积核？

# %% [markdown] tags=["en", "answer"]
# Take the vertical difference of the horizontal difference. Along a vertical or a horizontal edge one of
# the two is zero; at a corner neither is. (Nor is it along a slanted edge, so the kernel answers there, too.)

# %% [markdown] tags=["zh", "answer"]
# 先求水平差，再对结果求竖直差。沿着竖直或水平的边缘，两者之一为零；在角点处，两者都不为零。（沿着倾斜的边缘也都不为零，所以那里也有响应。）

# %% tags=["answer"]
corner = K.T @ K
square = torch.ones(6, 6)
square[2:4, 2:4] = 0
for bar in (X, X.T):
    assert torch.count_nonzero(corr2d(bar, corner)) == 0
corner, corr2d(square, corner)

# %% [markdown] tags=["en"]
# **3.** Add noise to the bar and compare how strongly the edge stands out for $(1, -1)$ and for Sobel's kernel.

# %% [markdown] tags=["zh"]
# **3.** 给黑条加上噪声，比较在 $(1, -1)$ 和 Sobel 核的响应里，边缘哪个更突出。

# %% [markdown] tags=["en", "hint"]
# Compare the response at the edge, without noise, with the standard deviation of the response to the
# noise alone.

# %% [markdown] tags=["zh", "hint"]
# 用没有噪声时边缘处的响应，与只有噪声时响应的标准差相比。

# %% [markdown] tags=["en", "answer"]
# Divide the answer at the edge by the spread of the answers where there is none. Adding up rows lets noise
# partly cancel while the edge adds up, so Sobel's ratio is the larger.

# %% [markdown] tags=["zh", "answer"]
# 用边缘处的响应，除以无边缘处响应的标准差。对几行求和时，噪声部分抵消，边缘却会累加，所以 Sobel 核的比值更大。

# %% tags=["answer"]
torch.manual_seed(0)
bar = torch.ones(600, 80)
bar[:, 40:] = 0
noisy = bar + 0.2 * torch.randn(bar.shape)


def stands_out(kernel):
    edge = corr2d(bar, kernel).abs().max()
    return (edge / corr2d(noisy - bar, kernel).std()).item()


simple, sobel = stands_out(K), stands_out(torch.from_numpy(sobel_kernel()))
assert sobel > 1.5 * simple
round(simple, 1), round(sobel, 1)

# %% [markdown] tags=["en"]
# These kernels were designed by people. The [next lesson](learning-a-kernel.ipynb) shows a layer the bar and its
# edges, and lets it find the kernel.

# %% [markdown] tags=["zh"]
# 这些卷积核都是人设计的。[下一课](learning-a-kernel.ipynb)只给一个层看黑条和它的边缘，让它自己找出卷积核。
