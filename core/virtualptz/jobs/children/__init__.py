"""The processes that an agent starts, whatever they do: begun, found, watched, ended, and their logs."""
