# ---
# jupyter:
#   convdocs:
#     description:
#       en: Gradient descent finds the edge kernel from examples. Its losses can be predicted, and so can the learning rate that breaks it.
#       zh: 梯度下降由例子找出边缘检测核。它的损失可以事先算出，使它发散的学习率也可以。
# ---

# %% [markdown] tags=["en"]
# # Learning a kernel { #learning-a-kernel }
#
# In the [last lesson](edge-detection.ipynb) we designed the kernel $(1, -1)$ and got the edges. Now take
# the kernel away and keep the image and the edges. Can a layer find the kernel by itself?
#
# ![Input and kernel give a prediction; prediction and wanted output give a loss; its gradient changes the kernel.](../pic/learning.svg)
#
# It starts from any kernel $K$, predicts, and measures the **loss**, the sum of the squared errors:
#
# $$L(K) = \sum_{i,j} \bigl( (X \star K)_{i,j} - Y_{i,j} \bigr)^2$$
#
# Then it moves $K$ a little against the gradient of the loss, again and again. How little is the
# **learning rate** $\eta$:
#
# $$K \leftarrow K - \eta \, \frac{\partial L}{\partial K}$$

# %% [markdown] tags=["zh"]
# # 学习卷积核 { #learning-a-kernel }
#
# [上一课](edge-detection.ipynb)里，我们设计了卷积核 $(1, -1)$，得到了边缘。现在把卷积核拿走，只留下图像和边缘。一个层
# 能自己把卷积核找出来吗？
#
# ![输入和卷积核给出预测，预测与期望输出给出损失，再按损失的梯度修改卷积核。](../pic/learning.svg)
#
# 它从任意的卷积核 $K$ 出发，作出预测，再算**损失**，即误差的平方和：
#
# $$L(K) = \sum_{i,j} \bigl( (X \star K)_{i,j} - Y_{i,j} \bigr)^2$$
#
# 然后让 $K$ 沿着损失梯度的反方向挪一点，如此反复。挪多少，由**学习率** $\eta$ 决定：
#
# $$K \leftarrow K - \eta \, \frac{\partial L}{\partial K}$$

# %% [markdown] tags=["en"]
# ## Ten steps { #ten-steps }
#
# The layer is PyTorch's own, without a bias. Its starting weights are usually random; here they are set, so that you see
# the same numbers as we do.

# %% [markdown] tags=["zh"]
# ## 走十步 { #ten-steps }
#
# 这里用的是 PyTorch 自带的层，不带偏置。初始权重通常是随机的，这里直接给定，好让你看到和我们一样的数。

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from convdocs import (
    cat,
    corr2d,
    edge_kernel,
    learn_kernel,
    max_learning_rate,
    sobel_kernel,
)

X = torch.ones(6, 8)
X[:, 2:6] = 0
Y = corr2d(X, torch.from_numpy(edge_kernel()))

start = torch.tensor([[-0.3967, 0.4442]])
layer = nn.Conv2d(1, 1, kernel_size=(1, 2), bias=False)
with torch.no_grad():
    layer.weight[0, 0] = start

lr = 3e-2
for step in range(1, 11):
    loss = ((layer(X[None, None])[0, 0] - Y) ** 2).sum()
    layer.zero_grad()
    loss.backward()
    with torch.no_grad():
        layer.weight -= lr * layer.weight.grad
    if step % 2 == 0:
        print(f"before step {step:2}: loss {loss.item():.3f}")

learnt = layer.weight.detach()[0, 0]
learnt

# %% [markdown] tags=["en"]
# After ten steps the kernel is within {{ round((learnt - torch.tensor([[1, -1]])).abs().max().item(), 3) }} of
# $(1, -1)$, which the layer never saw. The package has this loop ready as
# [`learn_kernel`][convdocs.learn_kernel]. It returns the kernel and the loss after 0, 1, 2, … steps:

# %% [markdown] tags=["zh"]
# 十步之后，卷积核与 $(1, -1)$ 相差不超过 {{ round((learnt - torch.tensor([[1, -1]])).abs().max().item(), 3) }}，而这个层从未见过它。软件包里有现成的循环，
# 即 [`learn_kernel`][convdocs.learn_kernel]。它返回卷积核，以及走过 0、1、2……步之后的损失：

# %%
again = learn_kernel(X, Y, (1, 2), lr=lr, steps=10, start=start)
torch.testing.assert_close(again.kernel, learnt)
again.losses

