"""Draw every picture in both languages: `python pic/draw.py`.

A picture is a module of this folder with `TEXT`, a table of its words by language, and
`draw`, which takes one language's words and returns SVG.
"""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "docs" / "hooks")]
from execution import write  # noqa: E402

TOOLS = {"draw", "svg"}


def pictures() -> dict[str, str]:
    """Every picture's SVG by its file name."""
    drawn = {}
    for path in sorted(HERE.glob("*.py")):
        if path.stem in TOOLS:
            continue
        module = importlib.import_module(path.stem)
        for language, words in module.TEXT.items():
            name = f"{path.stem.replace('_', '-')}.{language}.svg"
            drawn[name] = module.draw(words)
    return drawn


if __name__ == "__main__":
    for name, svg in pictures().items():
        write(HERE / name, svg)
