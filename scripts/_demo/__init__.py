"""The demonstration behind `scripts/demo`: an agent, a source, an ingest, and what to look at."""
