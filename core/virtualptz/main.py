"""`uvicorn virtualptz.main:app`: the agent, set up by the environment."""

from .api.app import create_app

app = create_app()
