"""HLS whose segments are encrypted as a whole."""

import shutil
import subprocess
from pathlib import Path

import pytest

from virtualptz.errors import MediaError
from virtualptz_ffmpeg.aes import Decrypted

from .http_site import pictures_of, playlist, site
from .stage import CLIP

KEY, IV = bytes(range(16)), bytes(range(100, 116))


def encrypted(path: Path, to: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to encrypt with")
    how = ["aes-128-cbc", "-K", KEY.hex(), "-iv", IV.hex(), "-in", path, "-out", to]
    subprocess.run([openssl, *map(str, how)], check=True)


def test_encrypted_segments_are_read(web: Path, tmp_path: Path) -> None:
    encrypted(web / "clip.ts", tmp_path / "0.ts")
    (tmp_path / "key.bin").write_bytes(KEY)
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="key.bin",IV=0x{IV.hex()}\n'
    (tmp_path / "list.m3u8").write_text(playlist("0.ts", head=key))
    with site(tmp_path) as server, site(tmp_path) as first:
        assert pictures_of(server.at("list.m3u8")) == CLIP.frames
        first.leads_to = server.at("").rstrip("/")
        assert pictures_of(first.at("moved/list.m3u8")) == CLIP.frames
        (tmp_path / "key.bin").write_bytes(KEY[:4])
        with pytest.raises(MediaError):
            pictures_of(server.at("list.m3u8"))


@pytest.mark.parametrize("size", [1, 15, 16, 17, 100, 32768])
@pytest.mark.parametrize("length", [0, 5, 16, 1000])
def test_what_is_decrypted_is_what_was_encrypted(tmp_path: Path, size: int, length: int) -> None:
    clear = bytes(number % 251 for number in range(length))
    (tmp_path / "clear").write_bytes(clear)
    encrypted(tmp_path / "clear", tmp_path / "coded")
    with (tmp_path / "coded").open("rb") as coded:
        file = Decrypted(coded, KEY, IV)
        pieces = list(iter(lambda: file.read(size), b""))
        file.close()
    assert b"".join(pieces) == clear
    assert max(map(len, pieces), default=0) <= size
