"""Who calls, and how a test asks and reads."""

from collections.abc import Callable
from typing import Any

import httpx

Sign = Callable[..., dict[str, str]]

FAMA = "57fea3df-d6f7-467b-8420-ad427c05dafc"
JSON = {"Content-Type": "application/json"}
NOTE = {"note_id": "n1", "text": "Asked about women's small ski mask", "written_at": "2026-11-22T10:30:00Z"}


def refusal(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Read a refusal: a whole problem, with that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"].startswith("urn:floorbook:problem:")
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["trace_id"] == answer.headers["x-trace-id"]
    return problem


def pointers(answer: httpx.Response, status: int = 422) -> list[str]:
    """Read where a refusal points."""
    return [fault["pointer"] for fault in refusal(answer, status)["errors"]]
