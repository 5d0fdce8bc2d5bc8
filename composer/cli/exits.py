"""How commands end: one clear message on stderr, and a status that says whose mistake it was."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from composer.errors import ComposerError

_OURS = 1
_INTERRUPTED = 130


@contextmanager
def told(*, debug: bool, as_json: bool = False) -> Iterator[None]:
    """Turn every error inside into a message and an exit status: 2 input, 1 ours, 130 stopped.

    Args:
        debug: show the trace as well.
        as_json: say it on stdout too, as a JSON event.
    """
    try:
        yield
    except ComposerError as error:
        _say(str(error), error.exit_status, type(error).__name__, debug=debug, as_json=as_json)
    except KeyboardInterrupt:
        _say("stopped", _INTERRUPTED, "Cancelled", debug=debug, as_json=as_json)
    except BrokenPipeError:
        # Whoever read our output has gone, such as head: nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except typer.Exit:
        raise
    except OSError as error:
        # The disk is full, a folder went away: neither the recipe nor Composer is at fault.
        place = f"{error.filename}: " if error.filename else ""
        _say(f"{place}{error.strerror or error}", _OURS, type(error).__name__, debug=debug, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last place before the user: everything becomes a message
        hint = "this is a fault in Composer; run it again with --debug and report what it prints"
        _say(f"{type(error).__name__}: {error}\n  {hint}", _OURS, "Fault", debug=debug, as_json=as_json)


def _say(message: str, status: int, kind: str, *, debug: bool, as_json: bool) -> None:
    if debug:
        traceback.print_exc()
    typer.echo(message, err=True)
    if as_json:
        emit("error", kind=kind, message=message, status=status)
    raise typer.Exit(status) from None


def emit(event: str, **facts: Any) -> None:
    """Print one JSON event on stdout, one line each."""
    typer.echo(json.dumps({"event": event, **facts}))


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Lets Ctrl-C and SIGTERM stop the work at the next frame; a second Ctrl-C stops it at once.

    Yields:
        A function that says whether the work is to stop.
    """
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop.is_set
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
