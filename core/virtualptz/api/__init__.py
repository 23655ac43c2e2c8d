"""REST: the gateway's side of the agent. FastAPI lives here and nowhere else."""
