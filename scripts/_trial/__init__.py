"""What somebody new does, done by the clock in a clone of what is committed: `scripts/trial`."""
