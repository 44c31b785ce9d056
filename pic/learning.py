"""The loop that learns a kernel: predict, compare, follow the gradient, repeat."""

from svg import arrow, picture, text

TEXT = {
    "en": {
        "title": "How a kernel is learnt",
        "desc": "The input and the kernel give a prediction; the prediction and the wanted output give a loss; the loss's gradient changes the kernel, and the loop starts again.",
        "X": "input X",
        "K": "kernel K",
        "P": "prediction X ⋆ K",
        "Y": "wanted output Y",
        "L": "loss L",
        "step": "K ← K − η ∂L/∂K",
    },
    "zh": {
        "title": "卷积核是怎样学出来的",
        "desc": "输入和卷积核给出预测，预测与期望输出给出损失，再按损失的梯度修改卷积核，然后重新开始。",
        "X": "输入 X",
        "K": "卷积核 K",
        "P": "预测 X ⋆ K",
        "Y": "期望输出 Y",
        "L": "损失 L",
        "step": "K ← K − η ∂L/∂K",
    },
}


def draw(words: dict[str, str]) -> str:
    def box(x: int, y: int, width: int, label: str, kind: str) -> str:
        return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="44" rx="6"/>' + text(
            x + width / 2, y + 22, label
        )

    return picture(
        420,
        240,
        words["title"],
        words["desc"],
        box(10, 12, 100, words["X"], "x"),
        box(10, 100, 100, words["K"], "k"),
        box(160, 56, 150, words["P"], "o"),
        box(160, 144, 150, words["Y"], "y"),
        box(340, 100, 74, words["L"], "n"),
        arrow([(110, 34), (158, 66)]),
        arrow([(110, 122), (158, 90)]),
        arrow([(310, 78), (339, 108)]),
        arrow([(310, 166), (339, 136)]),
        arrow([(377, 144), (377, 222), (60, 222), (60, 146)]),
        text(218, 207, words["step"], "b"),
    )
