"""Wire stories in, one clean stream out. Nothing in this package knows Faust; `topology.py` is the page to read first."""
