"""Generated scenes: layered worlds with known moving objects, deterministic by seed."""
