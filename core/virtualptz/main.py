"""`uvicorn virtualptz.main:app`: the agent, set up by the environment."""

from .api.app import create_app
from .api.logs import dress_handlers

dress_handlers()
app = create_app()
