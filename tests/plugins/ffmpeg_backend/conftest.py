"""What tests of HTTP sources share: it takes seconds to make."""

from pathlib import Path

import pytest

from tests.media.certificate import make_certificate

from .http_site import make_web


@pytest.fixture(scope="package")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_web(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "both.pem", "DNS:localhost", "IP:127.0.0.1")


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `SSL_CERT_FILE` names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate
