"""Training the motion network: generated scenes, the network, the run, the export, the scores."""
