"""The agent that a command speaks to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .app import read_settings

if TYPE_CHECKING:
    from ..client import RunnerClient
    from ..settings import Settings

ANSWER_SECONDS = 60.0
NO_KEY = {401, 403}


@contextmanager
def agent_at(base_url: str, settings: "Settings | None" = None) -> "Iterator[RunnerClient]":
    """The one at `base_url`, or where the settings say that it listens. What it does not answer or refuses is
    told with what to do about it: raises ConfigError, RunnerError."""
    from ..client import RunnerClient, RunnerError, RunnerRefusedError, RunnerUnreachableError
    from ..keys import ApiKeys
    from ..redact import mask

    read = settings or read_settings()
    url = base_url or read.agent_url
    with RunnerClient(url, ApiKeys.of(read).first, answer_seconds=ANSWER_SECONDS) as agent:
        try:
            yield agent
        except RunnerUnreachableError as error:
            raise RunnerError(
                f"no answer from an agent at {mask(url)} ({error}); "
                "--runner-base-url or RUNNER_AGENT_URL names another"
            ) from error
        except RunnerRefusedError as error:
            if error.status not in NO_KEY:
                raise
            raise RunnerError(f"the agent at {mask(url)}: {error}; it is set in RUNNER_API_KEY") from error
