"""Shells complete the command: asked for real, where they are on this machine."""

import subprocess
from pathlib import Path

import pytest

from virtualptz.cli import main

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
complete=$(complete -p virtualptz); function=${complete#*-F }
"${function%% *}" virtualptz "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
echo "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", "bash"]) == 0
    path = tmp_path / "completion.bash"
    path.write_text(capsys.readouterr().out)
    return path


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (("jo",), {"jobs"}),
        (("jobs", ""), {"list", "watch", "logs", "stop"}),
        (("jobs", "logs", "--f"), {"--follow"}),
        (("jobs", "--kind", ""), {"ingest", "preview"}),
        (("serve", "--max-v"), {"--max-viewers", "--max-viewers-per-job"}),
    ],
)
def test_bash_completes(script: Path, words: tuple[str, ...], completed: set[str]) -> None:
    asked = ["bash", "--norc", "-c", ASK, "bash", str(script), "virtualptz", *words]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30)
    assert set(answer.stdout.split()) == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_is_put_where_the_shell_looks(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("ZSH_CUSTOM", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    assert main(["completion", shell, "--install"]) == 0
    place = Path(capsys.readouterr().out.strip())
    assert place.is_relative_to(tmp_path)
    assert "jobs" in place.read_text()


def test_a_shell_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "dash"]) == 2
    assert "dash" in capsys.readouterr().err
