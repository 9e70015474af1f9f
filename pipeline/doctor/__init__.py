"""What `wire doctor` looks at: this machine (`machine`), the settings (`configured`), Kafka (`cluster`, `clock`)."""
