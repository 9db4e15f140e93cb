"""One entry as one line of JSON: our own fields. Their meaning stands in casework/docs/security.md.

No ciphertext leaves, and no value of a changed field: that a reason was stated, and which fields changed.
"""

import json
from typing import Any

COLUMNS = (
    "id", "xid", "timestamp", "verb", "outcome", "rule", "actor_id", "actor_name", "actor_roles", "actor_agency",
    "agency_id", "case_id", "listed_case_ids", "compartments", "shown", "purpose", "legal_basis", "grant_id",
    "share_id", "emergency_id", "object_repr", "changes", "additional_data", "remote_addr", "session", "route",
    "method", "cid", "reason_sealed",
)  # fmt: skip


def as_dict(row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a line. `row`: COLUMNS to values. Every field is always there; what is empty is null."""
    return {
        "format": "casework-audit-1",
        "sequence": row["id"],
        "transaction": str(row["xid"]),
        "time": row["timestamp"].isoformat(timespec="microseconds"),
        "action": row["verb"],
        "outcome": row["outcome"],
        "rule": row["rule"] or None,
        "actor": {
            "id": row["actor_id"],
            "name": row["actor_name"] or None,
            "roles": list(row["actor_roles"]),
            "agency": row["actor_agency"] or None,
        },
        "agency_id": row["agency_id"],
        "case": row["case_id"],
        "listed_cases": list(row["listed_case_ids"]),
        "compartments": list(row["compartments"]),
        "shown": row["shown"],
        "object": row["object_repr"] or None,
        "changed": sorted(row["changes"] or {}),
        "purpose": row["purpose"] or None,
        "legal_basis": row["legal_basis"] or None,
        "grant": row["grant_id"],
        "share": row["share_id"],
        "emergency": row["emergency_id"],
        "reason_stated": row["reason_sealed"] is not None,
        "details": row["additional_data"],
        "address": str(row["remote_addr"]) if row["remote_addr"] is not None else None,
        "session": row["session"] or None,
        "route": row["route"] or None,
        "method": row["method"] or None,
        "correlation_id": row["cid"] or None,
    }


def as_line(content: dict[str, Any]) -> str:
    """JSON in ASCII without a line break inside, so that no name or address can forge a second line."""
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"), default=str)
