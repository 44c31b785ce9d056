"""The labs: what a page shows in their place without JavaScript and on paper, and the cat."""

import io
import re
from pathlib import Path
from typing import Any

TAG = re.compile(r"<p>(<(?P<name>[a-z]+)-lab[^>]*>)</(?P=name)-lab></p>")
# The picture that stands in for each lab, what it shows, and what the lab would do.
INSTEAD = {
    "correlation": (
        "cross-correlation",
        {
            "en": "The top left window of a 3×3 input meets a 2×2 kernel; the sum of the four products is the first output.",
            "zh": "3×3 输入左上角的窗口与 2×2 卷积核按元素相乘，四个乘积之和就是第一个输出。",
        },
        {
            "en": "With JavaScript, you can edit every number here and step through the outputs.",
            "zh": "启用 JavaScript 后，可以在这里修改每个数，一步一步看输出。",
        },
    ),
    "dense": (
        "dense-to-conv",
        {
            "en": "The weight of a layer as a matrix: fully connected, shared, and local.",
            "zh": "写成矩阵的层的权重：全连接、共享、局部。",
        },
        {
            "en": "With JavaScript, you can take a layer through these steps here and watch its weights.",
            "zh": "启用 JavaScript 后，可以在这里让一个层依次走过这几步，观察它的权重。",
        },
    ),
    "shift": (
        "translation-invariance",
        {
            "en": "A cross in an image and a detector's response to it; the cross moves, and the response moves by as much.",
            "zh": "图像中的十字和检测器对它的响应；十字移动，响应也移动同样多。",
        },
        {
            "en": "With JavaScript, you can drag a shape here and measure how well the responses follow.",
            "zh": "启用 JavaScript 后，可以在这里拖动图形，测量响应跟随得有多准。",
        },
    ),
    "photo": (
        "kernel-effects",
        {
            "en": "The same eye of a cat as it is, blurred, sharpened, and as two maps of edges, each with its kernel beside it.",
            "zh": "同一只猫眼：原图、模糊、锐化，以及两幅边缘图，每幅右边是所用的卷积核。",
        },
        {
            "en": "With JavaScript, you can try kernels here on the cat, on a picture of yours or on your camera.",
            "zh": "启用 JavaScript 后，可以在这里用猫的照片、你自己的图片或摄像头试验卷积核。",
        },
    ),
    "learning": (
        "learning",
        {
            "en": "Input and kernel give a prediction; prediction and wanted output give a loss; its gradient changes the kernel.",
            "zh": "输入和卷积核给出预测，预测与期望输出给出损失，再按损失的梯度修改卷积核。",
        },
        {
            "en": "With JavaScript, you can change the learning rate here and watch the kernel go down, or off.",
            "zh": "启用 JavaScript 后，可以在这里改变学习率，看卷积核收敛或发散。",
        },
    ),
}


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Give each lab its picture and sentence; docs/hooks/pictures.py sizes the picture."""
    language = config.theme["language"]
    up = "../" * page.url.count("/")

    def filled(match: re.Match[str]) -> str:
        picture, shows, does = INSTEAD[match["name"]]
        return (
            f'{match[1]}<div class="instead"><img src="{up}pic/{picture}.svg" '
            f'alt="{shows[language]}" loading="lazy"><p>{does[language]}</p></div>'
            f"</{match['name']}-lab>"
        )

    return TAG.sub(filled, html)


on_page_content.mkdocs_priority = 50  # type: ignore[attr-defined]  # before the pictures' sizes


def small_cat() -> bytes:
    """The photo as a small WebP."""
    import numpy as np
    from PIL import Image

    from convdocs import cat

    file = io.BytesIO()
    pixels = (np.moveaxis(cat(), 0, -1) * 255).round().astype("uint8")
    Image.fromarray(pixels).save(file, "WEBP", quality=70, method=6)
    return file.getvalue()


def on_files(files: Any, config: Any) -> Any:
    """Add the cat of the photo lab, made small once."""
    from mkdocs.structure.files import File

    kept = Path(config.config_file_path).parent / ".cache" / "cat.webp"
    if not kept.exists():
        from execution import write

        write(kept, small_cat())
    files.append(File.generated(config, "assets/labs/cat.webp", abs_src_path=str(kept)))
    return files
