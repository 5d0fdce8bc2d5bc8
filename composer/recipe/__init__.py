"""YAML to typed models, with positions, parameters and versions."""
