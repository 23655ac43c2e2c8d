"""The agent's settings: a TOML file, `RUNNER_*` in the environment, and flags of the command line.

Flags win over the environment, and that over the file. The file is `$RUNNER_CONFIG`, else
`~/.config/virtualptz/runner.toml` where it exists.
"""

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from .errors import ConfigError
from .flags import Flags, hyphened, variable_of
from .hosts import SOURCE_HOSTS, TARGET_HOSTS, HostPolicy
from .model import MAX_LOOKAHEAD_SECONDS, FramingOptions, PtzRules

NEED_RESTART = frozenset(
    {
        *("state_dir", "api_key", "api_key_file", "agent_url", "ffmpeg", "pass_environment", "spare_process"),
        *("preview_token_seconds", "detector_hang_seconds", "max_viewers"),
        *("min_free_disk_mb", "job_memory_mb", "log_format", "log_level"),
    }
)
"""What is read once, when the agent starts. (`max_viewers` bounds the server's connections, too.)"""
PLUGIN_OPTION_PREFIX = "RUNNER_PLUGIN_"
FRAMING_PREFIX = "RUNNER_FRAMING_"


def state_home() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "virtualptz"


def config_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(os.environ.get("RUNNER_CONFIG") or Path(base) / "virtualptz" / "runner.toml")


