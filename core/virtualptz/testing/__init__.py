"""Contracts and fakes for plug-in authors."""
