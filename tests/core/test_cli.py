import json
import os
import socket
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from virtualptz import __version__
from virtualptz.cli import main
from virtualptz.plugins import PluginHost

from ..ports import free_port
from .distributions import Site


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("RUNNER_", "PREVIEW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUNNER_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("RUNNER_STATE_DIR", str(tmp_path / "state"))


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the agent's own findings by subject."""
    code = main(["doctor", "--json", *arguments])
    checks = json.loads(capsys.readouterr().out)
    return code, {check["subject"]: check for check in checks if check["part"] == "agent"}


def test_the_command_is_installed() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("virtualptz"), "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == __version__


def test_python_m_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "virtualptz", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith('virtualptz: Unknown command "nonsense"')


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from virtualptz.cli import main; main(['--help']);"
        "print({'fastapi', 'pydantic', 'numpy', 'av', 'cv2', 'stevedore'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    for command in ("serve", "worker", "court", "replay", "plugins", "doctor"):
        assert f"│ {command} " in done.stdout
    assert done.stdout.strip().endswith("set()")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["doctor", "--port", "x"], "--port"),
        (["doctor", "--port", "70000"], "--port"),
        (["plugins", "--jsn"], "--jsn"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(arguments) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line


def test_a_bad_setting_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_OUTPUT_WIDTH", "wide")
    assert main(["plugins"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "OUTPUT_WIDTH" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--size", "big"], "--size"),
        (["--fps", "1/0"], "--fps"),
        (["--seconds", "0"], "more than 0 seconds"),
        (["--output", "court.gif"], ".mp4"),
    ],
)
def test_a_court_that_cannot_be_drawn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["court", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line
    assert list(tmp_path.iterdir()) == []


def test_a_court_with_its_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["--seconds", "1", "--size", "320x180", "--fps", "25", "--truth", "truth.jsonl"]
    assert main(["court", "--output", "small.mp4", *arguments]) == 0
    assert capsys.readouterr().out.strip() == f"{tmp_path / 'small.mp4'}: 25 frames"
    truth = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert [update["frame_pts"] for update in truth] == pytest.approx([frame / 25 for frame in range(25)])
    info = PluginHost.load().media_backend("ffmpeg").probe(str(tmp_path / "small.mp4"), 10)
    assert (info.video.width, info.video.height, info.video.frame_rate) == (320, 180, Fraction(25))
    assert info.duration == pytest.approx(1, abs=0.1)
    assert info.audio is not None


def test_plugins_as_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_PLUGINS_DISABLED", "ffmpeg")
    assert main(["plugins"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["NAME", "STATE", "FROM", "VERSION", "LICENSE", "OFFERS"]
    assert ["ffmpeg", "disabled", "virtualptz-runner-agent", __version__, "Apache-2.0"] in rows
    assert ["->", "take", "ffmpeg", "out", "of", "RUNNER_PLUGINS_DISABLED"] in rows
    assert [
        "policies",
        "loaded",
        "virtualptz-runner-agent",
        __version__,
        "Apache-2.0",
        "deadband,",
        "lookahead,",
        "one_euro,",
        "spring",
    ] in rows


def states(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    assert main(["plugins", "--json"]) == 0
    return {status["name"]: status["state"] for status in json.loads(capsys.readouterr().out)}


def test_a_plugin_is_disabled_for_the_next_agent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUNNER_STATE_DIR", str(tmp_path / "state"))
    assert main(["plugins", "disable", "motion"]) == 0
    assert "motion: disabled for the next agent on" in capsys.readouterr().out
    assert states(capsys)["motion"] == "disabled"
    assert main(["plugins"]) == 0
    assert "-> virtualptz plugins enable motion\n" in capsys.readouterr().out
    assert main(["plugins", "enable", "motion"]) == 0
    assert "motion: enabled for the next agent on" in capsys.readouterr().out
    assert states(capsys)["motion"] == "loaded"


def test_a_plugin_that_is_not_there_cannot_be_disabled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUNNER_STATE_DIR", str(tmp_path / "state"))
    assert main(["plugins", "disable", "mation"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "no plug-in 'mation' is installed; there are: ffmpeg, motion" in line


def test_without_an_agent_there_is_nobody_to_look_anew(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "rescan", "--runner-base-url", f"http://127.0.0.1:{free_port()}"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_plugins_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--json"]) == 0
    by_name = {status["name"]: status for status in json.loads(capsys.readouterr().out)}
    assert by_name["ffmpeg"]["offers"]["media_backends"] == ["ffmpeg"]
    assert by_name["policies"]["offers"]["smoothing_policies"] == [
        "deadband",
        "lookahead",
        "one_euro",
        "spring",
    ]


def test_doctor_finds_nothing_wrong_here(capsys: pytest.CaptureFixture[str]) -> None:
    code, checks = doctor(capsys, "--port", str(free_port()))
    assert [check for check in checks.values() if not check["ok"]] == []
    assert code == 0
    assert checks["media backend"]["detail"] == "ffmpeg"
    assert checks["smoothing policy"]["detail"] == "lookahead", "what `auto` stands for"
    assert checks["detector"]["detail"].startswith("none: ")


def test_doctor_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["doctor", "--port", str(port)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"ok    agent: state folder: {tmp_path / 'state'} (will be made)" in lines
    at = lines.index(f"MISS  agent: port: 127.0.0.1:{port}: Address already in use")
    assert "--port" in lines[at + 1]
    assert lines[-1].endswith("need attention.")


def test_doctor_minds_its_own_variables_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUNNER_OS", "Linux")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    code, _ = doctor(capsys, "--port", str(free_port()))
    assert code == 0


def test_doctor_looks_and_does_not_touch(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    doctor(capsys, "--port", str(free_port()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "value", "subject", "words"),
    [
        ("RUNNER_STATE_DIR", "/dev/null/state", "state folder", "/dev/null cannot be written"),
        ("RUNNER_MEDIA_BACKEND", "gstreamer", "media backend", "there are: ffmpeg"),
        ("RUNNER_SMOOTHING_POLICY", "sprong", "smoothing policy", "there are: deadband, "),
        ("RUNNER_DETECTOR", "eyes", "detector", "there are: file "),
        ("RUNNER_DETECTOR", "file", "detector", "file cannot work here: option 'path'"),
        ("RUNNER_INGEST_OUTPUT_URI", "gopher://here/x", "output", "RUNNER_INGEST_OUTPUT_URI"),
        ("RUNNER_PLUGINS_DISABLED", "nobody", "settings", "'nobody'"),
        ("RUNNER_SOURCE_ROOTS", "/nowhere/at/all", "source folder", "/nowhere/at/all"),
        ("RUNNER_PLUGIN_SPRING_NONSENSE", "1", "settings", "unknown option 'nonsense'"),
        ("RUNNER_API_KYE", "secret", "settings", "RUNNER_API_KYE is no setting"),
    ],
)
def test_doctor_says_what_is_wrong_and_what_to_do(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
    subject: str,
    words: str,
) -> None:
    monkeypatch.setenv(setting, value)
    code, checks = doctor(capsys, "--port", str(free_port()))
    assert code == 1
    assert not checks[subject]["ok"]
    assert words in checks[subject]["detail"]
    assert checks[subject]["remedy"]


def test_doctor_sees_a_state_folder_that_others_can_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    _, checks = doctor(capsys, "--port", str(free_port()))
    assert "0755" in checks["state folder"]["detail"]


def test_doctor_tells_of_a_store_that_was_set_aside_until_it_is_gone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    aside = tmp_path / "state" / "jobs.sqlite3.damaged-20300102T030405.000000"
    for suffix in ("", "-wal"):
        aside.with_name(aside.name + suffix).touch()
    code, checks = doctor(capsys, "--port", str(free_port()))
    found = checks["job store"]
    assert (code, found["ok"]) == (1, False)
    assert str(aside) in found["detail"]
    assert "lost" in found["detail"]
    subprocess.run(["sh", "-c", found["remedy"].partition("more: ")[2]], check=True)  # noqa: S607
    _, checks = doctor(capsys, "--port", str(free_port()))
    assert checks["job store"]["ok"]


def test_doctor_sees_that_there_is_too_little_memory(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_MIN_FREE_MEMORY_MB", "1e9")
    _, checks = doctor(capsys, "--port", str(free_port()))
    assert not checks["memory"]["ok"]
    assert "RUNNER_MIN_FREE_MEMORY_MB" in checks["memory"]["remedy"]


def test_doctor_warns_where_a_gateway_could_not_log_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(free_port())
    everywhere = "0.0.0.0"  # noqa: S104
    _, checks = doctor(capsys, "--host", everywhere, "--port", port)
    assert not checks["access"]["ok"]
    monkeypatch.setenv("RUNNER_API_KEY", "secret-key")
    main(["doctor", "--host", everywhere, "--port", port])
    shown = capsys.readouterr().out
    assert "RUNNER_API_KEY is set" in shown
    assert "secret-key" not in shown


def test_doctor_and_plugins_tell_what_a_detector_lacks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = """
        from virtualptz import hookimpl
        from virtualptz.model import Extension, Frozen

        class Options(Frozen):
            model: str = ""

        def missing(options):
            return None if options.model else "no model: put one there"

        @hookimpl
        def vptz_tracking_sources():
            return [Extension("cat-eyes", Options, lambda options: None, missing, preference=1000)]
    """
    Site(tmp_path / "site").install("vptz-cat", code)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("RUNNER_DETECTOR", "cat-eyes")
    assert doctor(capsys, "--port", str(free_port()))[1]["detector"]["detail"].startswith(
        "cat-eyes cannot work here: no model: put one there; of others, "
    )
    main(["plugins"])
    assert "cat-eyes cannot work here: no model: put one there" in capsys.readouterr().out
    monkeypatch.setenv("RUNNER_CONFIG", str(tmp_path / "runner.toml"))
    (tmp_path / "runner.toml").write_text('[plugin.cat-eyes]\nmodel = "there"\n')
    monkeypatch.setenv("RUNNER_DETECTOR", "auto")
    assert doctor(capsys, "--port", str(free_port()))[1]["detector"]["detail"] == "cat-eyes (auto)"
    sys.modules.pop("vptz_cat", None)
