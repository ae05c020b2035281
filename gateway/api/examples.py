"""An example of everything that the API takes and gives, made from its schemas: no operation can be without one.

What a value looks like is decided by the name of its field, then by its type; a test holds each example against its
schema, so a new field that needs another example fails the build.
"""

from __future__ import annotations

from typing import Any

__all__ = ["example_of", "give_examples"]

_ID = "3f0c2a54-7d8e-4b4f-9d6a-2f5f0f3b9b11"
_BY_FIELD: dict[str, Any] = {
    "Programme.code": "co-alizione-2017",
    "Problem.type": "about:blank",
    "Staff.role": "secretariat",
    "Staff.roles": ["desk", "secretariat"],
    "Status.status": 200,
    "Status.title": "OK",
    "Token.token": "Yx3…",
    "AreaLinkInput.email": "lucia.bianchi@comune.ivrea.example",
    "Message.kind": "adhesion_received",
    "Message.state": "delivered",
    "Place.state": "assigned",
    "OwnPlace.minutes": None,
    "OwnPlace.position": None,
    "OwnPlace.reason": "plan_changed",
    "OwnPlace.source": None,
    "OwnPlace.state": "released",
    "Place.released_at": None,
    "Certificate.state": "valid",
    "Verification.status": "valid",
    "SchedulingRun.state": "running",
    "Appointment.state": "scheduled",
    "Appointment.kind": "training_day",
    "Programme.state": "open",
    "Eligibility.reason": "population_out_of_band",
    "LegalRepresentative.title": "Sindaco",
    "LegalRepresentativeInput.title": "Sindaco",
    "Contact.id": "9b7c1f0e-5a52-4f5e-8a5e-0b8f1c1d2e3f",
    "RunEvent.id": "12",
    "RunEvent.event": "progress",
    "RunEvent.data": '{"state": "running", "phase": "hosts", "share": 0.4}',
    "actor": "contact",
    "body_code": "001125",
    "body_name": "Ivrea",
    "by_kind": {"adhesion_received": 2341},
    "by_state": {"confirmed": 2290, "submitted": 51},
    "cadastral_code": "E379",
    "certificate_minutes": 360,
    "code": "001125",
    "consent": True,
    "consent_en": "The body agrees that …",
    "consent_it": "L'ente acconsente a che …",
    "consent_version": "2017-05",
    "cursor": "WyIyMDE3LTA1LTE2Il0",
    "date": "2017-09-18",
    "delegates_by_gender": {"female": 2410, "male": 2271},
    "delegates_by_role": {"administrator": 1012, "manager": 1204, "official": 2465},
    "eligible": False,
    "email": "anna.daloisio@comune.ivrea.example",
    "facts": {"population": 2558, "min": 5000},
    "family_name": "D'Aloisio",
    "given_name": "Anna Chiara",
    "holder": "Anna Chiara D'Aloisio",
    "holder_masked": "A. C. D.",
    "host_code": "001272",
    "host_name": "Torino",
    "host_province": "TO",
    "issuer": "ANCI con Fondazione Cittalia",
    "kind": "municipality",
    "kinds": ["municipality", "supra_municipal"],
    "language": "it",
    "latitude": 45.467,
    "longitude": 7.877,
    "mail_state": "delivered",
    "minutes": 480,
    "name": "Ivrea",
    "next_cursor": "WyIyMDE3LTA1LTE2Il0",
    "number": "CO-2017-000042",
    "office": "Ufficio formazione",
    "parameters": {"seconds": 60, "seed": 7},
    "phase": "hosts",
    "phone": "+39 0125 4101",
    "population": 22558,
    "population_year": 2023,
    "programme_code": "co-alizione-2017",
    "programme_en": "CO-AliZIONE: training for municipalities on reception and integration",
    "programme_it": "CO-AliZIONE: formazione per i Comuni su accoglienza e integrazione",
    "protocol": "CO-2017-000042",
    "province": "TO",
    "province_name": "Torino",
    "public_code": "7KQ2M9XDWA",
    "query": "ivrea",
    "reason": "Foglio firme letto male",
    "receipt_hash": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "region": "Piemonte",
    "role": "official",
    "search": "gAAAAABZHq5w…",
    "source": "desk",
    "state": "confirmed",
    "title_en": "Reception of asylum seekers",
    "title_it": "Accoglienza dei richiedenti asilo",
    "topic": "asylum",
    "topics": ["asylum"],
    "venue": "Sala del Consiglio",
    "what": "confirmed",
}
_BY_FORMAT: dict[str, Any] = {
    "binary": "%PDF-1.7 …",
    "date": "2017-09-18",
    "date-time": "2017-09-18T09:00:00+02:00",
    "email": "lucia.bianchi@comune.ivrea.example",
    "password": "correct horse battery staple",
    "uuid": _ID,
}


def example_of(schema: dict[str, Any], schemas: dict[str, Any], field: str = "") -> Any:
    """A value that the schema admits; ``field`` is ``Schema.field``, as far as it is known."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(schemas[name], schemas, name)
    if "example" in schema:
        return schema["example"]
    for known in (field, field.rpartition(".")[2]):
        if known in _BY_FIELD and _fits(_BY_FIELD[known], schema):
            return _BY_FIELD[known]
    for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        if "$ref" in choice:
            return example_of(choice, schemas, field)
    if choices := schema.get("enum"):
        return choices[0]
    return _by_type(schema, schemas, field)


def _by_type(schema: dict[str, Any], schemas: dict[str, Any], field: str) -> Any:
    match schema.get("type"):
        case "object" if "properties" in schema:
            name = field.rpartition(".")[2]
            instead = {each for choice in schema.get("oneOf", ())[1:] for each in choice["required"]}
            return {
                each: example_of(inner, schemas, f"{name}.{each}")
                for each, inner in schema["properties"].items()
                if each not in instead
            }
        case "object":
            return {}
        case "array":
            return [example_of(schema["items"], schemas, field)]
        case "boolean":
            return True
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case _:
            return _BY_FORMAT.get(schema.get("format", ""), "text")


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value of this field's name elsewhere is one here: an appointment's number is no protocol."""
    if value is None:
        return bool(schema.get("nullable"))
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict}
    if "enum" in schema:
        return value in schema["enum"]
    if isinstance(value, list):
        return "items" in schema and _fits(value[0], schema["items"])
    return (
        "type" in schema
        and isinstance(value, types.get(schema["type"], ()))
        and "properties" not in schema
        and not (isinstance(value, bool) and schema["type"] != "boolean")
    )


def give_examples(spec: dict[str, Any]) -> None:
    """Put an example beside every parameter, body and answer that has none."""
    schemas = spec["components"]["schemas"]
    for item in spec["paths"].values():
        shared = item.get("parameters", [])
        for operation in (each for method, each in item.items() if method != "parameters"):
            for parameter in (*shared, *operation.get("parameters", ())):
                parameter.setdefault("example", example_of(parameter["schema"], schemas, parameter["name"]))
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for media in part.get("content", {}).values():
                    if "examples" not in media:
                        media.setdefault("example", example_of(media["schema"], schemas))
