"""What the agent needs of this machine, looked at one by one, each with how to get it."""

import errno
import os
import platform
import shlex
import shutil
import socket
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .camera.choice import policy_for
from .client import RunnerClient, RunnerError
from .errors import ConfigError, PluginError
from .jobs.memory import MEGABYTE, available
from .jobs.records.schema import FILE_NAME, UnusableError, look_into, those_set_aside
from .jobs.supervision.admission import INGEST
from .keys import ApiKeys
from .model import Finding
from .plugins import PluginHost, PluginStatus, Switches
from .settings import Settings, config_file
from .settings_shown import misspelt
from .uris import url_from_here, validate_target

LOW_SPACE_BYTES = 1 << 30
ANSWER_SECONDS = 3.0
"""For an agent that has the port already."""


@dataclass(frozen=True, slots=True)
class Check:
    """A finding, and the part that made it: "agent", or the name of a plug-in."""

    part: str
    finding: Finding

    def as_json(self) -> dict[str, str | bool]:
        found = self.finding
        return {
            "part": self.part,
            "ok": found.ok,
            "subject": found.subject,
            "detail": found.detail,
            "remedy": found.remedy,
        }


def examine(settings: Settings, host: str, port: int) -> list[Check]:
    """Look at everything. Changes nothing: a state folder that is not there is not made."""
    off = Switches(settings.state_dir).read()
    plugins = PluginHost.load(settings.plugins_disabled, settings.plugin, switched_off=off)
    agent: Iterable[Finding] = [
        _python(),
        _file(config_file()),
        _state_folder(settings.state_dir),
        _space(settings.state_dir, settings.min_free_disk_mb),
        _store(settings.state_dir),
        _memory(settings.min_free_memory_mb),
        _address(host, port),
        _access(settings, host),
        _output(settings),
        *_roots(settings.source_roots),
        *_chosen(plugins, settings),
        _detector(plugins, settings.detector),
        *(
            Finding(False, "settings", f"{name} is no setting", f"perhaps {near} is meant")
            for name, near in misspelt(os.environ)
        ),
        *(Finding(False, "settings", problem, "correct or remove it") for problem in plugins.misconfigured()),
    ]
    return [
        *(Check("agent", finding) for finding in agent),
        *(Check(status.name, _loaded(status)) for status in plugins.statuses),
        *(Check(name, finding) for name, finding in plugins.findings()),
    ]


def _python() -> Finding:
    detail = f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    return Finding(sys.version_info >= (3, 11), "Python", detail, "install Python 3.11 or newer")


def unreadable(error: ConfigError) -> list[Check]:
    """Where settings cannot be read, nothing else can be looked at."""
    return [Check("agent", Finding(False, "settings", str(error), "correct it; virtualptz config check"))]


def _file(path: Path) -> Finding:
    """Read without a fault, or this would not be asked."""
    return Finding(True, "settings", f"{path} is in order" if path.exists() else f"there is no {path}")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _state_folder(folder: Path) -> Finding:
    remedy = f"set RUNNER_STATE_DIR to a folder of your own, or: mkdir -p {folder} && chmod 700 {folder}"
    folder = folder.absolute()
    try:
        there = _nearest(folder)
        mode = stat.S_IMODE(there.stat().st_mode)
    except OSError as error:
        return Finding(False, "state folder", f"{folder}: {error.strerror}", remedy)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding(False, "state folder", f"{there} cannot be written", remedy)
    if there != folder:
        return Finding(True, "state folder", f"{folder} (will be made)")
    if mode & 0o077:
        return Finding(False, "state folder", f"{folder} has mode {mode:04o}: others can read it", remedy)
    return Finding(True, "state folder", str(folder))


def _space(folder: Path, least_megabytes: float) -> Finding:
    try:
        free = shutil.disk_usage(_nearest(folder.absolute())).free
    except OSError as error:
        return Finding(False, "disk space", str(error.strerror), "set RUNNER_STATE_DIR")
    return Finding(
        free >= max(LOW_SPACE_BYTES, least_megabytes * MEGABYTE),
        "disk space",
        f"{free / 1e9:.1f} GB free beside the state folder",
        "free at least 1 GB, and RUNNER_MIN_FREE_DISK_MB: when it is full no job can be started",
    )


def _store(folder: Path) -> Finding:
    if (fault := _unusable_store(folder / FILE_NAME)) is not None:
        return fault
    aside = those_set_aside(folder)
    if not aside:
        return Finding(True, "job store", "in order")
    names = ", ".join(str(path) for path in aside)
    return Finding(
        False,
        "job store",
        f"damaged, or of a newer version, and so set aside as {names}; jobs that ran then and presets are in "
        "the new one, records of jobs that had ended are lost",
        "nothing has to be mended; to be told no more: rm "
        + " ".join(f"{shlex.quote(str(path))}*" for path in aside),
    )


