"""Files that ship with Composer: templates, backdrops, the demo clip, embedded weights."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(name: str) -> Path:
    """Path of a shipped file or folder such as ``templates`` or ``assets/weights/motion.onnx``.

    An installed wheel carries them inside the package; a checkout has them beside it.

    Example:
        >>> bundled("templates").is_dir()
        True
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name