# %% [markdown] tags=["en"]
# ## The curve, predicted { #prediction }
#
# Nothing in those losses is luck. The prediction is linear in the kernel, so the loss is a quadratic bowl, and
# gradient descent in a bowl can be worked out on paper. The bowl's shape is the **Gram matrix** of the image: each
# entry is the sum of products of two shifted copies of it.
#
# $$G_{b,d} = \sum_{i,j} X_{i,\, j + b} \, X_{i,\, j + d}$$

# %% [markdown] tags=["zh"]
# ## 推算这条曲线 { #prediction }
#
# 这些损失没有一个是碰巧得来的。预测对卷积核是线性的，所以损失是卷积核的二次函数，形状像一只“碗”，碗里的梯度下降在纸上就能算清楚。碗的形状
# 由图像的**格拉姆矩阵**（Gram 矩阵）决定：每个元素是图像两份平移副本的乘积之和。
#
# $$G_{b,d} = \sum_{i,j} X_{i,\, j + b} \, X_{i,\, j + d}$$

# %%
shifted = torch.stack([X[:, b : b + 7].reshape(-1) for b in range(2)])
G = shifted @ shifted.T
eigenvalues, directions = torch.linalg.eigh(G)
G, eigenvalues, directions

# %% [markdown] tags=["en"]
# Write $K^*$ for the kernel that made $Y$ and $E = K - K^*$ for the error, both as columns. Then $L = E^T G E$, its gradient is
# $2 G E$, and a step turns $E$ into $(I - 2 \eta G) E$. The eigenvectors of $G$ are the bowl's axes, the eigenvalues $\lambda$ their steepness:
# {{ round(eigenvalues[0].item()) }} and {{ round(eigenvalues[1].item()) }}. Along each axis, one step multiplies the
# remaining error by the same factor:
#
# $$1 - 2 \eta \lambda$$
#
# With our learning rate the factors are {{ round(1 - 2 * lr * eigenvalues[0].item(), 2) }} and
# {{ round(1 - 2 * lr * eigenvalues[1].item(), 2) }}. So the loss after $t$ steps, with $c$ for the error of the starting kernel
# along each axis, is
#
# $$L_t = \sum_{\lambda} \lambda \, c_\lambda^2 \, (1 - 2 \eta \lambda)^{2t}$$

# %% [markdown] tags=["zh"]
# 把生成 $Y$ 的卷积核 $K^*$ 和误差 $E = K - K^*$ 都写成列向量。于是 $L = E^T G E$，梯度是 $2 G E$，走一步，$E$ 变为 $(I - 2 \eta G) E$。$G$ 的特征向量是碗的轴，特征值 $\lambda$ 是沿各轴的陡峭程度：{{ round(eigenvalues[0].item()) }} 和 {{ round(eigenvalues[1].item()) }}。沿着每个轴，每走一步，
# 剩下的误差都乘上同一个因子：
#
# $$1 - 2 \eta \lambda$$
#
# 按我们的学习率，两个因子是 {{ round(1 - 2 * lr * eigenvalues[0].item(), 2) }} 和 {{ round(1 - 2 * lr * eigenvalues[1].item(), 2) }}。用 $c$ 表示初始
# 卷积核沿各轴的误差，则 $t$ 步之后的损失为
#
# $$L_t = \sum_{\lambda} \lambda \, c_\lambda^2 \, (1 - 2 \eta \lambda)^{2t}$$


# %% alt={"en": "Loss on a logarithmic scale against steps 0 to 10: eleven dots, the measured losses, lie on the predicted curve, which falls steadily.", "zh": "对数坐标下的损失随步数 0 到 10 的变化：十一个点是测得的损失，都落在算出的曲线上，稳步下降。"}
def predicted(rate, steps):
    c = directions.T @ (start - torch.tensor([[1.0, -1.0]])).reshape(-1)
    t = torch.arange(steps + 1)
    factors = (1 - 2 * rate * eigenvalues)[:, None] ** (2 * t)
    return ((eigenvalues * c**2)[:, None] * factors).sum(dim=0)


torch.testing.assert_close(
    predicted(lr, 10), again.losses, rtol=1e-3, atol=1e-5
)

figure, ax = plt.subplots()
ax.semilogy(predicted(lr, 10), label="$L_t$")
ax.semilogy(again.losses, "o", label="learn_kernel")
ax.set(xlabel="$t$", ylabel="$L$")
_ = ax.legend()
# %% [markdown] tags=["en"]
# ## The rate that breaks it { #limit }
#
# If a factor $1 - 2 \eta \lambda$ is smaller than −1, each step overshoots by more than it corrects, and the error
# grows. The steepest axis breaks first, so the limit is $\eta < 1 / \lambda_{\max}$. The package computes it as
# [`max_learning_rate`][convdocs.max_learning_rate]:

