"""Doing the plan: streaming, bounded, atomic."""
