"""What the tests measure pictures and sound with.

Nothing of the agent is used here: it would judge itself.
"""
