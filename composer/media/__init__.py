"""Files in and out: probe, readers, writers, audio."""
