"""Where model files lie on this machine, and whether they are what they say."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from composer.errors import ModelUnavailable
from composer.weights.registry import ModelFile

_BLOCK = 1 << 22


def weight_folders(given: Path | None = None, *, environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Folders that are looked through, in order: the one given, COMPOSER_WEIGHTS, the user's cache.

    Args:
        given: from ``--weights``, or None.
        environ: the environment.
    """
    named = environ.get("COMPOSER_WEIGHTS")
    folders = [given, Path(named).expanduser() if named else None, user_folder(environ)]
    return tuple(dict.fromkeys(folder for folder in folders if folder is not None))


def user_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where downloads go by default: the user's cache folder, as the system names it."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if sys.platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "composer" / "weights"


def find_weights(model: ModelFile, folders: tuple[Path, ...]) -> Path | None:
    """The first file of the right name and size, or None; quick, so it does not read the file.

    Args:
        model: what is looked for.
        folders: in order, from ``weight_folders``.
    """
    paths = (folder / model.file for folder in folders)
    return next((path for path in paths if path.is_file() and path.stat().st_size == model.size), None)


def verify(model: ModelFile, path: Path, *, tell: Callable[[int], None] = lambda _: None) -> None:
    """Read the whole file and compare its size and hash with the registry.

    Args:
        model: what the file should be.
        path: the file.
        tell: told the bytes read so far.

    Raises:
        ModelUnavailable: the file is another one, or damaged.
    """
    size = path.stat().st_size
    if size != model.size:
        raise ModelUnavailable(
            f"{path} is {size} bytes long, {model.name} has {model.size}",
            hint=f"remove it, then run: composer models download {model.name}",
        )
    found = sha256_of(path, tell=tell)
    if found != model.sha256:
        raise ModelUnavailable(
            f"{path} is not {model.name}: its sha256 is {found[:12]}.., expected {model.sha256[:12]}..",
            hint=f"remove it, then run: composer models download {model.name}",
        )


def sha256_of(path: Path, *, tell: Callable[[int], None] = lambda _: None) -> str:
    """Hash of a whole file, in hexadecimal."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            tell(done)
    return digest.hexdigest()
