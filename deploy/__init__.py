"""How the pipeline is run under Docker compose, and watched: see docs/operations.md."""
