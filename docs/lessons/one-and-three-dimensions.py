# ---
# jupyter:
#   convdocs:
#     description:
#       en: The same sliding window on a heartbeat, along one axis, and on a short video, along three. Where each is used.
#       zh: 同样的滑动窗口，用在一段心电图上是一个轴，用在一段视频上是三个轴；再看它们各用在哪里。
# ---

# %% [markdown] tags=["en"]
# # One and three dimensions { #one-and-three-dimensions }
#
# An image has two axes along which a thing can move. A sound has one, a video three. Does the idea of
# the sliding window need images?
#
# No. It needs axes along which shifting makes sense. With one, the kernel is a row; with three, it is a
# box:
#
# ![A row of weights sliding along a signal, and a box of weights inside a volume.](../pic/one-and-three-dimensions.svg)
#
# $$\begin{aligned}
# Y_i &= \sum_a K_a \, X_{i + a} \\
# Y_{i,j,k} &= \sum_{a,b,c} K_{a,b,c} \, X_{i + a,\, j + b,\, k + c}
# \end{aligned}$$

# %% [markdown] tags=["zh"]
# # 一维和三维 { #one-and-three-dimensions }
#
# 图像有两个轴，图中的物体可以沿着它们移动。声音只有一个轴，视频有三个。那么，滑动窗口只能用于图像吗？
#
# 不是。只要沿某个轴平移有意义，窗口就可以沿着它滑动。有一个这样的轴，卷积核就是一行；有三个，就是一个长方体：
#
# ![一行权重沿着信号滑动，以及体数据一角的一个权重长方体。](../pic/one-and-three-dimensions.svg)
#
# $$\begin{aligned}
# Y_i &= \sum_a K_a \, X_{i + a} \\
# Y_{i,j,k} &= \sum_{a,b,c} K_{a,b,c} \, X_{i + a,\, j + b,\, k + c}
# \end{aligned}$$

# %% [markdown] tags=["en"]
# ## One axis: a heartbeat { #one-axis }
#
# The package PyWavelets ships an electrocardiogram, the voltage of a beating heart, as a row
# of numbers. Each beat has one steep spike. To make it as hard as in practice, where the patient breathes and moves, we add a slow drift and some noise.
# A kernel that looks like a spike, with its mean taken off, answers to spikes and ignores slow drifts:

# %% [markdown] tags=["zh"]
# ## 一个轴：心跳 { #one-axis }
#
# 软件包 PyWavelets 自带一段心电图，记录的是心脏跳动时的电压，也就是一行数。每次心跳都有一个陡峭的尖峰。实际测量时，人会呼吸、会动，所以这里再加上缓慢的漂移和一些噪声。
# 拿一个形状像尖峰的卷积核，减去它的平均值，它就只对尖峰有响应，而不理会缓慢的起伏：

# %%
import matplotlib.pyplot as plt
import numpy as np
import pywt
import torch
from torch.nn import functional as F

from convdocs import corr1d, corr3d

heart = pywt.data.ecg().astype(np.float64)
time = np.arange(len(heart))
heart += 200 * np.sin(2 * np.pi * time / 600)
heart += np.random.default_rng(0).normal(0, 10, len(heart))

spike = np.array([-1.0, -1, -1, 2, 2, 2, -1, -1, -1])
response = corr1d(heart, spike, padding=4)
assert spike.sum() == 0
len(heart), spike

# %% [markdown] tags=["en"]
# That is {{ len(heart) }} samples. Every place where the response is the largest of its surroundings, and above half of the largest of all, counts as a beat.
# The same rule, applied to the signal itself, finds other places:

# %% [markdown] tags=["zh"]
# 一共 {{ len(heart) }} 个采样点。凡是响应在附近最大、并且超过全局最大值一半的地方，就算一次心跳。把同样的规则用在信号本身上，找到的却是另外一些地方：


# %% alt={"en": "Above, a heart signal of 1,024 samples with three tall spikes on a wave so high that the second spike ends below places without a spike; dots mark the signal's own highest places, which miss it. Below, the response: flat and noisy but for a peak at each of the three spikes, each marked by a dot.", "zh": "上图是 1,024 个采样点的心电信号，三个高高的尖峰叠在很大的起伏上，第二个尖峰的顶端低于没有尖峰的地方；圆点标出信号本身的最高处，漏掉了它。下图是响应：除三个尖峰处各有一个峰以外，只有小幅的噪声，每个峰上标有圆点。"}
def peaks(signal):
    padded = np.pad(signal, 20, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 41)
    highest = signal == windows.max(axis=1)
    return np.flatnonzero(highest & (signal > signal.max() / 2))


