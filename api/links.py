"""Where each kind of thing has its address."""

from __future__ import annotations

from urllib.parse import quote

BASE = "/api/v1"

_PLURALS = {
    "account": "accounts",
    "act": "acts",
    "batch": "batches",
    "certificate": "certificates",
    "methodology": "methodologies",
    "offset": "offsets",
    "project": "projects",
    "retirement": "retirements",
}


def href(kind: str, identity: str) -> str:
    """The address of a thing; serials and cancellations, which are no resources, lead to their provenance."""
    if kind in _PLURALS:
        return f"{BASE}/{_PLURALS[kind]}/{quote(identity)}"
    if kind == "report":
        project, _, seq = identity.partition("-")
        return f"{BASE}/projects/{quote(project)}/reports/{quote(seq)}"
    return f"{BASE}/provenance/serial/{quote(identity, safe=':')}"
