"""What the page says of the unit, by the systemd of a machine that runs."""

import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ..e2e import judge
from ..e2e.processes import program, wait_for
from ..media.watch import Viewer
from ..test_deploy import NEW
from .service import Service

NO_CAPABILITY, FILTERED = "0" * 16, "2"


def assert_never_off_air(service: Service, viewer: Viewer) -> None:
    """Each picture the next one of the source, from a job that was never begun anew."""
    judge.assert_steady(viewer.wait_frames(30), share=1.0)
    (job,) = service.runner.jobs(state="running").jobs
    assert job.restart_count == 0


def test_it_starts_by_the_page_and_needs_nothing(service: Service) -> None:
    assert service.tells("ActiveState") == "active"
    assert "Everything is there." in service.sh("virtualptz doctor")
    complaints = re.findall(r"systemd\[1\]: .*virtualptz\.service:\d+: (.*)", service.journal())
    assert all(any(f"Unknown key '{name}'" in line for name in NEW) for line in complaints), complaints


def test_it_has_none_of_roots_powers(service: Service) -> None:
    status = service.machine.run(f"cat /proc/{service.pid}/status")
    found = dict(re.findall(r"^(\w+):\s+(\S+)", status, flags=re.MULTILINE))
    assert {found[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {NO_CAPABILITY}
    assert (found["Uid"] != "0", found["NoNewPrivs"], found["Seccomp"]) == (True, "1", FILTERED)


def test_a_killed_agent_is_replaced_with_the_program_on_air(service: Service, on_air: Viewer) -> None:
    was = service.pid
    service.machine.run(f"kill -KILL {was}")
    service.wait_answer(but=was)
    assert_never_off_air(service, on_air)


def test_an_agent_that_hangs_is_replaced_with_the_program_on_air(service: Service, on_air: Viewer) -> None:
    was = service.pid
    service.machine.run(f"kill -STOP {was}")
    service.wait_answer(but=was)
    told = service.journal()
    assert "Failed with result 'watchdog'" in told
    assert re.search(r"most recent call first", told), "what it was at"
    assert_never_off_air(service, on_air)


def test_restarted_and_upgraded_with_the_program_on_air(service: Service, on_air: Viewer) -> None:
    service.sh("systemctl restart virtualptz")
    service.wait_answer()
    before = service.sh("readlink /opt/virtualptz")
    service.sh("deploy/upgrade .")
    assert service.sh("readlink /opt/virtualptz") != before
    service.sh("deploy/upgrade --back")
    assert service.sh("readlink /opt/virtualptz") == before
    assert_never_off_air(service, on_air)


def test_settings_are_read_again(service: Service) -> None:
    service.settings("max_jobs = 0\n")
    service.sh("systemctl reload virtualptz")
    assert "the settings stay as they were" in service.tells("StatusText")
    service.settings("max_jobs = 7\n")
    service.sh("systemctl reload virtualptz")
    assert service.tells("StatusText") == ""


def test_all_it_logs_is_an_object_of_json(service: Service) -> None:
    said = service.machine.run(f"journalctl --boot --output cat _PID={service.pid}").splitlines()
    assert len(said) >= 4
    assert all(json.loads(line)["level"] for line in said)
    assert '"logger": "asyncio"' not in service.journal(), "an error that nobody took"


def test_it_writes_nowhere_but_into_its_state(service: Service) -> None:
    at = f"nsenter --target {service.pid} --mount --setuid 65534"
    for folder in ("/", "/etc", "/opt/virtualptz", "/var/lib", "/srv"):
        assert "Read-only" in service.machine.run(f"{at} touch {folder}/x 2>&1 || true"), folder


@pytest.fixture
def link_local() -> Iterator[str]:
    """An address of the kind at which clouds have their metadata service, with somebody who answers."""
    address = "169.254.77.77"

    def change(how: str) -> None:
        subprocess.run([program("ip"), "address", how, f"{address}/32", "dev", "lo"], check=True, timeout=10)

    change("add")
    try:
        with socket.create_server((address, 80)):
            yield address
    finally:
        change("del")


def test_nothing_of_it_gets_to_a_metadata_service(service: Service, link_local: str) -> None:
    tried = f"timeout 3 bash -c '</dev/tcp/{link_local}/80' && echo connected || echo kept out"
    within = f"/sys/fs/cgroup{service.tells('ControlGroup')}/cgroup.procs"
    assert service.machine.run(tried) == "connected\n"
    assert service.machine.run(f"(echo $BASHPID > {within}; {tried})") == "kept out\n"


def test_an_http_source_is_read_with_all_that_is_forbidden(service: Service, loop_ts: Path) -> None:
    """Memory that is both written and executed, say, which calls into libraries may want."""
    serve = partial(SimpleHTTPRequestHandler, directory=str(loop_ts.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
        probed = service.runner.probe(f"http://127.0.0.1:{server.server_port}/{loop_ts.name}")
        server.shutdown()
    assert "codec_name=h264" in probed.details


def test_everything_is_taken_off_the_air_at_once(service: Service, on_air: Viewer) -> None:
    service.machine.run("systemctl stop virtualptz")
    on_air.wait_frames(30)
    service.machine.run("pkill -TERM -u virtualptz")
    wait_for("the viewer's end", lambda: on_air.ended)
    wait_for("the end of all", lambda: not service.machine.run("pgrep -u virtualptz || true"))
    service.machine.run("systemctl start virtualptz")
