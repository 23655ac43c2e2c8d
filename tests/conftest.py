"""Where VPTZ_REQUIRE_SERVERS=1 says that every server is there, a skipped end-to-end test is a failure."""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if (
        os.environ.get("VPTZ_REQUIRE_SERVERS") == "1"
        and report.skipped
        and not hasattr(report, "wasxfail")
        and item.get_closest_marker("e2e")
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped, and VPTZ_REQUIRE_SERVERS=1: {report.longrepr}"
    return report
