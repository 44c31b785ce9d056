"""Draw every picture in both languages: `python pic/draw.py`.

A picture is a module of this folder with `TEXT`, a table of its words by language, and
`draw`, which takes one language's words and returns SVG. One that moves may have `animate` as
well, which returns a GIF without words, for places that show no SVG.
"""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "docs" / "hooks")]
from execution import write  # noqa: E402

TOOLS = {"bitmap", "draw", "svg"}


def pictures() -> dict[str, str | bytes]:
    """Every picture by its file name."""
    drawn: dict[str, str | bytes] = {}
    for path in sorted(HERE.glob("*.py")):
        if path.stem in TOOLS:
            continue
        module = importlib.import_module(path.stem)
        name = path.stem.replace("_", "-")
        for language, words in module.TEXT.items():
            drawn[f"{name}.{language}.svg"] = module.draw(words)
        if hasattr(module, "animate"):
            drawn[f"{name}.gif"] = module.animate()
    return drawn


if __name__ == "__main__":
    for name, content in pictures().items():
        write(HERE / name, content)
