"""The agent's side of jobs: starts their processes, listens to them, restarts and adopts them."""