class Settings(BaseSettings):
    """One schema for the TOML file, the environment and the flags."""

    model_config = SettingsConfigDict(env_prefix="RUNNER_", frozen=True, extra="forbid")
    _flags: Flags = PrivateAttr(default_factory=Flags)

    api_key: SecretStr = Field(SecretStr(""), description="bearer key; empty: loopback clients only")
    api_key_file: str = Field("", description="more keys, one a line; read again when it changes")
    public_base_url: str = Field("http://127.0.0.1:9001", description="prefix of the preview URLs")
    state_dir: Path = Field(default_factory=state_home, description="store, job specs, sockets, logs")
    log_format: str = Field(
        "auto",
        pattern="^(auto|text|json)$",
        description="of log lines; `auto`: JSON under systemd, text elsewhere, coloured on a terminal",
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="from which level on lines are logged"
    )
    ingest_output_uri: str = Field("", description="where an ingest publishes; empty: thrown away")
    output_width: int = Field(1280, ge=16, le=7680, multiple_of=2, description="of the program, pixels")
    output_height: int = Field(720, ge=16, le=4320, multiple_of=2, description="of the program, pixels")
    video_encoder: str = Field(
        "auto", pattern="^(auto|libx264|h264_nvenc)$", description="`auto`: hardware that works, else libx264"
    )
    ffmpeg: str = Field("", description="the ffmpeg binary; empty: PATH, else the [ffmpeg] extra's")

    ptz_min_apply_interval_seconds: float = Field(
        0.35, ge=0, description="least time between two accepted camera targets"
    )
    ptz_min_delta_xy: float = Field(0.008, ge=0, description="smallest move, fraction of the source")
    ptz_min_delta_zoom: float = Field(0.015, ge=0, description="smallest change of the zoom")
    ptz_takeover_seconds: float = Field(10.0, ge=0, description="how long a person keeps the camera")

    preview_mjpeg_fps: float = Field(
        20, ge=1, le=60, validation_alias="PREVIEW_MJPEG_FPS", description="pictures a second of a preview"
    )
    preview_mjpeg_scale: str = Field(
        "640:-1", validation_alias="PREVIEW_MJPEG_SCALE", description="its size, `W:H`; -1 keeps the aspect"
    )
    preview_mjpeg_q: int = Field(
        8, ge=2, le=31, validation_alias="PREVIEW_MJPEG_Q", description="its JPEG quality; 2 is best"
    )
    preview_token_seconds: int = Field(300, ge=1, description="how long a preview URL can be opened")

    media_backend: str = Field("ffmpeg", description="what reads, crops and publishes")
    smoothing_policy: str = Field("auto", description="`auto`: `lookahead`, or `spring` without look-ahead")
    lookahead_seconds: float = Field(
        1.0, ge=0, le=MAX_LOOKAHEAD_SECONDS, description="how long after the camera the program leaves"
    )
    lookahead_memory_mb: float = Field(
        1024.0, gt=0, description="what a job's pictures may take meanwhile; the look-ahead is cut to fit"
    )
    decision_log: bool = Field(False, description="each ingest writes down what it saw and decided")
    decision_log_megabytes: float = Field(50.0, ge=0.01, description="how large one file of it may become")
    decision_log_files: int = Field(8, ge=1, le=1000, description="how many of them a job keeps")
    framing: dict[str, str] = Field(
        default_factory=dict, description="how tracks become a view: RUNNER_FRAMING_<OPTION>"
    )
    plugins_disabled: Annotated[tuple[str, ...], NoDecode] = Field((), description="names, comma-separated")
    plugin: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="options by extension: RUNNER_PLUGIN_<NAME>_<OPTION>"
    )

    detector: str = Field(
        "none", description="what the agent runs for an ingest: none, auto, motion, yolo, ..."
    )
    detector_hang_seconds: float = Field(
        10.0,
        ge=1,
        description="a detector that tells nothing for so long, though its jobs stream, is replaced",
    )
    detector_memory_mb: float = Field(
        4000.0,
        ge=50,
        description="a detector whose worker takes more, or three quarters of the machine's, is replaced",
    )
    pass_environment: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="further variables for jobs, probes and detectors; NAME, or NAME* for all that begin so",
    )
    agent_url: str = Field(
        "http://127.0.0.1:9001",
        pattern="^https?://",
        description="where workers on this machine reach the agent",
    )

    source_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="folders that file sources may come from; empty: any file the agent can read"
    )
    source_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="hosts, *.suffixes, addresses and ranges that sources may be at, and lead to over HTTP; "
        "empty: any, but over HTTP none that is nearer than the source",
    )
    target_hosts: Annotated[tuple[str, ...], NoDecode] = Field((), description="the same of targets")
    source_open_timeout_seconds: float = Field(8.0, gt=0, description="how long opening may take")
    source_read_timeout_seconds: float = Field(
        1.5, gt=0, description="silence of a source after which it is opened anew"
    )
    orphan_seconds: float = Field(600.0, ge=0, description="a job with no agent ends itself after this")
    keep_jobs_on_shutdown: bool = Field(False, description="jobs stay on air while the agent is stopped")
    spare_process: bool = Field(True, description="keep a process ready, so that a job starts at once")
    max_jobs: int = Field(64, ge=1, description="jobs at a time")
    max_viewers: int = Field(
        100, ge=1, description="open streams of previews, frames, events and logs, all jobs together"
    )
    max_viewers_per_job: int = Field(100, ge=1, description="the same of one job")
    min_free_disk_mb: float = Field(
        64.0, ge=0, description="with less room for the state folder the agent is not ready for a job"
    )
    min_free_memory_mb: float = Field(
        200.0, ge=0, description="stays free when a job starts, else it is refused; 0: nothing is looked at"
    )
    job_memory_mb: float = Field(
        4000.0, ge=50, description="a job that takes more, or three quarters of the machine's, is replaced"
    )

    @field_validator(
        "plugins_disabled", "source_roots", "source_hosts", "target_hosts", "pass_environment", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("framing", "plugin", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """A file may say `0.4` and `true` without quotes."""
        if isinstance(value, dict):
            return {key: cls._as_text(each) for key, each in value.items()}
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if isinstance(value, int | float) else value

    @property
    def flags(self) -> Flags:
        """What was set on the command line."""
        return self._flags

    @property
    def source_policy(self) -> HostPolicy:
        """Raises ConfigError, but not for settings that were loaded."""
        return HostPolicy.parse(SOURCE_HOSTS, self.source_hosts)

    @property
    def target_policy(self) -> HostPolicy:
        """Raises ConfigError, but not for settings that were loaded."""
        return HostPolicy.parse(TARGET_HOSTS, self.target_hosts)

    def framing_options(self, asked: Mapping[str, object]) -> FramingOptions:
        """`asked`, before the settings, before the defaults. ConfigError names each option that is wrong."""
        return _framing({**self.framing, **asked}, lambda name: f"framing.{name}")

    @property
    def ptz_rules(self) -> PtzRules:
        return PtzRules(
            min_apply_interval_seconds=self.ptz_min_apply_interval_seconds,
            min_delta_xy=self.ptz_min_delta_xy,
            min_delta_zoom=self.ptz_min_delta_zoom,
            takeover_seconds=self.ptz_takeover_seconds,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def plugin_options(environ: dict[str, str]) -> dict[str, dict[str, str]]:
    """`RUNNER_PLUGIN_<NAME>_<OPTION>` by extension name and option, both in lower case.

    The name ends at the first underscore: an extension whose name holds one is set in the TOML file.
    """
    found: dict[str, dict[str, str]] = {}
    for key, value in environ.items():
        if key.startswith(PLUGIN_OPTION_PREFIX):
            name, _, option = key.removeprefix(PLUGIN_OPTION_PREFIX).lower().partition("_")
            if option:
                found.setdefault(name, {})[option] = value
    return found


def framing_options(environ: dict[str, str]) -> dict[str, str]:
    """`RUNNER_FRAMING_<OPTION>` by option, in lower case."""
    return {
        key.removeprefix(FRAMING_PREFIX).lower(): value
        for key, value in environ.items()
        if key.startswith(FRAMING_PREFIX)
    }


def load_settings(flags: Flags | None = None, **overrides: Any) -> Settings:
    """Settings from overrides, flags, environment and file, in that order; ConfigError names each bad one."""
    flags = flags or Flags()
    flags.check()
    try:
        settings = Settings(**{**_by_alias(flags.values), **overrides})
    except (ValidationError, ValueError) as error:
        raise ConfigError(_explain(error, flags)) from error
    for setting, entries in ((SOURCE_HOSTS, settings.source_hosts), (TARGET_HOSTS, settings.target_hosts)):
        _check_hosts(setting, entries)
    merged = {name: dict(options) for name, options in settings.plugin.items()}
    for name, options in plugin_options(dict(os.environ)).items():
        merged.setdefault(name, {}).update(options)
    for name, given in flags.plugin.items():
        _put(merged, name, given)
    framing = settings.framing | framing_options(dict(os.environ)) | dict(flags.framing)
    _framing(framing, lambda name: _framing_setting(name, flags))
    settings = settings.model_copy(update={"plugin": merged, "framing": framing})
    settings._flags = flags
    return settings


def for_backends(settings: Settings) -> dict[str, str]:
    """What media backends are told by the environment, wherever it was set: a probe has no spec of a job."""
    told = {"RUNNER_FFMPEG": settings.ffmpeg, SOURCE_HOSTS: ",".join(settings.source_hosts)}
    return {name: value for name, value in told.items() if value}


def _put(merged: dict[str, dict[str, str]], name: str, given: Mapping[str, str]) -> None:
    """Also over those that a variable set, whose name may have been split elsewhere."""
    for option, value in given.items():
        whole = f"{name.replace('-', '_')}_{option}"
        for other, options in merged.items():
            if whole.startswith(f"{other}_"):
                options.pop(whole.removeprefix(f"{other}_"), None)
        merged.setdefault(name, {})[option] = value


def _by_alias(values: Mapping[str, object]) -> dict[str, object]:
    return {str(Settings.model_fields[name].validation_alias or name): each for name, each in values.items()}


def _framing(values: Mapping[str, object], called: Callable[[str], str]) -> FramingOptions:
    """ConfigError names each option that is wrong as it is `called` where it was set."""
    try:
        return FramingOptions.model_validate(dict(values))
    except ValidationError as error:
        unknown = f"no such option; there are: {', '.join(FramingOptions.model_fields)}"
        lines = (
            f"{called(_dotted(item['loc'])).rstrip('._')}: "
            f"{unknown if item['type'] == 'extra_forbidden' else item['msg']}"
            for item in error.errors()
        )
        raise ConfigError("\n".join(lines)) from error


def _framing_setting(name: str, flags: Flags) -> str:
    if name in flags.framing:
        return f"bad setting: --framing.{hyphened(name)}"
    return f"bad setting: {FRAMING_PREFIX}{name.upper()}{_place('framing', name)}"


def _check_hosts(setting: str, entries: tuple[str, ...]) -> None:
    try:
        HostPolicy.parse(setting, entries)
    except ConfigError as error:
        raise ConfigError(f"{error}{_place(setting.removeprefix('RUNNER_'))}") from error


def _explain(error: ValueError, flags: Flags) -> str:
    if not isinstance(error, ValidationError):
        return f"{config_file()}: {error}"
    return "\n".join(
        f"bad setting: {_setting(item['loc'], flags)}: "
        f"{_unknown(item['loc']) if item['type'] == 'extra_forbidden' else item['msg']}"
        for item in error.errors()
    )


def _unknown(loc: tuple[int | str, ...]) -> str:
    near = get_close_matches(str(loc[0]).lower(), Settings.model_fields, 1) if len(loc) == 1 else []
    return f"there is no such setting{f'; is it {near[0]}?' if near else ''}"


def _setting(loc: tuple[int | str, ...], flags: Flags) -> str:
    """As it is called where it was set, and where that is."""
    by_flag = {variable_of(name): name for name in flags.values}
    name = by_flag.get(variable_of(str(loc[0]).lower())) if loc else None
    if name is not None:
        return f"--{hyphened(name)}"
    return f"{_variable(loc)}{_place(*map(str, loc[:2]))}"


def _dotted(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


def _variable(loc: tuple[int | str, ...]) -> str:
    """The setting's name in the environment; of a key of the file that is no setting, the key."""
    name = _dotted(loc)
    return f"RUNNER_{name.upper()}" if loc and loc[0] in Settings.model_fields else name


def _place(*path: str) -> str:
    """` (FILE, line 7)` where a setting stands in the file, by its name or its table's and its own."""
    wanted = [part.lower() for part in path]
    if f"RUNNER_{'_'.join(path).upper()}" in os.environ or path[0] in os.environ:
        return ""
    try:
        lines = config_file().read_text().splitlines()
    except (OSError, ValueError):
        return ""
    table = ""
    for number, line in enumerate(lines, 1):
        head, equals, _ = (part.strip().lower() for part in line.partition("="))
        if not equals and head.startswith("["):
            table = head.partition("]")[0].strip("[ ")
        elif equals and [part for part in (table, head.strip("\"'")) if part] in (wanted, wanted[:1]):
            return f" ({config_file()}, line {number})"
    return ""
