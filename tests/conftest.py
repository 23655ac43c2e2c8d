"""Where VPTZ_REQUIRE_SERVERS=1 says that every server is there, a skipped end-to-end test is a failure.

Examples of properties are the same each time there; whoever works on the code has new ones with each run.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

CHECKED = os.environ.get("VPTZ_REQUIRE_SERVERS") == "1"
# No example has a deadline, on a machine that may be busy.
settings.register_profile("ours", deadline=None, derandomize=CHECKED)
settings.load_profile("ours")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if CHECKED and report.skipped and not hasattr(report, "wasxfail") and item.get_closest_marker("e2e"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and VPTZ_REQUIRE_SERVERS=1: {report.longrepr}"
    return report
