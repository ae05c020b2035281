"""Invented clerks, mayors and delegates on the real list of municipalities. The same seed, the same people."""

from __future__ import annotations

import random
from typing import Any

from seeds import Municipality, municipalities

__all__ = ["adhesion_of", "eligible_bodies"]

_WOMEN = (
    "Ada",
    "Noemi",
    "Désirée",
    "Giulia",
    "Łucja",
    "Chloé",
    "Mădălina",
    "Zoë",
    "Caterina",
    "Ines",
    "Teresa",
    "Amina",
)
_MEN = ("Niccolò", "Mosè", "Giosuè", "Ionuț", "Željko", "Paolo", "Omar", "Luca", "Andrea", "Ettore", "Nicolò", "Bruno")
_FAMILIES = (
    *("Rossi", "D’Agostino", "Șerban", "Wałęsa", "Grünwald", "Forlì", "Çelik", "Cantù", "Muñoz", "De Luca", "Esposito"),
    *("Ferrari", "Bianchi", "Pičulin", "Dell’Orto", "Lo Presti", "Marchetti", "Conti", "Greco", "Santoro", "Barbieri"),
)
_ROLES = ("administrator", "manager", "official", "official", "official")


def eligible_bodies(programme: dict[str, Any], number: int, seed: int) -> list[Municipality]:
    """A sample of the municipalities that may join, spread over the whole list; all of them when there are no more."""
    band = [
        body
        for body in municipalities()
        if body.population is not None and programme["population_min"] <= body.population <= programme["population_max"]
    ]
    if number > len(band):
        raise SystemExit(f"There are {len(band)} municipalities that may join: ask for at most so many bodies.")
    return sorted(random.Random(seed).sample(band, number))


def adhesion_of(body: Municipality, programme: dict[str, Any], seed: int) -> dict[str, Any]:
    """The form as this body's clerk fills it in: one to four delegates, most often two, and up to three topics."""
    chance = random.Random(f"{seed}:{body.code}")
    topics = [topic["code"] for topic in programme["topics"]]
    wanted = min(chance.choices((1, 2, 3, 4), (25, 40, 25, 10))[0], programme["places_per_body"])
    return {
        "programme_code": programme["code"],
        "body_code": body.code,
        "consent": True,
        "consent_version": programme["consent_version"],
        "contact": {
            **_name(chance),
            "email": f"protocollo@{body.cadastral_code.lower()}.comune.example",
            "office": "Ufficio protocollo",
            "language": "it" if chance.random() < 0.95 else "en",
        },
        "legal_representative": _name(chance),
        "topics": chance.sample(topics, min(len(topics), chance.randint(1, 3))),
        "delegates": [
            {
                **_name(chance, gender),
                "email": f"p{number}@{body.cadastral_code.lower()}.comune.example",
                "role": chance.choice(_ROLES),
                "gender": gender,
            }
            for number, gender in enumerate(chance.choices(("female", "male", "not_said"), (48, 48, 4), k=wanted), 1)
        ],
    }


def _name(chance: random.Random, gender: str = "not_said") -> dict[str, str]:
    given = {"female": _WOMEN, "male": _MEN}.get(gender, _WOMEN + _MEN)
    return {"given_name": chance.choice(given), "family_name": chance.choice(_FAMILIES)}
