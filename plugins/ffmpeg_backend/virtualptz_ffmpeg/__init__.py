"""FFmpeg's libraries through PyAV, and copy-only FFmpeg processes at the edges."""