# %% [markdown] tags=["zh"]
# ## 使它发散的学习率 { #limit }
#
# 如果某个因子 $1 - 2 \eta \lambda$ 小于 −1，每一步都冲过头，到了另一侧，误差比原来还大，于是越来越大。最陡的轴最先发散，所以界限是
# $\eta < 1 / \lambda_{\max}$。软件包用 [`max_learning_rate`][convdocs.max_learning_rate] 计算它：

# %% alt={"en": "Loss on a logarithmic scale over 60 steps for three learning rates: 0.03 and 0.033 fall, 0.034 falls at first and then rises without end.", "zh": "对数坐标下三种学习率走 60 步的损失：0.03 和 0.033 一路下降，0.034 先降后升，不再回头。"}
limit = max_learning_rate(X, (1, 2))

figure, ax = plt.subplots()
for rate in (0.03, 0.033, 0.034):
    ax.semilogy(
        learn_kernel(X, Y, (1, 2), lr=rate, steps=60, start=start).losses,
        label=f"$\\eta$ = {rate}",
    )
ax.set(xlabel="$t$", ylabel="$L$")
ax.legend()
limit

# %%
below = learn_kernel(X, Y, (1, 2), lr=0.99 * limit, steps=2000, start=start)
above = learn_kernel(X, Y, (1, 2), lr=1.01 * limit, steps=2000, start=start)
assert below.losses[-1] < 1e-6
assert not above.losses[-1] < above.losses[0]

# %% [markdown] tags=["en"]
# The limit is one thirtieth. The rate 0.033 is just under it: its curve still falls, but very slowly,
# for along the steep axis each step goes past the lowest point, almost as far as it came. At 0.034, just over, the loss falls at first, because the error along the gentle axis still shrinks while that along the steep axis has hardly begun to grow. A falling loss is no proof of a stable rate.
# The curve of 0.03 stops falling near $10^{-12}$, where the rounding of float32 numbers is all that is left of the error.
#
# Move the learning rate across the limit, and the start across the bowl:
#
# <learning-lab></learning-lab>
#
# ## A photo is harder than noise { #photo }
#
# Now hide Sobel's kernel, nine weights, behind three images of the same size: a piece of the photo; the same
# piece minus its mean; and noise of the same mean and standard deviation as the photo, whose pixels are independent of each other. Each gets nine tenths of its own largest learning rate, and 500 steps.

# %% [markdown] tags=["zh"]
# 界限是三十分之一。0.033 略小于它：曲线仍在下降，但非常慢，因为沿着最陡的轴，每一步都越过最低点，越过的距离几乎与原来的误差一样大。0.034 略大于它，用它时损失
# 起初也下降，因为沿平缓的轴，误差还在缩小，而沿陡峭的轴，误差才刚刚开始增大。所以，损失在下降，不等于这个学习率就是稳定的。0.03 的曲线降到 $10^{-12}$ 附近就不再下降，那里剩下的只是 float32 的舍入误差。
#
# 让学习率越过界限，再把起点在碗里挪一挪：
#
# <learning-lab></learning-lab>
#
# ## 照片比噪声难学 { #photo }
#
# 现在藏起 Sobel 核的九个权重，分别用三幅同样大小的图像来学：照片的一块；同一块减去它的平均值；以及均值和标准差与照片相同、像素相互独立的噪声。各自取其最大学习率的十分之九，走 500 步。

# %%
torch.manual_seed(0)
sobel = torch.from_numpy(sobel_kernel()).double()
photo = torch.from_numpy(cat(gray=True)).double()[100:228, 150:278]
images = {
    "photo": photo,
    "photo - mean": photo - photo.mean(),
    "noise": photo.mean() + photo.std() * torch.randn_like(photo),
}


def condition(image):
    windows = nn.functional.unfold(image[None, None], (3, 3))[0]
    return torch.linalg.cond(windows @ windows.T).item()


errors = {}
for name, image in images.items():
    result = learn_kernel(
        image,
        corr2d(image, sobel),
        (3, 3),
        lr=0.9 * max_learning_rate(image, (3, 3)),
        steps=500,
        start=torch.zeros(3, 3, dtype=torch.float64),
    )
    errors[name] = (result.kernel - sobel).abs().max().item()
    number = condition(image)
    print(
        f"{name:13} condition number {number:6.0f}, error {errors[name]:.1e}"
    )

