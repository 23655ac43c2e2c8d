"""`virtualptz doctor`: what this machine lacks."""

from .app import app

app.command(
    "virtualptz.cli.examined:doctor",
    name="doctor",
    help="Look at this machine: say what is missing and how to get it. Ends with 1 where something is.",
)
