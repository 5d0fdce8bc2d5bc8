"""Recipe and probed media to exactly what will be done."""