assert errors["noise"] < errors["photo - mean"]
assert errors["noise"] < errors["photo"]

# %% [markdown] tags=["en"]
# Two things make the photo hard. Its pixels are all positive, and neighbours are almost equal. Change all weights of a kernel by the same amount, and the output changes a lot; change only their differences, and it hardly does: the bowl is
# a long narrow valley. The **condition number** is the curvature along its steepest direction over that along its gentlest.
# Taking off the mean, [as is usual](https://doi.org/10.1007/978-3-642-35289-8_3), makes the condition number about
# {{ round(condition(images["photo"]) / condition(images["photo - mean"])) }} times smaller; noise, whose neighbours are uncorrelated, is easier still. The learning rate must be small enough for
# the steep walls, and then it is far too small for the valley's floor.
#
# An optimiser that knows the curvature does not mind. [LBFGS](https://doi.org/10.1007/BF01589116) (limited-memory BFGS,
# after Broyden, Fletcher, Goldfarb and Shanno) estimates it from the gradients that it has seen:

# %% [markdown] tags=["zh"]
# 照片难学有两个原因：像素都是正的，相邻的像素又几乎相等。让所有权重一起增大或减小，输出变化很大；只改变权重之间的差，输出几乎不变：
# 这只碗像一道狭长的山谷。**条件数**是它最陡方向与最缓方向的曲率之比。[按惯例](https://doi.org/10.1007/978-3-642-35289-8_3)减去平均值，条件数约减为原来的 1/{{ round(condition(images["photo"]) / condition(images["photo - mean"])) }}；噪声的相邻像素互不相关，就更容易学了。
# 学习率必须小到适应陡壁，而这对谷底来说就太小了。
#
# 利用曲率的优化器不受此影响。[LBFGS](https://doi.org/10.1007/BF01589116)（有限内存 BFGS，名字取自 Broyden、Fletcher、Goldfarb 和 Shanno 四人的姓氏）用见过的梯度来
# 估计曲率：


# %%
def lbfgs(parameters, lr):
    return torch.optim.LBFGS(
        parameters,
        lr=lr,
        line_search_fn="strong_wolfe",
        tolerance_grad=0,
        tolerance_change=0,
    )


quick = learn_kernel(
    photo,
    corr2d(photo, sobel),
    (3, 3),
    lr=1.0,
    steps=2,
    start=torch.zeros(3, 3, dtype=torch.float64),
    optimizer=lbfgs,
)
assert (quick.kernel - sobel).abs().max() < 1e-4
quick.kernel.round(decimals=3) + 0

# %% [markdown] tags=["en"]
# Two steps of LBFGS, each of up to twenty inner iterations, do what 500 steps of gradient descent could not. And since the loss is quadratic, its lowest point can be solved for at once, by least squares:

# %% [markdown] tags=["zh"]
# LBFGS 走两步，每步内部至多迭代二十次，就做到了梯度下降 500 步做不到的事。而且，既然损失是二次函数，最低点可以用最小二乘一次
# 解出：

# %%
windows = nn.functional.unfold(photo[None, None], (3, 3))[0].T
solved = torch.linalg.lstsq(
    windows, corr2d(photo, sobel).reshape(-1, 1)
).solution
torch.testing.assert_close(solved.reshape(3, 3), sobel)

# %% [markdown] tags=["en"]
# ## Exercises { #exercises }
#
# **1.** From the factors above: what is left of the loss after every two steps, while the gentle axis carries nearly all
# of it? Check it against the printed losses. Which axis will carry it in the end?

# %% [markdown] tags=["zh"]
# ## 练习 { #exercises }
#
# **1.** 由上面的因子推算：当损失几乎全在平缓的轴上时，每走两步还剩下多少？与打印出的损失核对。最终损失会落在哪个轴上？

# %% [markdown] tags=["en", "hint"]
# The loss is quadratic in the error, and two steps multiply the error by the factor twice.

# %% [markdown] tags=["zh", "hint"]
# 损失是误差的二次函数，走两步，误差乘两次因子。

# %% [markdown] tags=["en", "answer"]
# The error along that axis is multiplied by its factor in each step, the loss by the factor's square, and two steps by its
# fourth power. The steep axis starts with little error, but its factor is larger in size, so in the end what
# is left lies there; the last ratio already shows it.

# %% [markdown] tags=["zh", "answer"]
# 沿这个轴，误差每步乘一次因子，损失乘因子的平方，两步就乘因子的四次方。陡峭的轴起初误差很小，但它的因子绝对值更大，所以
# 最终剩下的都在它那里；最后一个比值已经显出这一点。

