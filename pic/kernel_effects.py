"""A photo of a cat, and what five kernels make of it."""

import base64
import io

import numpy as np
from PIL import Image
from svg import grid, picture, text

from convdocs import (
    cat,
    corr2d,
    gaussian_kernel,
    laplacian_kernel,
    sharpen_kernel,
    sobel_kernel,
)

TEXT = {
    "en": {
        "title": "What kernels do to a photo",
        "desc": "A cat's eye five times: as it is; blurred by a Gaussian kernel; sharpened; and, in red for positive and blue for negative, its edges in all directions by the Laplacian kernel and its vertical edges by Sobel's. Each kernel stands beside its output.",
        "photo": "photo",
        "gaussian": "Gaussian blur: 9×9, σ = 2",
        "sharpen": "sharpening",
        "laplacian": "Laplacian: edges",
        "sobel": "Sobel: vertical edges",
        "scale": "output",
    },
    "zh": {
        "title": "卷积核对照片做了什么",
        "desc": "同一只猫眼五次：原图；高斯核的模糊；锐化；以及边缘，红为正、蓝为负，先是拉普拉斯核找出的各个方向的边缘，再是 Sobel 核找出的竖直边缘。每幅右边是所用的卷积核。",
        "photo": "原图",
        "gaussian": "高斯模糊：9×9，σ = 2",
        "sharpen": "锐化",
        "laplacian": "拉普拉斯核：边缘",
        "sobel": "Sobel 核：竖直边缘",
        "scale": "输出",
    },
}
EYE = (slice(66, 134), slice(122, 242))
WIDTH, HEIGHT = 240, 136  # two pixels for each of the photo's, so that red and blue stay apart
RED, WHITE, BLUE = np.array([[178, 24, 43], [247, 247, 247], [33, 102, 172]])


def draw(words: dict[str, str]) -> str:
    photo = cat(gray=True)
    identity = np.zeros((3, 3), dtype=np.float32)
    identity[1, 1] = 1
    panels = {
        "photo": (identity, 0.0),
        "gaussian": (gaussian_kernel(9, 2), 0.0),
        "sharpen": (sharpen_kernel(), 0.0),
        "laplacian": (laplacian_kernel(), 0.4),
        "sobel": (sobel_kernel(), 1.0),
    }
    shapes = []
    for n, (name, (K, limit)) in enumerate(panels.items()):
        y = 172 * n
        Y = corr2d(photo, K, padding=K.shape[0] // 2)[EYE]
        shapes += [
            text(0, y + 11, words[name], "s l"),
            image(0, y + 24, signed(Y, limit) if limit else np.round(Y * 255), words[name]),
            weights(WIDTH + 16, y + 24 + (HEIGHT - 84) / 2, K),
        ]
    shapes.append(scale(WIDTH / 2, 172 * len(panels) + 4, words["scale"]))
    return picture(340, 172 * len(panels) + 44, words["title"], words["desc"], *shapes)


def image(x: float, y: float, pixels: np.ndarray, name: str) -> str:
    """Pixels from 0 to 255 as a WebP inside the picture; colours to the last bit."""
    file = io.BytesIO()
    kept = Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))
    kept.save(file, "WEBP", lossless=pixels.ndim == 3, quality=90, method=6)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<image x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" '
        f'href="data:image/webp;base64,{data}"><title>{name}</title></image>'
    )


def signed(Y: np.ndarray, limit: float) -> np.ndarray:
    """Red above zero, blue below, white at zero."""
    share = (Y / limit).clip(-1, 1)[..., None]
    return np.where(share > 0, WHITE + share * (RED - WHITE), WHITE - share * (BLUE - WHITE))


def weights(x: float, y: float, K: np.ndarray) -> str:
    """The kernel: its numbers or, for many, a square each, the more opaque the larger."""
    side = 84 // len(K)
    if len(K) == 3:
        return grid(x, y, K, lambda i, j: "k" if K[i, j] else "o", side)
    return "".join(
        f'<rect fill="var(--k2)" x="{x + side * j:g}" y="{y + side * i:g}" '
        f'width="{side}" height="{side}" opacity="{value / K.max():.2f}"/>'
        for (i, j), value in np.ndenumerate(K)
    )


def scale(middle: float, y: float, name: str) -> str:
    """The colours of signed outputs."""
    stops = "".join(
        f'<stop offset="{offset}" stop-color="rgb({",".join(map(str, colour))})"/>'
        for offset, colour in ((0, BLUE), (0.5, WHITE), (1, RED))
    )
    return (
        f'<linearGradient id="signed">{stops}</linearGradient>'
        f'<rect x="{middle - 60:g}" y="{y}" width="120" height="12" fill="url(#signed)"/>'
        + text(middle - 72, y + 6, "−", "s")
        + text(middle, y + 24, "0", "s")
        + text(middle + 72, y + 6, "+", "s")
        + text(WIDTH + 16, y + 6, name, "s l")
    )
