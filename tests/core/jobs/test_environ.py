from io import StringIO
from pathlib import Path

import pytest

from virtualptz.jobs.environ import MEMORY, environ_for_jobs, environ_for_workers
from virtualptz.settings import Settings

DOORS = {
    "RUNNER_API_KEY": "k",
    "RUNNER_API_KEY_FILE": "/k",
    "RUNNER_INGEST_OUTPUT_URI": "rtmp://x/key",
    "NOTIFY_SOCKET": "/run/systemd/notify",
    "WATCHDOG_USEC": "1",
    "AWS_SECRET_ACCESS_KEY": "s",
    "CREDENTIALS_DIRECTORY": "/run/credentials",
    "SSH_AUTH_SOCK": "/run/ssh",
    "FFREPORT": "file=report",
}
NEEDED = {
    "PATH": "/bin",
    "LD_PRELOAD": "libfaketime.so",
    "LD_LIBRARY_PATH": "/opt/lib",
    "LC_ALL": "C",
    "LANG": "C",
    "CUDA_VISIBLE_DEVICES": "0",
    "NVIDIA_DRIVER_CAPABILITIES": "all",
    "PYTHONPATH": "/opt",
    "PYTHONUNBUFFERED": "1",
    "SSL_CERT_FILE": "/etc/ssl/cert.pem",
    "REQUESTS_CA_BUNDLE": "/etc/ssl/cert.pem",
    "OMP_NUM_THREADS": "2",
    "https_proxy": "http://proxy",
    "RUNNER_FFMPEG": "/opt/ffmpeg",
    "RUNNER_STATE_DIR": "/var/lib/virtualptz",
}
LOGS = {"RUNNER_LOG_FORMAT": "text", "RUNNER_LOG_LEVEL": "info"}
OWN = LOGS | MEMORY


def settings(tmp_path: Path, **more: str) -> Settings:
    return Settings(state_dir=tmp_path, **more)  # type: ignore[arg-type]


def test_jobs_get_what_programs_need_and_nothing_that_opens_a_door(tmp_path: Path) -> None:
    assert environ_for_jobs(settings(tmp_path), DOORS | NEEDED | {"RUNNER_MAX_JOBS": "3"}) == NEEDED | OWN


def test_detectors_get_the_settings_too(tmp_path: Path) -> None:
    others = {"RUNNER_CONFIG": "/etc/runner.toml", "RUNNER_PLUGIN_YOLO_MODEL": "x.pt"}
    assert environ_for_workers(settings(tmp_path), DOORS | NEEDED | others) == NEEDED | others | LOGS


@pytest.mark.parametrize("asked", ["MY_TOKEN,VPTZ_*", "MY_*, VPTZ_E2E"])
def test_what_a_plugin_needs_is_passed(tmp_path: Path, asked: str) -> None:
    mine = {"MY_TOKEN": "t", "VPTZ_E2E": "1"}
    assert environ_for_jobs(settings(tmp_path, pass_environment=asked), DOORS | mine) == mine | OWN


def test_a_key_is_never_passed(tmp_path: Path) -> None:
    assert environ_for_jobs(settings(tmp_path, pass_environment="RUNNER_*"), DOORS) == OWN


def test_the_setting_about_ffmpeg_wins(tmp_path: Path) -> None:
    assert environ_for_jobs(settings(tmp_path, ffmpeg="/f"), NEEDED)["RUNNER_FFMPEG"] == "/f"


def test_where_sources_may_lead_is_told_wherever_it_was_set(tmp_path: Path) -> None:
    """Also a probe must know it, which has no spec of a job."""
    allowed = settings(tmp_path, source_hosts="10.0.0.0/8, cdn.example")
    assert environ_for_jobs(allowed, {})["RUNNER_SOURCE_HOSTS"] == "10.0.0.0/8,cdn.example"


def test_processes_write_as_their_agent_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:12345")
    monkeypatch.setattr("sys.stderr", StringIO())
    flagged = settings(tmp_path, log_level="debug")
    told = {"RUNNER_LOG_FORMAT": "json", "RUNNER_LOG_LEVEL": "debug"}
    assert environ_for_jobs(flagged, {}) == told | MEMORY
    assert environ_for_workers(flagged, {"RUNNER_LOG_FORMAT": "auto", "RUNNER_LOG_LEVEL": "error"}) == told


def test_memory_is_shared_out_as_somebody_asks_instead(tmp_path: Path) -> None:
    assert environ_for_jobs(settings(tmp_path), {"MALLOC_ARENA_MAX": "8"})["MALLOC_ARENA_MAX"] == "8"
