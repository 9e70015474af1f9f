"""Which desks a story goes to, by the rules of one file (docs/desks.md)."""