def _unusable_store(path: Path) -> Finding | None:
    """A store that the next agent would set aside, or that cannot be read."""
    try:
        if path.exists():
            look_into(path)
    except OSError as error:
        return Finding(False, "job store", f"{path}: {error.strerror}", "let this user read it")
    except UnusableError as error:
        if error.why == "unreadable":
            return Finding(False, "job store", f"{path}: {error}", "let this user read it")
        return Finding(
            False,
            "job store",
            f"{error.why} ({error}): an agent of this version sets it aside when it starts; jobs that run "
            "and presets go on, records of jobs that have ended and keys of starts are lost",
            "start the newer version again, or do without them"
            if error.why == "newer"
            else "nothing has to be mended before that",
        )
    return None


def _memory(least_megabytes: float) -> Finding:
    free = available() / MEGABYTE
    return Finding(
        free >= INGEST + least_megabytes,
        "memory",
        f"{free / 1000:.1f} GB available",
        f"an ingest needs about {INGEST} MB beside RUNNER_MIN_FREE_MEMORY_MB ({least_megabytes:g})",
    )


def _address(host: str, port: int) -> Finding:
    remedy = "stop what uses it, or serve on another --port"
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and _is_an_agent(host, port):
            return Finding(True, "port", f"{host}:{port}: an agent runs there")
        return Finding(False, "port", f"{host}:{port}: {error.strerror or error}", remedy)
    return Finding(True, "port", f"{host}:{port} is free")


def _is_an_agent(host: str, port: int) -> bool:
    """What has the port answers as an agent does."""
    try:
        with RunnerClient(url_from_here(host, port), answer_seconds=ANSWER_SECONDS) as agent:
            return agent.healthz().status == "ok"
    except RunnerError:
        return False


def _access(settings: Settings, host: str) -> Finding:
    try:
        keys = ApiKeys.of(settings)
    except ConfigError as error:
        return Finding(False, "access", str(error), "correct the file: one key a line, for this user alone")
    if keys:
        name = "RUNNER_API_KEY" if settings.api_key.get_secret_value().strip() else "RUNNER_API_KEY_FILE"
        return Finding(True, "access", f"{name} is set")
    local = host in {"127.0.0.1", "::1", "localhost"}
    detail = "no RUNNER_API_KEY: only programs on this machine are served"
    return Finding(local, "access", detail, "set RUNNER_API_KEY, or the gateway gets 403")


def _output(settings: Settings) -> Finding:
    target = settings.ingest_output_uri
    if not target:
        return Finding(True, "output", "RUNNER_INGEST_OUTPUT_URI is empty: programs are made and thrown away")
    for placeholder in ("{job_id}", "{session_id}", "{replica_index}"):
        target = target.replace(placeholder, "0")
    try:
        settings.target_policy.check(validate_target(target))
    except ConfigError as error:
        return Finding(False, "output", f"RUNNER_INGEST_OUTPUT_URI: {error}", "correct it")
    return Finding(True, "output", "RUNNER_INGEST_OUTPUT_URI is well-formed")


def _roots(roots: tuple[Path, ...]) -> Iterator[Finding]:
    for root in roots:
        yield Finding(root.is_dir(), "source folder", str(root), "make it, or correct RUNNER_SOURCE_ROOTS")


def _chosen(plugins: PluginHost, settings: Settings) -> Iterator[Finding]:
    """The media backend and the smoothing policy that every job will ask for."""
    for subject, build, name in (
        ("media backend", plugins.media_backend, settings.media_backend),
        (
            "smoothing policy",
            partial(plugins.smoothing_policy, lookahead=settings.lookahead_seconds),
            policy_for(settings.smoothing_policy, settings.lookahead_seconds),
        ),
    ):
        try:
            build(name)
        except (PluginError, ConfigError) as error:
            setting = f"RUNNER_{subject.upper().replace(' ', '_')}"
            yield Finding(False, subject, str(error), f"correct {setting} or the options")
        else:
            yield Finding(True, subject, name)


def _detector(plugins: PluginHost, asked: str) -> Finding:
    """What the agent is to run for every ingest."""
    if asked == "none":
        return Finding(True, "detector", "none: whoever tracks sends it to the agent")
    try:
        name = plugins.live_source(asked)
    except ConfigError as error:
        return Finding(False, "detector", str(error), "correct RUNNER_DETECTOR, or install what is missing")
    return Finding(True, "detector", name if asked == name else f"{name} ({asked})")


def _loaded(status: PluginStatus) -> Finding:
    offers = ", ".join(name for names in status.offers.values() for name in names)
    whose = f"{status.distribution} {status.version}"
    if status.state == "disabled":
        return Finding(True, "plug-in", f"disabled ({whose})")
    if status.lacks_extra:
        return Finding(True, "plug-in", f"not in use: {status.reason} ({whose})")
    if status.reason:
        remedy = status.remedy or f"virtualptz plugins disable {status.name}"
        return Finding(False, "plug-in", f"{status.reason} ({whose})", remedy)
    return Finding(True, "plug-in", f"offers {offers} ({whose})" if offers else f"observes ({whose})")
