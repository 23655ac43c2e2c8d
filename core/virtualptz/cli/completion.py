"""`virtualptz completion`: what makes a shell complete commands, flags and their values."""

from typing import Annotated, Literal

from cyclopts import Parameter

from .app import app


@app.command
def completion(
    shell: Literal["bash", "zsh", "fish"], *, install: Annotated[bool, Parameter(negative="")] = False
) -> int:
    """Print the script by which a shell completes this command; or put it where the shell looks.

    For this shell alone: source <(virtualptz completion bash). Begin a new one after --install.

    Parameters
    ----------
    shell
        Which one.
    install
        Write it where the user has such scripts, and the line that reads it into the shell's own file.
    """
    if install:
        print(app.install_completion(shell=shell))
    else:
        print(app.generate_completion(shell=shell))
    return 0
