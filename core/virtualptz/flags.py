"""Settings given on the command line: the strongest source of the one schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import ConfigError

SECRET_WORDS = ("key", "password", "secret", "token", "passphrase")
"""What ends in one of these holds a secret."""
NOT_BY_FLAG: Mapping[str, str] = {
    "api_key": "RUNNER_API_KEY, the file that --api-key-file names",
    "ingest_output_uri": "RUNNER_INGEST_OUTPUT_URI",
}
"""Settings that hold secrets, and where to put them instead: any user of the machine may list flags."""

Options = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Flags:
    values: Mapping[str, str | bool] = field(default_factory=dict)
    """By the settings' names in the file."""
    framing: Mapping[str, str] = field(default_factory=dict)
    plugin: Options = field(default_factory=dict)
    """Options by extension and name."""

    def check(self) -> None:
        """Raises ConfigError where one is a secret."""
        for name, instead in NOT_BY_FLAG.items():
            if name in self.values:
                raise _secret(f"--{hyphened(name)}", f"{instead}, or the file of RUNNER_CONFIG")
        for extension, options in self.plugin.items():
            for option in options:
                if option.lower().endswith(SECRET_WORDS):
                    variable = f"RUNNER_PLUGIN_{extension}_{option}".upper().replace("-", "_")
                    table = f"the file of RUNNER_CONFIG under [plugin.{extension}]"
                    raise _secret(f"--plugin.{extension}.{hyphened(option)}", f"{variable}, or {table}")

    def has(self, variable: str) -> bool:
        """Whether one of them sets what this variable would."""
        return variable in self.as_environ()

    def as_environ(self) -> dict[str, str]:
        """The variables that say the same, for processes that read the settings themselves."""
        plain = {
            variable_of(name): str(value).lower() if isinstance(value, bool) else value
            for name, value in self.values.items()
        }
        framing = {f"RUNNER_FRAMING_{name.upper()}": value for name, value in self.framing.items()}
        plugin = {
            f"RUNNER_PLUGIN_{extension.replace('-', '_')}_{option}".upper(): value
            for extension, options in self.plugin.items()
            for option, value in options.items()
        }
        return plain | framing | plugin


def variable_of(name: str) -> str:
    """A setting's name in the environment."""
    return name.upper() if name.startswith("preview_mjpeg_") else f"RUNNER_{name.upper()}"


def hyphened(name: str) -> str:
    return name.replace("_", "-")


def _secret(flag: str, instead: str) -> ConfigError:
    return ConfigError(
        f"{flag}: a secret is no flag, for any user of the machine may read it; put it into {instead}"
    )
