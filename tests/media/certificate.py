"""Certificates of cameras, made for the moment."""

import shutil
import subprocess
from pathlib import Path

import pytest


def make_certificate(path: Path, *names: str) -> Path:
    """Signed by itself, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera"]
    made += ["-addext", f"subjectAltName={','.join(names)}"]
    subprocess.run(
        [openssl, "req", *made, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path
