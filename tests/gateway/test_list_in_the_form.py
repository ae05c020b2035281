"""Delegates from a list in the adhesion form: all of them, or the good ones, or none."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.gateway.conftest import Api
from tests.gateway.test_identity import token_of
from tests.gateway.test_lists import CSV, sparse, workbook

GOOD = "nome;cognome;email;ruolo\nAda;Conti;ada@example.org;sindaca\nBruno;Sala;bruno@example.org;funzionario\n"
ONE_WRONG = GOOD + "<b>Carla</b>;;carla@example;capo\n"


class Clerk:
    """Somebody at the third step of the form."""

    def __init__(self, client: FlaskClient, code: str) -> None:
        self.client, self.path = client, f"/programmes/{code}/adhesion"
        self.form: dict[str, Any] = {"csrf_token": token_of(client.get(self.path)), "step": "people"}

    def press(self, action: str, **more: Any) -> Any:
        form = {**self.form, "action": action, **{name.replace("__", "."): value for name, value in more.items()}}
        return self.client.post(self.path, data=form, content_type="multipart/form-data")


def delegates(page: Any) -> list[str]:
    return re.findall(r'name="delegates\.\d+\.email" value="([^"]+)"', page.text)


@pytest.fixture
def clerk(client: FlaskClient, programme: dict[str, Any]) -> Clerk:
    return Clerk(client, programme["code"])


def test_a_list_that_is_right_is_taken_whole_beside_who_was_written_before(clerk: Clerk) -> None:
    page = clerk.press("list", list__text=GOOD, delegates__0__email="zoe@example.org", delegates__0__given_name="Zoe")
    assert (page.status_code, delegates(page)) == (200, ["zoe@example.org", "ada@example.org", "bruno@example.org"])
    page = clerk.press(
        "list", list__file=(io.BytesIO(workbook(*(one.split(";") for one in CSV.splitlines()))), "x.xlsx")
    )
    assert (page.status_code, delegates(page)) == (200, ["n.dagosto@comune.example"])


def test_nobody_is_taken_while_a_row_is_wrong_until_the_clerk_takes_the_good_ones(clerk: Clerk) -> None:
    page = clerk.press("list", list__text=ONE_WRONG)
    assert (page.status_code, delegates(page)) == (422, [])
    assert re.findall(r'<th scope="row" class="num">(\d+)</th><td>([^<]+)</td>', page.text) == [
        ("4", "Cognome"),
        ("4", "E-mail"),
        ("4", "Ruolo"),
    ]
    assert re.findall(r"</td><td>([^<]+)</td></tr>", page.text) == [
        "Scrivere il cognome: ogni persona ha una riga con tutte e cinque le colonne.",
        "Scrivere un solo indirizzo e nient’altro, come nome@example.it.",
        "Scrivere amministratore, dirigente o funzionario.",
    ]
    assert "<b>Carla" not in page.text
    kept = re.search(r'<textarea name="list.good" hidden>(.*?)</textarea>', page.text, re.DOTALL)
    assert kept is not None
    page = clerk.press("take", list__good=unescape(kept[1]))
    assert (page.status_code, delegates(page)) == (200, ["ada@example.org", "bruno@example.org"])


def test_a_list_that_has_more_people_than_places_is_refused_whole(clerk: Clerk) -> None:
    rows = "".join(f"Ada;Conti;ada{number}@example.org;sindaca\n" for number in range(7))
    page = clerk.press("list", list__text=GOOD.splitlines()[0] + "\n" + rows)
    assert (page.status_code, delegates(page), "al massimo 6 persone" in page.text) == (409, [], True)


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 409, "vuoto"),
        (b"\x00" * 2_500_000, 409, "troppo grande"),
        (b"\x00" * 4_000_000, 413, "Troppo"),
        (workbook(["x"], fill=sparse), 409, "troppo pesante"),
        (b"\x89PNG\r\n\x1a\n" + bytes(300), 409, "Non riusciamo a leggere"),
        ("nome\nAda\n".encode("utf-16"), 409, "Mancano alcune colonne"),
    ],
    ids=["0 bytes", "2.5 MB", "4 MB", "two cells apart", "a picture", "one column"],
)
def test_bad_files_are_refused_in_words(clerk: Clerk, content: bytes, status: int, words: str) -> None:
    page = clerk.press("list", list__file=(io.BytesIO(content), "elenco.csv"))
    assert (page.status_code, words in page.text, delegates(page)) == (status, True, [])


def test_the_template_is_a_file_to_download(client: FlaskClient) -> None:
    answer = client.get("/delegate-list-template?lang=it")
    assert answer.headers["Content-Disposition"] == "attachment; filename=partecipanti.xlsx"
    assert answer.data[:2] == b"PK"


def test_programs_have_a_list_read_too(anyone: Api) -> None:
    def read(content: bytes, content_type: str = "text/csv") -> Any:
        return anyone.client.post("/api/v1/delegate-lists", data=content, content_type=content_type)

    answer = read(ONE_WRONG.encode()).json
    assert (answer["good"], answer["wrong"], [row["row"] for row in answer["items"]]) == (2, 1, [2, 3, 4])
    assert answer["items"][0] == {
        "row": 2,
        "delegate": {
            "given_name": "Ada",
            "family_name": "Conti",
            "email": "ada@example.org",
            "role": "administrator",
            "gender": "not_said",
        },
        "errors": {},
    }
    assert answer["items"][2]["errors"] == {
        "family_name": ["required"],
        "email": ["not_an_email"],
        "role": ["not_a_choice"],
    }
    answers = [read(b""), read(b"x", "image/png"), read(bytes(2_000_001))]
    assert [(one.status_code, one.content_type) for one in answers] == [
        (409, "application/problem+json"),
        (415, "application/problem+json"),
        (413, "application/problem+json"),
    ]
