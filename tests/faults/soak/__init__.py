"""The soak: everything at once for as long as one likes, with faults; and what slowly grows or drifts."""
