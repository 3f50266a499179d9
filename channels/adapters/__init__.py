"""One module for each provider: it authenticates, parses and sends, and nothing else."""
