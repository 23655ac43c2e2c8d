"""The real promtool, for what Prometheus is to read."""

import os
import shutil

import pytest


def needed_promtool() -> str:
    """Its path. Without it the test is skipped, or fails where servers are required."""
    promtool = shutil.which("promtool")
    if promtool is None:
        message = "promtool is not on this machine (apt install prometheus)"
        if os.environ.get("VPTZ_REQUIRE_SERVERS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return promtool
