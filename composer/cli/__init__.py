"""The command line: thin; parse, call, print."""

from __future__ import annotations

from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> None:
    """Run the ``composer`` command.

    Args:
        args: what follows the command's name; None takes it from the process.
    """
    from composer.cli.app import app

    app(args=None if args is None else list(args), prog_name="composer")
