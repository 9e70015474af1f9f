"""Wire stories in, one clean stream out. Nothing here knows Faust; `topology.py` is the page to read first."""
