"""Faust only: the one app, the batching transport, and a thin agent for each stage. Logic lives in `pipeline/`."""
