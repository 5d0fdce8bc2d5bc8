"""Picture changes, one file each; pure functions of their inputs."""
