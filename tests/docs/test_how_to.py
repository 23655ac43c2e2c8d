"""What the how-tos tell people to do, done as far as one machine can."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

import psutil
import pytest

from virtualptz import cli

from ..architecture import ROOT
from ..e2e.processes import Peer, program
from ..e2e.servers import Nginx, rtsp_server
from ..ports import free_port
from .shell import Block, Shell, blocks, commands, until

PAGES = ROOT / "docs" / "how-to"
pytestmark = pytest.mark.e2e


def page_blocks(name: str) -> list[Block]:
    return [block for block in blocks(PAGES / f"{name}.md") if not block.how.startswith("not run")]


def toml(name: str, number: int = 0) -> str:
    found = re.findall(r"```toml\n(.*?)```", (PAGES / f"{name}.md").read_text(), re.DOTALL)
    return str(found[number])


def address(**more: str) -> tuple[int, dict[str, str]]:
    """A port for the agent, and what has to be changed in a page so that it is there."""
    port = free_port()
    changes = {"127.0.0.1:9001": f"127.0.0.1:{port}", "virtualptz serve": f"virtualptz serve --port {port}"}
    return port, changes | more


def streams(shell: Shell) -> None:
    status = 'call job/status "{\\"job_id\\": \\"$job\\"}"'
    until("the program", lambda: json.loads(shell.run(status)).get("phase") == "streaming")


def serving(shell: Shell, port: int, text: str = "virtualptz serve\n") -> Peer:
    agent = shell.go_on(text)
    agent.wait_port(port, 60)
    return agent


def test_a_camera_by_rtsp(tmp_path: Path, match: Path) -> None:
    look, start = page_blocks("rtsp-camera")
    with rtsp_server(tmp_path, "play", str(match), "viewer", "s3cret") as (rtsp, _):
        port, changes = address()
        changes["192.168.1.64:554"] = f"127.0.0.1:{rtsp}"
        with Shell(tmp_path, changes, {"RUNNER_API_KEY": "open-sesame"}) as shell:
            (tmp_path / "runner.toml").write_text(toml("rtsp-camera").replace("192.168.1.0/24", "127.0.0.1"))
            serving(shell, port, "export RUNNER_CONFIG=$PWD/runner.toml\nvirtualptz serve")
            assert json.loads(shell.run(look.text))["ok"]
            shell.run(start.text)
            streams(shell)
            assert "s3cret" not in shell.run(start.text.splitlines()[-1])


FIVE_MINUTES = 300
KEY = "abcd-efgh-ijkl-mnop"


def processes_below(pid: int) -> list[psutil.Process]:
    here = psutil.Process(pid)
    return [here, *here.children(recursive=True)]


def test_publishing_keeps_the_stream_key_secret(tmp_path: Path, match: Path) -> None:
    folder, check, serve, start = page_blocks("publish")
    (tmp_path / "nginx").mkdir()
    server = Nginx(tmp_path / "nginx")
    port, changes = address()
    changes |= {
        "rtmps://a.rtmps.youtube.com/live2": server.url("").rstrip("/"),
        "rtsp://192.168.1.64/stream": str(match),
    }
    try:
        with Shell(tmp_path, changes, {}) as shell:
            shell.run(folder.text)
            written = tmp_path / ".config" / "virtualptz" / "runner.toml"
            assert written.stat().st_mode & 0o777 == 0o600
            written.write_text(shell.changed(toml("publish")))
            told = shell.run(check.text)
            assert "The settings are good" in told
            agent = serving(shell, port, serve.text)
            shell.run(start.text)
            until("the program", lambda: '"publishing"' in shell.run(start.text.splitlines()[-1]))
            server.wait_published(KEY)
            told += shell.run('call job/status "{\\"job_id\\": \\"$job\\"}"')
            told += " ".join(word for each in processes_below(agent.process.pid) for word in each.cmdline())
        told += "".join(log.read_text() for log in tmp_path.rglob("*.log") if "nginx" not in log.parts)
        assert KEY not in told
    finally:
        server.stop()


def test_a_server_of_ones_own_passes_programs_on(tmp_path: Path, match: Path) -> None:
    """The page's applications for nginx, with another nginx as the service."""
    applications = re.findall(r"^application .*$", (PAGES / "publish.md").read_text(), re.MULTILINE)
    assert len(applications) == 2
    folders = [tmp_path / "service", tmp_path / "own"]
    for folder in folders:
        folder.mkdir()
    service, own = (Nginx(folder) for folder in folders)
    try:
        config = own.folder / "nginx.conf"
        ours = "\n".join(applications).replace("rtmp://a.rtmp.youtube.com/live2", service.url("").rstrip("/"))
        config.write_text(config.read_text().replace("application live ", f"{ours}\napplication live ", 1))
        own.stop()
        own.start()
        port, changes = address()
        settings = {"RUNNER_INGEST_OUTPUT_URI": f"rtmp://127.0.0.1:{own.port}/{{session_id}}/program"}
        with Shell(tmp_path, changes, settings) as shell:
            serving(shell, port)
            shell.run(page_blocks("publish")[-1].text.splitlines()[0])
            body = {"session_id": "court-2", "source_uri_ref": str(match), "profile": "fluid"}
            shell.run(f"call ingest/start '{json.dumps(body)}'")
            service.wait_published("key-2")
        assert not service.clients("key-1").publishers
    finally:
        own.stop()
        service.stop()


