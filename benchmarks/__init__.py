"""What is claimed of the agent's cost and speed, measured; `python benchmarks/run.py --help`."""
