"""One entry in the shape of a FHIR R4 AuditEvent, after IHE's Basic Audit Log Patterns.

Codes: HL7 audit-event-type, restful-interaction, object-role and v3-ActReason; DICOM PS3.16 for sign-ins and exports.
"""

from typing import Any

from casework.audit.kinds import Outcome, Verb

HL7 = "http://terminology.hl7.org/CodeSystem"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
BALP = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
REST = {"system": f"{HL7}/audit-event-type", "code": "rest", "display": "RESTful Operation"}


def _rest(code: str) -> tuple[dict[str, str], dict[str, str]]:
    return REST, {"system": "http://hl7.org/fhir/restful-interaction", "code": code}


def _dicom(kind: str, words: str, subtype: str, sub_words: str) -> tuple[dict[str, str], dict[str, str]]:
    return (
        {"system": DICOM, "code": kind, "display": words},
        {"system": DICOM, "code": subtype, "display": sub_words},
    )


# Verb: type, subtype and action (C create, R read, U update, D delete, E execute).
KINDS: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    Verb.LOOKED: (*_rest("read"), "R"),
    Verb.LISTED: (*_rest("search"), "E"),
    Verb.ENTERED: (*_rest("read"), "R"),
    Verb.CREATED: (*_rest("create"), "C"),
    Verb.CHANGED: (*_rest("update"), "U"),
    Verb.DELETED: (*_rest("delete"), "D"),
    Verb.EXPORTED: ({"system": DICOM, "code": "110106", "display": "Export"}, _rest("read")[1], "R"),
    Verb.SIGNED_IN: (*_dicom("110114", "User Authentication", "110122", "Login"), "E"),
    Verb.SIGNED_OUT: (*_dicom("110114", "User Authentication", "110123", "Logout"), "E"),
    Verb.SIGN_IN_FAILED: (*_dicom("110114", "User Authentication", "110122", "Login"), "E"),
    Verb.FACTOR_CHANGED: (*_dicom("110113", "Security Alert", "110137", "User Security Attributes Changed"), "U"),
    Verb.REFUSED: (*_rest("operation"), "E"),
    Verb.FAILED: (*_rest("operation"), "E"),
}
OUTCOMES = {Outcome.ALLOWED: "0", Outcome.REFUSED: "4", Outcome.FAILED: "8"}
# Nearest code of v3-ActReason; our own word goes along as text.
PURPOSES = {"treat": "TREAT", "protect": "PATSFTY"}
ENTITY_TYPE = {"system": f"{HL7}/audit-entity-type", "code": "2", "display": "System Object"}
ENTITY_ROLE = {"system": f"{HL7}/object-role", "code": "4", "display": "Domain Resource"}


def as_audit_event(row: dict[str, Any]) -> dict[str, Any]:
    """The resource. `row`: as for `lines.as_dict`."""
    kind, subtype, action = KINDS[row["verb"]]
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(row["id"]),
        "type": kind,
        "subtype": [subtype],
        "action": action,
        "recorded": row["timestamp"].isoformat(timespec="microseconds"),
        "outcome": OUTCOMES[row["outcome"]],
        "agent": [_agent(row)],
        "source": {
            "site": "casework",
            "observer": {"display": "Casework"},
            "type": [{"system": f"{HL7}/security-source-type", "code": "4", "display": "Application Server"}],
        },
        "entity": _entities(row),
    }
    if row["rule"]:
        event["outcomeDesc"] = row["rule"]
    if row["purpose"]:
        code = PURPOSES.get(row["purpose"])
        coding = [{"system": f"{HL7}/v3-ActReason", "code": code}] if code else []
        event["purposeOfEvent"] = [{**({"coding": coding} if coding else {}), "text": row["purpose"]}]
    return event


def _agent(row: dict[str, Any]) -> dict[str, Any]:
    """Who: a person with name, roles and agency as they were, or somebody unknown. `policy`: the right in use."""
    who: dict[str, Any] = {"display": row["actor_name"] or "not signed in"}
    if row["actor_id"] is not None:
        who["identifier"] = {"system": "urn:casework:member", "value": str(row["actor_id"])}
    agent: dict[str, Any] = {
        "type": {
            "coding": [{"system": f"{HL7}/v3-ParticipationType", "code": "IRCP", "display": "information recipient"}]
        },
        "who": who,
        "requestor": True,
    }
    if row["actor_roles"] or row["actor_agency"]:
        words = [*row["actor_roles"], *([row["actor_agency"]] if row["actor_agency"] else [])]
        agent["role"] = [{"text": word} for word in words]
    if row["remote_addr"] is not None:
        agent["network"] = {"address": str(row["remote_addr"]), "type": "2"}
    rights = [f"urn:casework:{name}:{row[name + '_id']}" for name in ("grant", "share", "emergency")]
    held = [right for right in rights if not right.endswith(":None")]
    if held:
        agent["policy"] = held
    return agent


def _entities(row: dict[str, Any]) -> list[dict[str, Any]]:
    cases = [row["case_id"]] if row["case_id"] is not None else row["listed_case_ids"]
    entities = [_entity("cases.case", case, row["compartments"]) for case in cases]
    named = [(label, key) for label, keys in sorted(row["shown"].items()) for key in keys if label != "cases.case"]
    entities += [_entity(label, key, []) for label, key in named]
    if row["object_repr"]:
        label, _sign, key = row["object_repr"].partition(":")
        entities.append(_entity(label, key, []))
    if row["cid"]:
        kind = {"system": BALP, "code": "XrequestId"}
        entities.append({"what": {"identifier": {"value": row["cid"]}}, "type": kind})
    return entities


def _entity(label: str, key: Any, compartments: list[str]) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "what": {"identifier": {"system": f"urn:casework:{label}", "value": str(key)}},
        "type": ENTITY_TYPE,
        "role": ENTITY_ROLE,
    }
    if compartments:
        entity["detail"] = [{"type": "compartment", "valueString": name} for name in compartments]
    return entity
