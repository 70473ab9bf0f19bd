#!/usr/bin/env python3
"""
Bring facts to a Zhuanma service, signed: one file to copy, Python 3.8 and nothing else.

    export ZHUANMA_KEY=k0123… ZHUANMA_SECRET=…     # from: attribution partner add NAME
    python3 partner_client.py --url https://ysf.example.gov.cn facts today.csv
    python3 partner_client.py --url https://ysf.example.gov.cn lookups numbers.csv

The CSV has a heading: phone,registered_at,card_bound_at,first_txn_at (and as_of, ref) for
facts; phone (and ref) for lookups. Prints one JSON result a line. A request that got no
answer is sent again with the same Idempotency-Key, so that it counts once.
"""
from __future__ import annotations

import argparse
import csv
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST = 1000
TRIES = 5


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return what X-Signature must hold for *body* (bytes)."""
    text = f"{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def post(
    url: str, key: str, secret: str, path: str, payload: dict[str, Any],
    idempotency_key: str | None = None, tries: int = TRIES,
) -> dict[str, Any]:
    """
    Send *payload* and return the answer as a dict.

    Raises RuntimeError with the service's own words when it refuses.
    """
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8")
    idempotency_key = idempotency_key or secrets.token_hex(16)
    for attempt in range(1, tries + 1):
        # Each try has its own time and nonce; the idempotency key makes them one request.
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        request = urllib.request.Request(url.rstrip("/") + path, data=body, headers={
            "Content-Type": "application/json", "X-Key-Id": key, "X-Timestamp": timestamp,
            "X-Nonce": nonce, "X-Signature": sign(secret, timestamp, nonce, body),
            "Idempotency-Key": idempotency_key,
        })
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found: dict[str, Any] = json.loads(answer.read().decode("utf-8"))
                return found
        except urllib.error.HTTPError as error:
            said = error.read().decode("utf-8", "replace")
            if error.code < 500 or attempt == tries:
                raise RuntimeError(f"{error.code}: {said}") from None
        except (urllib.error.URLError, OSError) as error:
            if attempt == tries:
                raise RuntimeError(f"no answer: {error}") from None
        time.sleep(2 ** attempt)
    raise AssertionError("unreachable")


def chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("what", choices=["facts", "lookups"])
    parser.add_argument("file", help="CSV in UTF-8 with a heading")
    parser.add_argument("--url", required=True, help="the service, e.g. https://host")
    args = parser.parse_args()
    key, secret = os.environ.get("ZHUANMA_KEY"), os.environ.get("ZHUANMA_SECRET")
    if not key or not secret:
        parser.error("set ZHUANMA_KEY and ZHUANMA_SECRET")
    with Path(args.file).open(encoding="utf-8-sig", newline="") as file:
        items = [{k: v for k, v in row.items() if k and v} for row in csv.DictReader(file)]
    refused = 0
    for part in chunks(items, MOST):
        try:
            answer = post(args.url, key, secret, "/api/v1/" + args.what, {"items": part})
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
        for result in answer["results"]:
            refused += result["status"] == "refused"
            print(json.dumps(result, ensure_ascii=False))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
