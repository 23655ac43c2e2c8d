import os
from pathlib import Path

import pytest

from virtualptz.errors import MediaError
from virtualptz.model import Finding
from virtualptz_ffmpeg import vptz_doctor
from virtualptz_ffmpeg.binary import Binary, find_ffmpeg, look_at, require_ffmpeg


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("n9.0.2-17-g2a57", True),
        ("5.1.9-0+deb12u1", True),
        ("4.4.2", False),
        ("N-110000-gabcdef", True),
        ("5.0", False),
    ],
)
def test_versions(version: str, enough: bool) -> None:
    assert Binary("x", version, frozenset()).new_enough is enough


def test_what_is_no_ffmpeg_is_none() -> None:
    assert look_at("/bin/true") is None
    assert look_at("/nonexistent") is None


def test_a_fake_on_the_path_that_is_too_old_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho ffmpeg version 4.2.7\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("RUNNER_FFMPEG", raising=False)
    found = find_ffmpeg()
    assert found is None or found.path != str(fake)
    configured = find_ffmpeg(str(fake))
    assert configured is not None
    assert configured.version == "4.2.7"


def test_a_binary_without_the_protocol_is_named(tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho ffmpeg version 7.1\n")
    fake.chmod(0o755)
    with pytest.raises(MediaError, match="has no srt") as caught:
        require_ffmpeg(str(fake), "srt")
    assert not caught.value.retryable


def test_where_there_is_none_the_message_says_how_to_get_one() -> None:
    with pytest.raises(MediaError, match=r"pip install 'virtualptz-runner-agent\[ffmpeg\]'"):
        require_ffmpeg("/nonexistent/ffmpeg", "srt")


def test_the_doctor_hears_about_the_binary() -> None:
    findings = list(vptz_doctor())
    assert findings
    assert all(isinstance(finding, Finding) for finding in findings)
    assert all(finding.ok or finding.remedy for finding in findings)
