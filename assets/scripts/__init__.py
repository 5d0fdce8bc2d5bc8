"""Small modules that paint, pose, light and write the project's own media."""
