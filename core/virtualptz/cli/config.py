"""`virtualptz config`: the settings as they are in force."""

from cyclopts import App

from .app import app

config = App(name="config", help="Show the settings, or check them.", help_format="plaintext")
app.command(config)
config.command(
    "virtualptz.cli.configured:show",
    name="show",
    help="List every setting: its value, and which of flag, environment, file or default says so.",
)
config.command(
    "virtualptz.cli.configured:check",
    name="check",
    help="Read the settings as an agent would that starts now. Ends with 2 where one is wrong.",
)
