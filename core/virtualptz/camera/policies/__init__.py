"""Smoothing policies that come with the agent."""
