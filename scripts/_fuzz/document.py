"""An agent's OpenAPI document for Schemathesis: it knows what runs.

Requests at random never name a job that exists, so most calls would only ever answer 404.
"""

from typing import Any

LOGS = "/runner/job/logs/{job_id}"


def teach(document: dict[str, Any], jobs: list[str], sources: list[str]) -> None:
    """Fields and parameters that name one are mostly one of these."""
    _teach(document, {"job_id": [*jobs, "nobody"], "source_uri_ref": sources})
    logs = document["paths"][LOGS]["get"]
    # Those that are followed end with their job.
    logs["parameters"] = [each for each in logs["parameters"] if each["name"] != "follow"]


def _teach(part: object, known: dict[str, list[str]]) -> None:
    if isinstance(part, list):
        for item in part:
            _teach(item, known)
    if isinstance(part, dict):
        for name, values in known.items():
            some = {"anyOf": [{"enum": values}, {"type": "string"}]}
            fields = part.get("properties")
            if isinstance(fields, dict) and name in fields:
                fields[name] = some
            if part.get("name") == name and part.get("in") == "path":
                part["schema"] = some
        for item in part.values():
            _teach(item, known)
