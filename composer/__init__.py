"""Composer: one YAML recipe and some footage in, an edited video out."""

__version__ = "0.1.0"
