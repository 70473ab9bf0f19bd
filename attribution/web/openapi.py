"""The platform's API as an OpenAPI 3.1 document; the page at /api/v1/ is drawn from it."""
from typing import Any

_TIME = {
    "type": ["string", "null"], "maxLength": 64,
    "description": "ISO 8601 with offset, without one Asia/Shanghai; of a step also a bare date,"
    " kept as a day, or void: the step does not stand",
    "examples": ["2022-10-11T09:30:00+08:00"],
}
_PHONE = {"type": "string", "maxLength": 64, "description": "a Chinese mobile number"}
# Of facts; lookups take whole numbers alone.
_WHOSE = {
    "type": "string", "maxLength": 96,
    "description": "a Chinese mobile number; where the campaign's grades allow it also its hash "
    "by the agreed recipe (64 hexadecimal digits) or masked (138****1234)",
}
_REF = {"type": "string", "maxLength": 64, "description": "yours; it comes back with the result"}


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": name != "Idempotency-Key",
            "description": description, "schema": {"type": "string", **schema}}


_HEADERS = [
    _header("X-Key-Id", "which key signs", {"maxLength": 64}),
    _header("X-Timestamp", "unix seconds, at most 5 minutes off", {"pattern": "^[0-9]{1,12}$"}),
    _header("X-Nonce", "by chance, used once", {"pattern": "^[A-Za-z0-9_-]{8,128}$"}),
    _header(
        "X-Signature",
        'hex HMAC-SHA256 under the secret of: X-Timestamp + "\\n" + X-Nonce + "\\n" + '
        "hex SHA-256 of the body",
        {"pattern": "^[0-9A-Fa-f]{64}$"},
    ),
]
_IDEMPOTENCY = _header(
    "Idempotency-Key",
    "the same key and body again get the first answer; by default the body itself is the key",
    {"pattern": "^[!-~]{1,128}$"},
)


def _problem(description: str, *, later: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {"description": description, "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    if later:
        told["headers"] = {"Retry-After": {
            "required": True, "description": "seconds", "schema": {"type": "integer"}}}
    return told


_PROBLEMS = {
    "400": _problem("the body is not JSON, or a header is malformed"),
    "401": _problem("unsigned, wrongly signed, too old, or replayed"),
    "403": _problem("the key does not open this"),
    "410": _problem("the campaign has ended and its people were forgotten for good"),
    "413": _problem("more than 2 MiB"),
    "415": _problem("not application/json"),
    "422": _problem("the request as a whole makes no sense"),
    "429": _problem("this key, or this network, asks too often", later=True),
    "503": _problem("try again in a moment; nothing was changed", later=True),
}


def _post(summary: str, request: str, answer: str, *, again: bool) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {"description": "durable; a result for each item", "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}},
        **_PROBLEMS,
    }
    if again:
        answers["409"] = _problem("the batch was taken in before with other content")
    return {
        "summary": summary, "operationId": request.lower(),
        "parameters": [*_HEADERS, *([_IDEMPOTENCY] if again else [])],
        "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{request}"}}}},
        "responses": answers,
    }


def _items(item: dict[str, Any], more: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "required": ["items"],
        "properties": {
            "items": {"type": "array", "minItems": 1, "maxItems": 1000, "items": item},
            **(more or {}),
        },
    }


_REFUSAL = {
    "index": {"type": "integer"}, "ref": _REF,
    "problems": {"type": "array", "items": {"type": "string"}},
}


def document(url: str, version: str) -> dict[str, Any]:
    """Return the document for a service at *url*."""
    times = ("registered_at", "card_bound_at", "first_txn_at", "as_of")
    facts = {
        "type": "object", "additionalProperties": False, "required": ["phone"],
        "properties": {"phone": _WHOSE, "ref": _REF, **dict.fromkeys(times, _TIME)},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zhuanma 专码: the platform's API", "version": version,
            "description": "For the payment platform: bring facts, ask what the ledger knows. "
            "Every request is signed; scripts/partner_client.py is a client to copy.",
        },
        "servers": [{"url": url}],
        "paths": {
            "/api/v1/facts": {"post": _post(
                "Bring facts about up to 1000 people", "Facts", "FactResults", again=True)},
            "/api/v1/lookups": {"post": _post(
                "Ask what the ledger knows of up to 1000 people", "Lookups", "LookupResults",
                again=False)},
            "/api/v1/openapi.json": {"get": {
                "summary": "This document", "operationId": "openapi",
                "responses": {"200": {"description": "OpenAPI 3.1", "content": {
                    "application/json": {"schema": {"type": "object"}}}}},
            }},
        },
        "components": {"schemas": {
            "Facts": _items(facts, {
                "batch": {"type": ["string", "null"], "pattern": "^[A-Za-z0-9._-]{1,80}$"},
                "as_of": _TIME,
            }),
            "Lookups": _items({
                "type": "object", "required": ["phone"],
                "properties": {"phone": _PHONE, "ref": _REF},
            }),
            "FactResults": {
                "type": "object", "required": ["accepted", "refused", "results"],
                "properties": {
                    "batch": {"type": ["string", "null"]}, "accepted": {"type": "integer"},
                    "refused": {"type": "integer"},
                    "results": {"type": "array", "items": {
                        "type": "object", "required": ["index", "status"],
                        "properties": {
                            **_REFUSAL, "status": {"enum": ["accepted", "refused"]},
                            "anomaly": {"type": "string"},
                        },
                    }},
                },
            },
            "LookupResults": {
                "type": "object", "required": ["results"],
                "properties": {"results": {"type": "array", "items": {
                    "type": "object", "required": ["index", "status"],
                    "properties": {
                        **_REFUSAL, "status": {"enum": ["answered", "refused"]},
                        "claimed": {"type": "boolean"}, "claimed_at": {"type": "string"},
                        "claimed_unit": {"type": "string"},
                        "credited_unit": {"type": ["string", "null"]},
                        "reason": {"type": ["string", "null"]},
                    },
                }}},
            },
            "Problem": {
                "type": "object", "required": ["type", "title", "status"],
                "properties": {
                    "type": {"type": "string"}, "title": {"type": "string"},
                    "status": {"type": "integer"}, "detail": {"type": "string"},
                },
            },
        }},
    }
