"""Files that ship with Composer: templates, backdrops, the demo clip, embedded weights."""

from __future__ import annotations

import hashlib
from functools import lru_cache
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


@lru_cache(maxsize=4)
def digest_of_file(path: Path) -> str:
    """Short hash of a shipped file, or ``absent``; read once."""
    return hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest() if path.is_file() else "absent"
