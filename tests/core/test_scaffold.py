"""What `virtualptz plugins new` writes. (Whether it works is tested with the examples.)"""

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from virtualptz.cli import main
from virtualptz.errors import ConfigError
from virtualptz.scaffold import Kind, write_plugin

KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plugin_is_a_distribution_of_at_most_40_lines_of_code(kind: Kind, tmp_path: Path) -> None:
    folder = write_plugin("corner-kick", kind, tmp_path)
    assert folder == tmp_path / "vptz-corner-kick"
    assert {file.name for file in folder.iterdir()} == {
        "pyproject.toml",
        "README.md",
        "vptz_corner_kick.py",
        "test_vptz_corner_kick.py",
    }
    code = (folder / "vptz_corner_kick.py").read_text()
    assert len(code.splitlines()) <= 40
    assert '"corner-kick"' in code
    for file in folder.iterdir():
        assert "${" not in file.read_text()
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["virtualptz.plugins"] == {"corner-kick": "vptz_corner_kick"}


@pytest.mark.parametrize(
    "name", ["", "Upper", "1st", "a_b", "a--b", "-a", "a-", "../a", "a b", "ä", "x" * 41]
)
def test_a_name_that_will_not_do_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no name for a plug-in"):
        write_plugin(name, "policy", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    folder = write_plugin("mine", "policy", tmp_path)
    (folder / "vptz_mine.py").write_text("my work")
    with pytest.raises(ConfigError, match="is there already"):
        write_plugin("mine", "media", tmp_path)
    assert (folder / "vptz_mine.py").read_text() == "my work"


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_plugin("mine", "policy", tmp_path / "file")


def test_the_command_says_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "new", "mine", "--kind", "media", "--into", str(tmp_path)]) == 0
    assert f"pip install --editable {tmp_path / 'vptz-mine'} pytest" in capsys.readouterr().out
    assert (tmp_path / "vptz-mine" / "vptz_mine.py").is_file()
    assert main(["plugins", "new", "mine", "--kind", "media", "--into", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
