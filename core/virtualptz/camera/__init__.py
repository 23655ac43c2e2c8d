"""The virtual camera: who steers it, and how it moves."""
