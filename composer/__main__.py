"""``python -m composer``."""

from __future__ import annotations

from composer.cli import main

if __name__ == "__main__":
    main()
