"""Whom a server with a certificate is believed to be."""

import os
import ssl
from functools import lru_cache

from .http_line import TlsLine


def tls_context(*, verify: bool) -> ssl.SSLContext:
    return _context(verify, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _context(verify: bool, _file: str | None, _folder: str | None) -> ssl.SSLContext:
    """It takes 30 ms to read what this system trusts, which `SSL_CERT_FILE` and `SSL_CERT_DIR` may say."""
    context = ssl.create_default_context()
    context.sslsocket_class = TlsLine
    # A camera's own certificate is no authority's, and seldom what Python 3.13 calls strict.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
