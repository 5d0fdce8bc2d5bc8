"""Makes assets/fonts from the npm package @fontsource/rubik: ``python assets/scripts/fonts.py path/to/package``.

The package holds one font for each script; here they become one font each for regular and bold, so that a line may mix
scripts. Needs fonttools and brotli, which nothing else here does.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

SCRIPTS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "hebrew", "arabic")
WEIGHTS = {"rubik": 400, "rubik-bold": 700}
FONTS = Path(__file__).parents[1] / "fonts"


def make_font(package: Path, weight: int, target: Path) -> None:
    """Join the parts of one weight.

    Args:
        package: the unpacked npm package.
        weight: 400 or 700.
        target: the .ttf to write.
    """
    from fontTools.merge import Merger, Options  # noqa: PLC0415 - not a dependency of the project
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for script in SCRIPTS:
            font = TTFont(package / "files" / f"rubik-{script}-{weight}-normal.woff2")
            font.flavor = None
            if "STAT" in font:
                del font["STAT"]
            parts.append(str(Path(folder) / f"{script}.ttf"))
            font.save(parts[-1])
        Merger(Options(drop_tables=["vmtx", "vhea", "MATH"])).merge(parts).save(target)


if __name__ == "__main__":
    for name, weight in WEIGHTS.items():
        make_font(Path(sys.argv[1]), weight, FONTS / f"{name}.ttf")
