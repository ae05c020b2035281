"""Delegates from a list in the body's area: all of them, or the good ones, or none, and never twice."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.gateway.platform import Platform
from tests.gateway.test_doors import Link, adhesion, send  # noqa: F401 - the fixture
from tests.gateway.test_identity import token_of
from tests.gateway.test_list_in_the_form import GOOD, ONE_WRONG
from tests.gateway.test_lists import CSV, workbook

PATH = "/area/delegates/list"


class Clerk:
    """The body's contact, in the area."""

    def __init__(self, client: FlaskClient, platform: Platform, adhesion_id: str) -> None:
        self.client, self.platform, self.adhesion_id = client, platform, adhesion_id
        self.csrf_token = token_of(client.get("/area"))

    def press(self, action: str, key: str = "", **more: Any) -> Any:
        form = {"csrf_token": self.csrf_token, "action": action, "idempotency_key": key}
        form |= {name.replace("__", "."): value for name, value in more.items()}
        return self.client.post(PATH, data=form, content_type="multipart/form-data")

    def delegates(self) -> list[str]:
        found = self.platform.call("enrollment", "adhesion", adhesion_id=self.adhesion_id)["delegates"]
        return [one["given_name"] for one in found if one["state"] == "active"]


@pytest.fixture
def clerk(client: FlaskClient, adhesion: dict[str, Any], link: Link, platform: Platform) -> Clerk:  # noqa: F811
    address = f"/area/{link('body-area', adhesion['id'])}"
    send(client, address, address)
    return Clerk(client, platform, adhesion["id"])


def test_a_list_that_is_right_is_taken_whole_and_once(clerk: Clerk) -> None:
    pages = [clerk.press("list", "k", list__text=GOOD) for _twice in range(2)]
    assert [page.location for page in pages] == ["/area?done=delegates_registered#main"] * 2
    assert clerk.delegates() == ["Carla", "Ada", "Bruno"]
    file = workbook(*(one.split(";") for one in CSV.splitlines()))
    assert clerk.press("list", list__file=(io.BytesIO(file), "x.xlsx")).status_code == 303
    assert len(clerk.delegates()) == 4


def test_nobody_is_taken_while_a_row_is_wrong_until_the_clerk_takes_the_good_ones(clerk: Clerk) -> None:
    page = clerk.press("list", list__text=ONE_WRONG)
    assert (page.status_code, clerk.delegates(), "<b>Carla" in page.text) == (422, ["Carla"], False)
    assert re.findall(r'<th scope="row" class="num">(\d+)</th>', page.text) == ["4", "4", "4"]
    kept = re.search(r'<textarea name="list.good" hidden>(.*?)</textarea>', page.text, re.DOTALL)
    assert kept is not None
    pages = [clerk.press("take", "k", list__good=unescape(kept[1])) for _twice in range(2)]
    assert [page.status_code for page in pages] == [303, 303]
    assert clerk.delegates() == ["Carla", "Ada", "Bruno"]


def test_who_is_there_already_is_the_rows_error(clerk: Clerk) -> None:
    clerk.press("list", list__text=GOOD)
    page = clerk.press("list", list__text=GOOD + "Zoe;Neri;zoe@example.org;dirigente\n")
    assert re.findall(r'<th scope="row" class="num">(\d+)</th><td>([^<]+)</td>', page.text) == [
        ("2", "E-mail"),
        ("3", "E-mail"),
    ]
    assert (page.status_code, clerk.delegates()) == (422, ["Carla", "Ada", "Bruno"])


@pytest.mark.parametrize("people", [6, 300])
def test_a_list_beyond_the_bodys_places_is_refused_whole(clerk: Clerk, people: int) -> None:
    rows = "".join(f"Ada;Conti;ada{number}@example.org;sindaca\n" for number in range(people))
    page = clerk.press("list", list__text=GOOD.splitlines()[0] + "\n" + rows)
    assert (page.status_code, "al massimo 6 persone" in page.text, clerk.delegates()) == (409, True, ["Carla"])


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "vuoto"), (b"\x89PNG\r\n\x1a\n" + bytes(300), "Non riusciamo a leggere"), (b"nome\nAda\n", "Mancano")],
    ids=["0 bytes", "a picture", "one column"],
)
def test_bad_files_are_refused_in_words(clerk: Clerk, content: bytes, words: str) -> None:
    page = clerk.press("list", list__file=(io.BytesIO(content), "elenco.csv"))
    assert (page.status_code, words in page.text, clerk.delegates()) == (409, True, ["Carla"])


def test_what_only_enrollment_finds_wrong_is_shown_at_its_row(clerk: Clerk) -> None:
    page = clerk.press("list", list__text=GOOD + "Zo\u00ade;Neri;zoe@example.org;dirigente\n")
    assert re.findall(r'<th scope="row" class="num">(\d+)</th><td>([^<]+)</td>', page.text) == [("4", "Nome")]
    assert (page.status_code, clerk.delegates()) == (422, ["Carla"])


def test_a_list_that_comes_too_late_is_refused(clerk: Clerk) -> None:
    send(clerk.client, "/area/withdraw", "/area/withdraw")
    assert clerk.press("list", list__text=GOOD).status_code == 409
    clerk.client.post("/area/leave", data={"csrf_token": token_of(clerk.client.get("/area"))})
    assert clerk.press("list", list__text=GOOD).location == "/area/request"
    assert clerk.delegates() == []
