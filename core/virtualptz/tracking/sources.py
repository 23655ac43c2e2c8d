"""Tracking sources that come with the agent."""
