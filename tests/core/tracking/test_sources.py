import json
import logging
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError
from virtualptz.plugins import PluginHost
from virtualptz.tracking.sim import simulated_update
from virtualptz.tracking.sources import FileOptions, FileSource, SimOptions, SimSource


def test_both_sources_are_offered() -> None:
    host = PluginHost.load()
    offers = {name for status in host.statuses for name in status.offers.get("tracking_sources", ())}
    assert {"sim", "file"} <= offers
    assert host.tracking_source("sim", seed="9", interval="0.5").wants(None) is None


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sim", {"interval": "0"}),
        ("sim", {"speed": "2"}),
        ("file", {}),
        ("file", {"path": "x", "interval": "inf"}),
    ],
)
def test_options_that_cannot_work_are_refused(name: str, options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=name):
        PluginHost.load().tracking_source(name, **options)


def test_the_simulation_plays_at_its_clock_s_time() -> None:
    times = iter([3.0, 4.5, 200.0])
    source = SimSource(SimOptions(interval=0.001, source="detector-worker"))
    source.follow(lambda: next(times))
    updates = list(islice(source.updates(None), 3))
    assert [update.frame_pts for update in updates] == [3.0, 4.5, 200.0]
    assert [update.targets for update in updates] == [
        simulated_update(at).targets for at in (3.0, 4.5, 200.0)
    ]
    assert {update.source for update in updates} == {"detector-worker"}


def test_left_to_itself_the_simulation_plays_in_real_time_from_its_start() -> None:
    first, later = islice(SimSource(SimOptions(interval=0.05)).updates(None), 2)
    assert first.frame_pts is not None
    assert later.frame_pts is not None
    assert 0 <= first.frame_pts < later.frame_pts


def test_closing_from_another_thread_ends_the_updates_at_once() -> None:
    source = SimSource(SimOptions(interval=3600))
    updates = source.updates(None)
    next(updates)
    threading.Timer(0.05, source.close).start()
    assert list(updates) == []


def test_the_file_source_skips_what_is_no_update_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "virtualptz")
    path = tmp_path / "tracking.json"
    source = FileSource(FileOptions(path=path, interval=0.005))
    seen: list[float] = []

    def collect() -> None:
        seen.extend(update.tracking_confidence for update in source.updates(None))

    thread = threading.Thread(target=collect)
    thread.start()
    _until(lambda: "No such file" in caplog.text)
    path.write_text('{"tracking_confidence": 0.25}')
    _until(lambda: 0.25 in seen)
    path.write_text('{"tracking_confidence": "much"}')
    _until(lambda: "tracking_confidence" in caplog.text)
    rewritten = tmp_path / "new.json"
    rewritten.write_text(json.dumps({"tracking_confidence": 0.75}))
    rewritten.rename(path)
    _until(lambda: 0.75 in seen)
    source.close()
    thread.join(10)
    assert not thread.is_alive()
    assert set(seen) == {0.25, 0.75}
    assert caplog.text.count("No such file") == 1
    assert caplog.text.count("input file is good again") == 2


def _until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("it did not come about in 20 s")
