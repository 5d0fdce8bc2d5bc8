"""Where an output waits until it is whole: beside its target, synced to disk, then moved in one step."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from composer.errors import OutputError

if sys.platform != "win32":  # without locks, leftovers of killed runs stay until removed by hand
    import fcntl

_PART = ".part"


class Landing:
    """A temporary file or folder in the target's own folder, so that the last move cannot cross file systems.

    It is locked while its writer lives; the next writer of the same target removes what killed ones left behind.

    Args:
        target: the final file or folder.
        is_folder: make a folder.
    """

    def __init__(self, target: Path, *, is_folder: bool = False) -> None:
        self._target = target
        prefix = f".{target.stem}."
        try:
            _remove_leftovers(target.parent, prefix)
            self.path = _created(target, prefix, is_folder=is_folder)
            self._lock = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise OutputError(
                f"{target}: cannot be written ({error.strerror})", hint="choose a folder that you may write to"
            ) from error
        if sys.platform != "win32":
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._is_open = True

    def settle(self) -> int:
        """Sync the file to disk and move it to the target.

        Returns:
            Its size in bytes.

        Raises:
            OutputError: the disk or the target does not take it.
        """
        try:
            synced(self.path)
            self.path.chmod(0o666 & ~_umask())
            size = self.path.stat().st_size
            self.path.replace(self._target)
        except OSError as error:
            raise OutputError(f"{self._target}: cannot be written ({error.strerror})") from error
        _sync_folder(self._target.parent)
        self.release()
        return size

    def discard(self) -> None:
        """Remove it; safe to call twice, and after ``settle``."""
        if not self._is_open:
            return
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Unlock."""
        if self._is_open:
            os.close(self._lock)
            self._is_open = False


def _created(target: Path, prefix: str, *, is_folder: bool) -> Path:
    if is_folder:
        return Path(tempfile.mkdtemp(prefix=prefix, suffix=_PART, dir=target.parent))
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=_PART + target.suffix, dir=target.parent)
    os.close(handle)
    return Path(name)


def _remove_leftovers(folder: Path, prefix: str) -> None:
    for found in folder.iterdir():
        if found.name.startswith(prefix) and _PART in found.name and not _is_locked(found):
            shutil.rmtree(found, ignore_errors=True) if found.is_dir() else found.unlink(missing_ok=True)


def _is_locked(path: Path) -> bool:
    if sys.platform == "win32":
        return True
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def synced(file: Path) -> None:
    """Wait until a file's content is on disk."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
