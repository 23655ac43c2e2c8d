"""`virtualptz serve`: the agent."""

from .app import Port
from .setting_flags import NO_FLAGS, Given, read_with


def serve(*, host: str = "127.0.0.1", port: Port = 9001, settings: Given = NO_FLAGS) -> int:
    """Run the agent until SIGTERM or Ctrl-C. Flags win over RUNNER_*, and those over the file.

    Parameters
    ----------
    host
        Address to listen on; 0.0.0.0 for all.
    port
        TCP port.
    """
    from ..api.server import serve as run
    from ..jobs.fence import close_agent

    close_agent()
    return run(read_with(settings), host, port)