beats = peaks(response)
figure, axes = plt.subplots(
    2, 1, sharex=True, figsize=(4.5, 3.6), layout="constrained"
)
for ax, signal, name in zip(axes, (heart, response), "XY"):
    ax.plot(signal, lw=1)
    ax.plot(peaks(signal), signal[peaks(signal)], "o")
    ax.set(ylabel=f"${name}$")
_ = axes[1].set(xlabel="$i$")

# %%
gaps = np.diff(beats)
assert gaps.min() > 0.5 * gaps.max()
second = heart[beats[1] - 10 : beats[1] + 10].max()
quiet = heart[beats[0] - 60 : beats[0] - 20].max()
assert second < quiet
len(beats), gaps

# %% [markdown] tags=["en"]
# {{ len(beats) }} beats, at nearly equal distances. In the signal itself, the drift carries the second beat below places where there is no beat, so that no threshold
# could tell them apart. The kernel had nine weights, and it found all beats with the same nine: weight sharing along time.
#
# ## Three axes: a video { #three-axes }
#
# A video is a stack of frames: time, height, width. Here is a small one, made for the purpose: a bright square that stands still for the first half, and then moves one
# pixel to the right in each frame.

# %% [markdown] tags=["zh"]
# 共 {{ len(beats) }} 次心跳，间隔几乎相等。在信号本身里，漂移使第二次心跳的峰值低于没有心跳的地方，用什么阈值都分不开。卷积核只有九个权重，每一次心跳都由同样的九个权重找到：这是沿时间的权重共享。
#
# ## 三个轴：视频 { #three-axes }
#
# 视频是一叠画面：时间、高、宽。这里有一段专门做的小视频：一个亮方块前一半时间静止，后一半时间每帧右移一个像素。

# %%
video = torch.zeros(12, 10, 16)
for t in range(12):
    j = 2 + max(0, t - 5)
    video[t, 3:6, j : j + 3] = 1

# %% [markdown] tags=["en"]
# A kernel that is 2 frames long and 1×1 wide subtracts each frame from the next. It sees what changes and nothing else:

# %% [markdown] tags=["zh"]
# 时间上长 2 帧、画面上只占 1×1 的卷积核，用后一帧减去前一帧。它只看得见变化，静止的东西一概看不见：

# %%
motion = torch.tensor([-1.0, 1.0]).reshape(2, 1, 1)
change = corr3d(video, motion)
torch.testing.assert_close(
    change, F.conv3d(video[None, None], motion[None, None])[0, 0]
)
change.shape, change.abs().sum(dim=(1, 2))

# %% [markdown] tags=["en"]
# While the square stands, the response is zero everywhere. Once it moves, three pixels turn bright and three turn dark between any two frames.
# A kernel along height and width could not have told: in a single frame, a square that moves looks like one that stands.
#
# ## Where each is used { #uses }
#
# What matters is what the axes stand for. Examples to read: [text](https://arxiv.org/abs/1408.5882),
# [speech](https://doi.org/10.1109/TASLP.2014.2339736), [video](https://arxiv.org/abs/1412.0767),
# [medical scans](https://arxiv.org/abs/1606.06650).

# %% [markdown] tags=["zh"]
# 方块静止时，响应处处为零。一旦移动，每相邻两帧之间就有三个像素变亮，三个变暗。只沿高和宽的卷积核看不出运动：单看一帧，移动的方块与静止的方块没有分别。
#
# ## 各用在哪里 { #uses }
#
# 关键在于各个轴代表什么。可以读一读这些例子：[文本](https://arxiv.org/abs/1408.5882)、[语音](https://doi.org/10.1109/TASLP.2014.2339736)、[视频](https://arxiv.org/abs/1412.0767)、[医学影像](https://arxiv.org/abs/1606.06650)。

# %% [markdown] tags=["en"]
# | data | axes of the window | channels |
# |---|---|---|
# | time series | time | the quantities measured |
# | text | position in the sentence | the numbers that stand for a word |
# | speech | time, or time and frequency | the frequency bands, or one |
# | image | height, width | red, green, blue |
# | video | time, height, width | red, green, blue |
# | medical scan (CT, MRI) | depth, height, width | the kinds of measurement |
# | weather data | height above ground, latitude, longitude | temperature, wind, pressure |
#
# An axis along which shifting makes no sense, such as the colours or the list of measured quantities, is an axis of [channels](channels.ipynb): it is summed over, not slid along.
# Often it is a matter of degree. Air behaves differently near the ground than high above it, and near the poles than at the equator, so in the last row only a shift in longitude
# changes almost nothing; sharing weights along height and latitude is an approximation.
#
# ## Exercises { #exercises }
#
# **1.** Find the kernel of length 5 that computes the moving average of a time series. How long is the output for 365 days?

