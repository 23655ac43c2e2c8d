"""Table, dashboard and alerts are held to the metrics that there are."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from virtualptz.api.figures import FIGURES, TIMINGS
from virtualptz.api.metrics import Metrics
from virtualptz.jobs.readiness import Readiness

from .architecture import ROOT
from .promtool import needed_promtool

DEPLOY = ROOT / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana-dashboard.json").read_text())

UNITS = {"short", "s", "hertz", "percentunit", "bytes", "Bps"}
COLOURS = {"green", "orange", "red", "text"}


def metrics() -> dict[str, str]:
    """The kind of each, by its name."""
    families = Metrics([], [], (), {}, Readiness({})).collect()
    return {
        f"{family.name}{'_total' if family.type == 'counter' else ''}": (
            "gauge" if family.type == "stateset" else family.type
        )
        for family in families
    }


def series() -> set[str]:
    """Every name that a query may ask for."""
    found = set()
    for name, kind in metrics().items():
        found |= {f"{name}_{end}" for end in ("bucket", "count", "sum")} if kind == "histogram" else {name}
    return found


def asked(text: str) -> set[str]:
    return set(re.findall(r"\b(?:vptz|process)_[a-z_]+\b", text))


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "metrics.md").read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def test_the_page_has_every_metric_with_its_kind_and_no_other() -> None:
    assert {row[0].strip("`"): row[1] for row in rows()} == metrics()


def test_the_page_has_the_labels_of_a_jobs_metrics() -> None:
    told = {row[0].strip("`"): re.findall(r"`(\w+)`", row[2]) for row in rows()}
    for figure in FIGURES:
        name = f"{figure.name}_total" if figure.counter else figure.name
        assert told[name] == ["job_id", *figure.labels], name
    for timing in TIMINGS:
        assert told[timing.name] == ["job_id", *([timing.label] if timing.label else [])], timing.name


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = DASHBOARD["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])


def test_the_dashboard_can_be_imported_and_asks_for_its_data_source() -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids)) > 15
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    for panel in panels():
        assert panel["datasource"]["uid"] == "${datasource}"
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs))
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])


def test_the_dashboard_says_units_and_words_that_grafana_knows() -> None:
    for panel in panels():
        shown = panel["fieldConfig"]["defaults"]
        assert shown["unit"] in UNITS, panel["title"]
        for step in shown.get("thresholds", {"steps": []})["steps"]:
            assert step["color"] in COLOURS, panel["title"]
        if panel["type"] == "stat":
            assert {"mappings", "noValue", "thresholds"} & shown.keys(), f"{panel['title']}: a bare figure"


def test_panels_do_not_lie_on_each_other() -> None:
    places = [
        (x, y)
        for panel in panels()
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24


def test_every_metric_that_dashboard_and_alerts_name_exists() -> None:
    for title, expression in expressions():
        assert asked(expression) <= series(), title
    for name in ("alerts.yml", "prometheus.yml"):
        assert asked((DEPLOY / name).read_text()) <= series(), name


def test_stages_that_are_asked_for_exist() -> None:
    text = json.dumps(DASHBOARD) + (DEPLOY / "alerts.yml").read_text()
    assert set(re.findall(r'stage=\\*"(\w+)', text)) <= {"in", "detect", "encode", "out", "process"}


@pytest.mark.parametrize("what", [("rules", "alerts.yml"), ("config", "prometheus.yml")])
def test_promtool_finds_nothing_wrong(what: tuple[str, str]) -> None:
    kind, name = what
    run(needed_promtool(), "check", kind, str(DEPLOY / name))


def test_every_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    alerts = DEPLOY / "alerts.yml"
    cases = (ROOT / "tests" / "alerts_test.yml").read_text()
    names = re.findall(r"alert: (\w+)", alerts.read_text())
    assert set(re.findall(r"alertname: (\w+)", cases)) == set(names)
    file = tmp_path / "alerts_test.yml"
    file.write_text(f"rule_files: [{json.dumps(str(alerts))}]\n{cases}")
    run(needed_promtool(), "test", "rules", str(file))


def test_promtool_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    """As the expression of a rule each, with what Grafana fills in."""
    rules = [
        {
            "record": f"panel:query:{number}",
            "expr": expression.replace("$instance", ".*").replace("$session", ".*"),
        }
        for number, (_, expression) in enumerate(expressions())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    run(needed_promtool(), "check", "rules", str(file))


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
