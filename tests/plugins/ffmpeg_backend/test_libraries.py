import pytest

from virtualptz_ffmpeg.libraries import DECODERS, ENCODERS, FORMATS, findings, lacking, mended


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("8.1.2", True),
        ("8.1.1", False),
        ("8.0.3", True),
        ("8.0", False),
        ("7.1.5", True),
        ("7.0.9", False),
        ("n9.0-3-gabc", True),
        ("6.1.9", False),
        ("N-120000-gabcdef", True),
    ],
)
def test_what_is_mended(version: str, enough: bool) -> None:
    assert mended(version) is enough


def test_what_is_not_in_there_is_named() -> None:
    codecs = (DECODERS | ENCODERS) - {"hevc"}
    formats = {"mov,mp4,m4a,3gp,3g2,mj2", *(FORMATS - {"mov", "rtsp"})}
    assert lacking(codecs, formats) == ["hevc", "rtsp"]


def test_those_that_are_installed_will_do() -> None:
    assert [(found.subject, found.detail) for found in findings() if not found.ok] == []
