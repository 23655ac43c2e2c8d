"""What the OpenAPI document says of a call, and whether a value is as it says."""

from typing import Any

from openapi_schema_validator import OAS31Validator

from virtualptz.api.app import create_app

DOCUMENT: dict[str, Any] = create_app().openapi()
JSON = "application/json"


def faults(schema: dict[str, Any], value: object) -> list[str]:
    """Why the value does not fit; schemas refer to each other."""
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in OAS31Validator(whole).iter_errors(value)]


def answer_faults(method: str, path: str, answer: object) -> list[str]:
    """Why this is not what the call answers with 200."""
    content = DOCUMENT["paths"][path][method]["responses"]["200"]["content"]
    return faults(content[JSON]["schema"], answer)
