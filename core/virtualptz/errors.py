"""The errors that cross a module's border. Raised in the depth, handled at the boundary, logged once."""


class VirtualPtzError(Exception):
    """Everything that this project raises on purpose."""


class ConfigError(VirtualPtzError, ValueError):
    """A setting, option or request that cannot work; the message says what to write instead."""


class PluginError(VirtualPtzError):
    """A plug-in that is missing, disabled or broken; the message names it and the reason."""


class MediaError(VirtualPtzError, OSError):
    """A source or sink that failed.

    `retryable` is False where trying again cannot help (a file that is not there, a format that is not
    media, a codec that is missing): the job then ends as failed instead of reconnecting.
    """

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class MediaTimeoutError(MediaError, TimeoutError):
    """Nothing came, or nothing could be written, for the time allowed. Always retryable."""


class MediaChangedError(MediaError):
    """A source goes on as something else, which this connection cannot follow: to be opened again at once."""


class MediaRefusedError(MediaError):
    """The other side was reached, and does not want us (login, address, rights): worth a try now and then."""


class UnknownJobError(VirtualPtzError, LookupError):
    """No job has this id."""


class UnknownPresetError(VirtualPtzError, LookupError):
    """The camera has no preset of this name; the message names those that it has."""


class UnknownPluginError(VirtualPtzError, LookupError):
    """No plug-in of this name is installed; the message names those that are."""


class JobNotRunningError(VirtualPtzError):
    """The job exists but has ended, so it cannot do what was asked."""


class LimitError(VirtualPtzError):
    """As many jobs or viewers as the settings allow are there already."""


class StoppingError(VirtualPtzError):
    """The agent is about to end, and begins nothing new."""


class JobConflictError(VirtualPtzError):
    """Another job already publishes to the same place; the message names it."""


class KeyInUseError(VirtualPtzError):
    """A start with this idempotency key is under way."""


class KeyReusedError(VirtualPtzError):
    """This idempotency key stands for another start."""


class StoreError(VirtualPtzError):
    """The agent's record of its jobs cannot be written (disk full, disk gone)."""
