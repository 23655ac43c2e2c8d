"""Requests of all kinds to an agent that has secrets to keep: `scripts/fuzz-api`."""
