"""The detectors that the agent runs itself: one worker for all jobs of each, kept running."""