# %% [markdown] tags=["zh"]
# | 数据 | 窗口滑动的轴 | 通道 |
# |---|---|---|
# | 时间序列 | 时间 | 所测的各个量 |
# | 文本 | 在句中的位置 | 词向量的各个分量 |
# | 语音 | 时间，或时间和频率 | 各个频带，或只有一个通道 |
# | 图像 | 高、宽 | 红、绿、蓝 |
# | 视频 | 时间、高、宽 | 红、绿、蓝 |
# | 医学影像（CT、MRI） | 深、高、宽 | 不同的成像方式 |
# | 气象数据 | 离地高度、纬度、经度 | 温度、风、气压 |
#
# 有的轴，沿着它平移没有意义，例如颜色，或所测的各个量，这样的轴就是[通道](channels.ipynb)轴：对它求和，而不沿它滑动。这往往只是程度问题。近地面的空气与高空的不同，两极的与赤道的不同，
# 所以最后一行里，只有沿经度平移才几乎不改变什么；沿高度和纬度共享权重，是一种近似。
#
# ## 练习 { #exercises }
#
# **1.** 写出计算时间序列滑动平均、长度为 5 的卷积核。365 天的数据，输出有多长？

# %% [markdown] tags=["en", "hint"]
# An average is a sum of equal shares.

# %% [markdown] tags=["zh", "hint"]
# 平均就是各取相等的一份再相加。

# %% [markdown] tags=["en", "answer"]
# Five equal weights that add up to 1. Four days have no full window:

# %% [markdown] tags=["zh", "answer"]
# 五个相等、和为 1 的权重。有四天没有完整的窗口：

# %% tags=["answer"]
year = np.arange(365.0)
average = corr1d(year, np.full(5, 0.2))
np.testing.assert_allclose(average, year[2:-2])
average.shape

# %% [markdown] tags=["en"]
# **2.** A video is also a batch of images. What does `corr2d` do with a volume, and how does it differ from `corr3d`?

# %% [markdown] tags=["zh"]
# **2.** 视频也可以看作一批图像。`corr2d` 怎样处理一个三维数组？它与 `corr3d` 有什么不同？

# %% [markdown] tags=["en", "hint"]
# What would the kernel of `corr3d` look like if it never mixed two frames?

# %% [markdown] tags=["zh", "hint"]
# 如果 `corr3d` 的卷积核从不混合两帧，它该是什么样子？

# %% [markdown] tags=["en", "answer"]
# `corr2d` treats each frame by itself, which is the same as `corr3d` with a kernel one frame long:

# %% [markdown] tags=["zh", "answer"]
# `corr2d` 逐帧处理，这相当于 `corr3d` 用一个只有一帧长的卷积核：

# %% tags=["answer"]
from convdocs import corr2d

kernel = torch.rand(3, 3)
one_frame_deep = corr3d(video, kernel[None])
torch.testing.assert_close(corr2d(video, kernel), one_frame_deep)

# %% [markdown] tags=["en"]
# **3.** Design a kernel of two frames that gives zero while things move to the left by one pixel a frame, and does not while they move to the right.

# %% [markdown] tags=["zh"]
# **3.** 设计一个两帧长的卷积核：物体每帧左移一个像素时响应为零，右移时不为零。

# %% [markdown] tags=["en", "hint"]
# Something that moves to the left stands, one frame later, where its left neighbour was. Which two
# pixels of the two frames does that make equal? Subtract them.

# %% [markdown] tags=["zh", "hint"]
# 向左移动的东西，一帧之后就到了原来左边邻居的位置。这使两帧中的哪两个像素相等？让它们相减。

# %% [markdown] tags=["en", "answer"]
# Motion to the left by one pixel makes each pixel equal to what its right neighbour was one frame earlier. So subtract these two:
# motion to the left gives zero, and motion to the right does not. Nor does a square that stands still, so this is no detector of motion to the right, only one that is silent about
# motion to the left:

# %% [markdown] tags=["zh", "answer"]
# 左移一格，使每个像素等于前一帧中它右边的邻居。让这两者相减：向左的运动得零，向右的则不为零。静止的方块得到的也不为零，所以它并不是向右运动的检测器，只是对向左的运动没有响应：

# %% tags=["answer"]
rightward = torch.tensor([[[0.0, -1.0]], [[1.0, 0.0]]])
moving = video[6:]
right = corr3d(moving, rightward).abs().sum()
left = corr3d(moving.flip(2), rightward).abs().sum()
still = corr3d(video[:6], rightward).abs().sum()
assert left == 0
right, left, still

# %% [markdown] tags=["en"]
# You have used the sliding window in three shapes. The [next lesson](corr2d.ipynb) opens it up: write it yourself, in two ways.

# %% [markdown] tags=["zh"]
# 滑动窗口的三种形状都用过了。[下一课](corr2d.ipynb)看它内部怎样运作：亲手用两种写法实现它。
