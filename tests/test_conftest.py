import os
import subprocess
import sys
from pathlib import Path

import pytest

from .architecture import ROOT

SKIPPED = """
import pytest

@pytest.mark.e2e
def test_with_a_server():
    pytest.skip("no server")

@pytest.mark.e2e
@pytest.mark.xfail(reason="known")
def test_known():
    assert False

def test_with_a_gpu():
    pytest.skip("no GPU")
"""


@pytest.mark.parametrize(
    ("required", "summary"), [("", "2 skipped, 1 xfailed"), ("1", "1 failed, 1 skipped, 1 xfailed")]
)
def test_a_skipped_end_to_end_test_fails_where_all_servers_must_be_there(
    tmp_path: Path, required: str, summary: str
) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = e2e\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", str(tmp_path / "pytest.ini"), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "VPTZ_REQUIRE_SERVERS": required, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert summary in done.stdout
