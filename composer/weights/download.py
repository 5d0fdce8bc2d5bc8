"""Fetch a model file: resumable, checked, and never half there under its own name."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.errors import Cancelled, InputError, ModelUnavailable
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
    mirror: str | None = None,
    attempts: int = 4,
    pause: float = 1.0,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Download a model file, or go on where an earlier download broke off.

    Servers are tried one after the other: the mirror given, then those of the registry. Whoever sent which part, the
    whole is checked against the registry's hash.

    Args:
        model: from the registry.
        folder: where to put it; made when absent.
        mirror: http or https address of a folder that holds the file under its registry name, or None.
        attempts: connections tried in all to a server before going to the next.
        pause: seconds before trying again, doubled every time.
        progress: told in bytes.
        cancelled: asked after every block.

    Returns:
        The file, its size and hash checked.

    Raises:
        InputError: the mirror is no web address.
        ModelUnavailable: it could not be fetched, or what came is not the file; what to do is in the hint.
        Cancelled: the user stopped it; what has come is kept for next time.
    """
    target, part = folder / model.file, folder / f"{model.file}.part"
    urls = sources_of(model, mirror)
    folder.mkdir(parents=True, exist_ok=True)
    if target.is_file():
        verify(model, target)
        return target
    refusals = []
    for url in urls:
        order = _Order(model, url, part, progress, cancelled)
        try:
            _from(order, attempts, pause)
        except _Refused as refusal:
            refusals.append((urllib.parse.urlsplit(url).netloc, str(refusal)))
            continue
        part.replace(target)
        return target
    raise _unavailable(model, refusals)


def sources_of(model: ModelFile, mirror: str | None = None) -> tuple[str, ...]:
    """The addresses of a model file, in the order they are tried.

    Args:
        model: from the registry.
        mirror: address of a folder that holds the file, or None.

    Raises:
        InputError: the mirror is no web address.
    """
    if mirror is None:
        return (model.url, *model.mirrors)
    if not mirror.isascii() or not mirror.isprintable() or _scheme(mirror) not in ("http", "https"):
        raise InputError(
            f"mirror {mirror!r} is not an http or https address",
            hint="files in a folder of this machine are used as they are: --weights FOLDER, or COMPOSER_WEIGHTS",
        )
    return (f"{mirror.rstrip('/')}/{model.file}", model.url, *model.mirrors)


def _scheme(address: str) -> str:
    try:
        return urllib.parse.urlsplit(address).scheme
    except ValueError:  # such as brackets around no address
        return ""


@dataclass(frozen=True)
class _Order:
    """What is fetched from where."""

    model: ModelFile
    url: str
    part: Path
    progress: Callable[[Progress], None]
    cancelled: Callable[[], bool]

    @property
    def have(self) -> int:
        """Bytes that are here already."""
        return self.part.stat().st_size if self.part.is_file() else 0


class _Refused(Exception):
    """This server will not do."""


def _from(order: _Order, attempts: int, pause: float) -> None:
    """Fetch the rest from one server, with patience for connections that break, and check the whole."""
    problem: BaseException | None = None
    for attempt in range(attempts):
        if attempt:
            time.sleep(pause * 2 ** (attempt - 1))
        resumed = order.have > 0
        try:
            _fetch(order)
        except urllib.error.HTTPError as error:
            error.close()
            problem = ConnectionError(f"the server answered {error.code} {error.reason}")
            if error.code < http.client.INTERNAL_SERVER_ERROR:
                raise _Refused(problem) from error
            continue
        except _BROKEN as error:
            problem = error
            continue
        if order.have < order.model.size:
            problem = ConnectionError(f"the connection ended after {order.have} of {order.model.size} bytes")
            continue
        try:
            return _check(order)
        except ModelUnavailable as error:
            order.part.unlink()
            problem = _Refused(f"what came is not the file: {error.message}")
            if not resumed:  # else the wrong bytes may be from before
                raise problem from error
    raise _Refused(f"{attempts} attempts failed, the last with: {problem}") from problem


def _check(order: _Order) -> None:
    model = order.model
    verify(model, order.part, tell=lambda done: order.progress(Progress(f"check {model.name}", done, model.size)))


def _fetch(order: _Order) -> None:
    model, have = order.model, order.have
    if have >= model.size:
        return
    request = urllib.request.Request(order.url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310  # http or https: the registry's, or checked
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  # likewise
        goes_on = have > 0 and answer.status == http.client.PARTIAL_CONTENT
        if goes_on and not answer.headers.get("Content-Range", f"bytes {have}-").startswith(f"bytes {have}-"):
            order.part.unlink()  # the next attempt asks for the whole
            raise ConnectionError(f"the server sends {answer.headers['Content-Range']}, asked for bytes {have}-")
        have = have if goes_on else 0
        _check_length(model, answer, have)
        with order.part.open("ab" if goes_on else "wb") as file:
            while block := answer.read(_BLOCK):
                have += file.write(block)
                if have > model.size:
                    break
                order.progress(Progress(f"download {model.name}", have, model.size))
                if order.cancelled():
                    raise Cancelled(f"stopped after {have} of {model.size} bytes; the next download goes on from there")
    if have > model.size:
        order.part.unlink()
        raise _Refused(f"the server sends more than the {model.size} bytes it should")


def _check_length(model: ModelFile, answer: Any, have: int) -> None:
    claimed = answer.headers.get("Content-Length")
    if claimed is not None and not claimed.isdecimal():
        raise _Refused(f"the server offers {claimed} bytes, which is no number")
    if claimed is not None and int(claimed) + have != model.size:
        raise _Refused(f"the server offers {int(claimed) + have} bytes, the file has {model.size}")


def _unavailable(model: ModelFile, refusals: Sequence[tuple[str, str]]) -> ModelUnavailable:
    said = [why if len(refusals) == 1 else f"{server}: {why}" for server, why in refusals]
    return ModelUnavailable(
        f"{model.name} could not be downloaded: {'; '.join(said)}",
        hint=f"try again later or with --mirror URL, or fetch {model.url} by other means and point --weights at its folder",
    )