def test_choosing_and_tuning_a_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program("jq")
    monkeypatch.chdir(tmp_path)
    reports = []
    for block in page_blocks("tune-a-policy"):
        for words in commands(
            block.text.replace("--seconds 30 --size 640x360", "--seconds 3 --size 320x180")
        ):
            if words[0] == "virtualptz":
                assert cli.main(words[1:]) == 0, words
            elif words[0] == "jq":
                done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=20)
                reports = [json.loads(line) for line in done.stdout.splitlines()]
    before, calm = reports
    assert None not in before.values()
    assert calm["rms_jerk"] < before["rms_jerk"]
    made = {file.name for file in tmp_path.iterdir()}
    assert {"policies.png", "lookahead.png", "before.png", "calm.png", "wider.png", "calm.mp4"} <= made
    (tmp_path / "runner.toml").write_text(toml("tune-a-policy"))
    monkeypatch.setenv("RUNNER_CONFIG", "runner.toml")
    assert cli.main(["config", "check"]) == 0


def test_a_detector_on_another_machine(tmp_path: Path, match: Path) -> None:
    """The other machine is this one, over TCP, with the detector that needs no model."""
    serve, work, see = page_blocks("gpu-box")
    port, changes = address()
    changes |= {"--host 0.0.0.0": "--host 127.0.0.1", "192.168.1.10:9001": f"127.0.0.1:{port}"}
    changes |= {"rtsp://192.168.1.64/stream": str(match), "--detector yolo": "--detector motion"}
    box = tmp_path / "box"
    box.mkdir()
    with Shell(tmp_path, changes, {}) as runner, Shell(box, changes, {}) as gpu_box:
        (tmp_path / "runner.toml").write_text(toml("gpu-box"))
        serving(runner, port, f"export RUNNER_CONFIG=$PWD/runner.toml\n{serve.text}")
        gpu_box.go_on(work.text)
        start, asked = (
            see.text[: see.text.index("call tracking")],
            see.text[see.text.index("call tracking") :],
        )
        runner.run(start)
        until("a report", lambda: '"available": true' in runner.run(asked))
        until("the tracking to steer", lambda: '"holder": "auto"' in runner.run(asked))


def jobs(shell: Shell, question: str) -> list[Mapping[str, object]]:
    return [json.loads(line) for line in shell.run(question).splitlines() if line]


def test_an_upgrade_on_air(tmp_path: Path, match: Path) -> None:
    serve, ask = page_blocks("upgrade-on-air")
    port, changes = address()
    with Shell(tmp_path, changes, {}) as shell:
        old = serving(shell, port, serve.text)
        shell.run(ask.text)
        body = {"session_id": "final", "source_uri_ref": str(match), "profile": "fluid"}
        shell.run(f"job=$(call ingest/start '{json.dumps(body)}' | jq -r .job_id)")
        streams(shell)
        (before,) = jobs(shell, ask.text)
        old.stop(20)
        serving(shell, port, serve.text)
        (after,) = until(
            "the job to be taken over",
            lambda: found if (found := jobs(shell, ask.text)) and found[0]["phase"] == "streaming" else None,
        )
        assert (after["job_id"], after["restart_count"]) == (before["job_id"], before["restart_count"])
        assert int(str(after["frames_out"])) > int(str(before["frames_out"]))
        shell.run('call ingest/stop "{\\"job_id\\": \\"$job\\"}"')


def test_from_an_idea_to_a_job_that_runs(tmp_path: Path, match: Path) -> None:
    write, contract, look, air = page_blocks("write-a-plugin")
    port, changes = address()
    changes |= {"--seconds 20 --size 640x360": "--seconds 3 --size 320x180", "$PWD/match.mp4": str(match)}
    site = tmp_path / "site"
    site.mkdir()
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
    settings = {"PYTHONPATH": path, "RUNNER_AGENT_URL": f"http://127.0.0.1:{port}"}
    begun = monotonic()
    with Shell(tmp_path, changes, settings) as shell:
        serving(shell, port)
        shell.run(write.text)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
        shutil.copytree(tmp_path / "vptz-my-glide", tmp_path / "built")
        subprocess.run([*pip, "--target", str(site), str(tmp_path / "built")], check=True, timeout=100)
        quietly = " -q -p no:cacheprovider -p no:asyncio --import-mode=importlib --rootdir ."
        shell.run(contract.text.rstrip() + quietly)
        shell.run(look.text)
        assert {"paths-my-glide.csv", "paths-spring.csv"} <= {file.name for file in tmp_path.iterdir()}
        shell.run(air.text)
        asked = air.text[air.text.index("call job/status") :]
        until("the policy at work", lambda: '"policy": "my-glide"' in shell.run(asked))
        assert monotonic() - begun < FIVE_MINUTES
        streams(shell)


def test_many_courts(tmp_path: Path, match: Path) -> None:
    (start,) = page_blocks("many-courts")
    port, changes = address()
    changes["rtsp://192.168.1.6$court/stream"] = str(match)
    with Shell(tmp_path, changes, {}) as shell:
        text = toml("many-courts").replace(
            "rtmp://broadcast.example/live/{session_id}", f"{tmp_path}/{{session_id}}.ts"
        )
        (tmp_path / "runner.toml").write_text(text.replace('"motion"', '"none"'))
        serving(shell, port, "export RUNNER_CONFIG=$PWD/runner.toml\nvirtualptz serve")
        shell.run(start.text)
        asked = start.text.splitlines()[-1]
        found = until(
            "three programs",
            lambda: (
                rows
                if len(rows := [r for r in jobs(shell, asked) if r["phase"] == "streaming"]) == 3
                else None
            ),
        )
        assert {row["session_id"] for row in found} == {"court-1", "court-2", "court-3"}
