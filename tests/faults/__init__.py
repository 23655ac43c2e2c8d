"""Faults injected into real processes and servers, and what a viewer of the program got of it."""
