"""Jobs: one process each, which the agent starts, watches, adopts and stops."""
