"""Numbers of delegates by role: said on the pages, and kept by each form and by the API, with words."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, adhesion_form, delegate_form
from tests.gateway.platform import Platform
from tests.gateway.test_doors import adhesion, send  # noqa: F401 - the fixture
from tests.gateway.test_list_in_the_form import Clerk, delegates
from tests.gateway.test_own_pages import Contact, clerk  # noqa: F401 - the fixture

ENGLISH = {"Accept-Language": "en"}
TWO_OFFICIALS = (
    "nome;cognome;email;ruolo;genere\n"
    "Ada;Conti;a@example.org;funzionario;donna\nBruno;Sala;b@example.org;funzionario;uomo\n"
)


@pytest.fixture(autouse=True)
def one_official(platform: Platform, programme: dict[str, Any]) -> None:
    changes = {"official_most": 1, "administrator_least": 2}
    platform.call("enrollment", "change_programme", code=programme["code"], changes=changes, actor="admin-1")


def official(number: int) -> dict[str, str]:
    who = {"given_name": "Ugo", "family_name": "Neri", "email": f"n{number}@example.org", "gender": "male"}
    return {**who, "role": "official"}


def test_the_programmes_page_and_the_form_say_the_numbers(client: FlaskClient, programme: dict[str, Any]) -> None:
    page = client.get(f"/programmes/{programme['code']}", headers=ENGLISH).text
    assert "elected administrator: at least 2; official: at most 1" in page


def test_the_form_says_so_before_it_is_sent(client: FlaskClient, programme: dict[str, Any]) -> None:
    form = Clerk(client, programme["code"])
    rows = {f"delegates.{n}.{name}": value for n in range(2) for name, value in official(n).items()}
    contact = {f"contact.{name}": "Ada" for name in ("given_name", "family_name")} | {
        "contact.email": "a@example.org",
        "contact.language": "it",
    }
    legal = {f"legal_representative.{name}": "Ugo" for name in ("given_name", "family_name")}
    answers = {"consent": "yes", "consent_version": programme["consent_version"], "body_code": "021004"}
    topics = {"topics": programme["topics"][0]["code"]}
    page = form.press("next", **rows, **contact, **legal, **answers, **topics)
    assert (page.status_code, "Troppi partecipanti di un ruolo" in page.text) == (409, True)
    assert delegates(page) == ["n0@example.org", "n1@example.org"]


def test_a_list_in_the_form_and_one_in_the_area(
    client: FlaskClient,
    programme: dict[str, Any],
    clerk: FlaskClient,  # noqa: F811
) -> None:
    page = Clerk(client, programme["code"]).press("list", list__text=TWO_OFFICIALS)
    assert (page.status_code, delegates(page), "Troppi partecipanti di un ruolo" in page.text) == (409, [], True)
    page = send(clerk, "/area/delegates/list", "/area", **{"list.text": TWO_OFFICIALS, "action": "list"})
    assert (page.status_code, "Troppi partecipanti di un ruolo" in page.text) == (409, True)


def test_the_area_and_the_api(
    clerk: FlaskClient,  # noqa: F811
    contact: Contact,
    adhesion: dict[str, Any],  # noqa: F811
    anyone: Api,
    programme: dict[str, Any],
) -> None:
    typed = {f"delegate.{name}": value for name, value in official(1).items()}
    page = send(clerk, "/area/delegates", "/area", **typed)
    assert (page.status_code, "al massimo 1" in page.text) == (409, True)
    program = contact(adhesion["id"])
    facts = {"role": "official", "max": 1}
    refused = program("POST", "/area/delegates", delegate_form("x@example.org"))
    assert (refused.status_code, refused.json["reason"], refused.json["facts"]) == (409, "too_many_of_role", facts)
    five = [delegate_form(f"m{number}@example.org", role="manager") for number in range(5)]
    refused = program("POST", "/area/delegate-registrations", {"delegates": five})
    assert (refused.status_code, refused.json["reason"]) == (409, "places_kept_for_role")
    form = adhesion_form(programme, "021008", delegates=five)
    assert anyone("POST", "/adhesions", form).json["reason"] == "places_kept_for_role"
    assert anyone("GET", f"/programmes/{programme['code']}").json["official_most"] == 1
