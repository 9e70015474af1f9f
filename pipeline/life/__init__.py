"""The life of a story: its versions in order, what changed between them, embargoes, kills, and who carried it."""
