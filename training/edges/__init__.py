"""Training the edges network: generated composites, coarse mattes made of their truth, the network, the run."""
