"""`uvicorn virtualptz.main:app`: the agent, set up by the environment."""

from .api.app import create_app
from .api.logs import guard_logs

guard_logs()
app = create_app()
