"""Reading feeds of any shape and replaying them onto `wire.raw`: `read` (what is there), `pace` (when it goes),
`forge` (seeded faults), `publish` (how it travels), `run` (all of it together)."""
