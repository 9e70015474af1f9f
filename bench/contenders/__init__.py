"""One module a contender, each a process of its own: `python -m bench.contenders.NAME`. Settings come from `WIRE_…`."""
