"""What an agent keeps on disk, so that the next one knows it: which jobs there are, presets, starts."""
