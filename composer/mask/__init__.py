"""From pictures to mattes: what moves, keys, prompts, files."""