# %% tags=["answer"]
fall = (1 - 2 * lr * eigenvalues[0].item()) ** 4
ratios = again.losses[3::2] / again.losses[1:-2:2]
torch.testing.assert_close(
    ratios, torch.full_like(ratios, fall), rtol=0.05, atol=0
)
round(fall, 3), ratios

# %% [markdown] tags=["en"]
# **2.** Learn from an image that is white everywhere. Which kernel comes out, and why is it not $(1, -1)$?

# %% [markdown] tags=["zh"]
# **2.** 用一幅全白的图像来学。得到的是什么卷积核？为什么不是 $(1, -1)$？

# %% [markdown] tags=["en", "hint"]
# Which kernels give the right output on a white image? What does the Gram matrix say of them?

# %% [markdown] tags=["zh", "hint"]
# 在全白图像上，哪些卷积核的输出正确？格拉姆矩阵说明了什么？

# %% [markdown] tags=["en", "answer"]
# On a white image every kernel whose weights add up to zero gives the right output, zero. The Gram matrix has an eigenvalue of 0:
# along that axis the bowl is flat, and the kernel stays there as it started.

# %% [markdown] tags=["zh", "answer"]
# 在全白的图像上，只要权重之和为零，卷积核就给出正确的输出，即零。格拉姆矩阵有一个特征值为 0：沿着这个轴，碗是平的，卷积核在这个
# 方向上停在出发的地方。

# %% tags=["answer"]
white = torch.ones(6, 8)
flat = learn_kernel(
    white,
    torch.zeros(6, 7),
    (1, 2),
    lr=0.9 * max_learning_rate(white, (1, 2)),
    steps=500,
    start=start,
)
torch.testing.assert_close(
    flat.kernel[0, 0] - flat.kernel[0, 1], start[0, 0] - start[0, 1]
)
flat.kernel, flat.kernel.sum().abs() < 1e-5

# %% [markdown] tags=["en"]
# **3.** Which learning rate makes the loss fall fastest in the long run? Derive it from the two eigenvalues, and try it.

# %% [markdown] tags=["zh"]
# **3.** 从长远看，哪个学习率让损失降得最快？由两个特征值推导出来，并试一试。

# %% [markdown] tags=["en", "hint"]
# A larger rate makes the factor of the gentle axis smaller and that of the steep axis larger in size.
# Where do they meet?

# %% [markdown] tags=["zh", "hint"]
# 学习率越大，平缓轴的因子绝对值越小，而陡峭轴的越大。两者在哪里相等？

# %% [markdown] tags=["en", "answer"]
# The slower of the two factors decides. It is smallest where both have the same size and opposite signs:
# $1 - 2 \eta \lambda_1 = -(1 - 2 \eta \lambda_2)$, so $\eta = 1 / (\lambda_1 + \lambda_2)$.

# %% [markdown] tags=["zh", "answer"]
# 起决定作用的是绝对值较大的那个因子。两个因子绝对值相等、符号相反时，这个绝对值最小：
# $1 - 2 \eta \lambda_1 = -(1 - 2 \eta \lambda_2)$，所以 $\eta = 1 / (\lambda_1 + \lambda_2)$。

# %% tags=["answer"]
best = 1 / eigenvalues.sum().item()
trial = {
    rate: learn_kernel(X, Y, (1, 2), lr=rate, steps=40, start=start)
    .losses[30]
    .item()
    for rate in (0.8 * best, best, 1.15 * best)
}
assert min(trial, key=trial.get) == best
best

# %% [markdown] tags=["en"]
# One kernel, learnt from one image, in a bowl whose shape we could compute. A network stacks many such layers with
# nonlinear functions between them, and its loss is no longer a bowl. What remains is the loop: predict, compare, step
# against the gradient. The [package](../api/index.md) has every piece of this loop; what to read next is
# [*Dive into Deep Learning*](https://d2l.ai/chapter_convolutional-neural-networks/index.html), sections 7.3 to 7.6.

# %% [markdown] tags=["zh"]
# 这一课从一幅图像学出一个卷积核，损失的形状是一只可以算清楚的碗。神经网络把许多这样的层叠起来，中间隔着非线性函数，损失不再是
# 一只碗。不变的是这个循环：预测，比较，逆着梯度走。这个循环的每个部件都在[软件包](../api/index.md)里；想接着学，可读[《动手学深度学习》](https://d2l.ai/chapter_convolutional-neural-networks/index.html)英文版的
# 7.3 至 7.6 节（中文版 6.3 至 6.6 节）。
