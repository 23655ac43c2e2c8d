"""From what the tracking sees to the view that it deserves."""
