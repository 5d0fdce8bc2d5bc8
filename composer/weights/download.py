"""Fetch a model file: resumable, checked, and never half there under its own name."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from composer.errors import Cancelled, ModelUnavailable
from composer.values import Progress
from composer.weights.locate import verify
from composer.weights.registry import ModelFile

_BLOCK = 1 << 18
_TIMEOUT_SECONDS = 30
_BROKEN = (OSError, http.client.HTTPException)


def download(
    model: ModelFile,
    folder: Path,
    *,
    attempts: int = 4,
    pause: float = 1.0,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Download a model file, or go on where an earlier download broke off.

    Args:
        model: from the registry.
        folder: where to put it; made when absent.
        attempts: connections tried in all before giving up.
        pause: seconds before trying again, doubled every time.
        progress: told in bytes.
        cancelled: asked after every block.

    Returns:
        The file, its size and hash checked.

    Raises:
        ModelUnavailable: it could not be fetched, or what came is not the file; what to do is in the hint.
        Cancelled: the user stopped it; what has come is kept for next time.
    """
    target, part = folder / model.file, folder / f"{model.file}.part"
    folder.mkdir(parents=True, exist_ok=True)
    if target.is_file():
        verify(model, target)
        return target
    problem: BaseException | None = None
    for attempt in range(attempts):
        if attempt:
            time.sleep(pause * 2 ** (attempt - 1))
        try:
            _fetch(model, part, progress, cancelled)
        except urllib.error.HTTPError as error:
            error.close()
            raise _refused(model, f"the server answered {error.code} {error.reason}") from error
        except _BROKEN as error:
            problem = error
            continue
        if part.stat().st_size >= model.size:
            return _accepted(model, part, target, progress)
        problem = ConnectionError(f"the connection ended after {part.stat().st_size} of {model.size} bytes")
    raise _refused(model, f"{attempts} attempts failed, the last with: {problem}") from problem


def _fetch(model: ModelFile, part: Path, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
    have = part.stat().st_size if part.is_file() else 0
    if have >= model.size:
        return
    request = urllib.request.Request(model.url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310  # the URL comes from the registry
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  # likewise
        goes_on = have > 0 and answer.status == http.client.PARTIAL_CONTENT
        have = have if goes_on else 0
        _check_length(model, answer, have)
        with part.open("ab" if goes_on else "wb") as file:
            while block := answer.read(_BLOCK):
                have += file.write(block)
                if have > model.size:
                    raise _refused(model, f"the server sends more than the {model.size} bytes it should", part)
                progress(Progress(f"download {model.name}", have, model.size))
                if cancelled():
                    raise Cancelled(f"stopped after {have} of {model.size} bytes; the next download goes on from there")


def _check_length(model: ModelFile, answer: Any, have: int) -> None:
    claimed = answer.headers.get("Content-Length")
    if claimed is not None and int(claimed) + have != model.size:
        raise _refused(model, f"the server offers {int(claimed) + have} bytes, the file has {model.size}")


def _accepted(model: ModelFile, part: Path, target: Path, progress: Callable[[Progress], None]) -> Path:
    try:
        verify(model, part, tell=lambda done: progress(Progress(f"check {model.name}", done, model.size)))
    except ModelUnavailable as error:
        part.unlink()
        raise _refused(model, f"what came is not the file: {error.message}") from error
    part.replace(target)
    return target


def _refused(model: ModelFile, why: str, part: Path | None = None) -> ModelUnavailable:
    if part is not None:
        part.unlink(missing_ok=True)
    return ModelUnavailable(
        f"{model.name} could not be downloaded: {why}",
        hint=f"try again later, or fetch {model.url} by other means and point --weights at its folder",
    )
