"""Every Python example of docs/python.md and docs/otio.md runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from composer.media.synthetic import write_clip
from composer.values import Size

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import blocks  # noqa: E402 - docs/ is made importable just above

EXAMPLES = [block for page in ("python", "otio") for block in blocks(ROOT / "docs" / f"{page}.md", "python")]
SAYS = [
    ["(36, 64, 3) uint8"] * 5 + ["25"],
    ["yuv420p 64x36 0 ['uint8', 'uint8', 'uint8']"],
    ["0.4 (36, 64, 3)"],
    ["10"],
    ["plate"],
]


@pytest.mark.parametrize(("block", "says"), list(zip(EXAMPLES, SAYS, strict=True)), ids=range(len(EXAMPLES)))
def test_every_example_runs_and_says_what_it_should(block, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "plate.mkv", size=Size(64, 36), frames=10, codec="ffv1", format="yuv420p")
    edits = "edits: [{solid: {color: red, opacity: 0.5}}]"
    Path("recipe.yaml").write_text(f"composer: 1\nsources: {{plate: plate.mkv}}\n{edits}\n")
    exec(compile(block.text, "example", "exec"), {})  # noqa: S102 - this project's own page
    assert capsys.readouterr().out.splitlines() == says
