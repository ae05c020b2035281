"""Topics chosen anew in the body's area, in the browser and by programs."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from chassis.refusal import Refused
from tests.gateway.platform import Platform
from tests.gateway.test_doors import adhesion, send  # noqa: F401 - the fixture
from tests.gateway.test_own_pages import Contact, clerk  # noqa: F401 - the fixture

PATH = "/area/topics"


def chosen(page: str) -> int:
    return page.count(" checked")


@pytest.fixture
def too_late(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(programme_id: str) -> Any:
        raise Refused("topics_too_late", closed_at="2017-11-01T08:00:00+00:00")

    monkeypatch.setattr(platform.services["scheduling"], "topics_reach", refuse)


def test_a_clerk_chooses_other_topics(clerk: FlaskClient, programme: dict[str, Any], platform: Platform) -> None:  # noqa: F811
    page = clerk.get(PATH, headers={"Accept-Language": "en"}).text
    assert ("The webinars are not planned yet" in page, chosen(page)) == (True, 1)
    wanted = [one["code"] for one in programme["topics"][1:4]]
    answer = send(clerk, PATH, PATH, topics=wanted)  # type: ignore[arg-type]
    assert answer.location == "/area?done=topics_changed"
    assert chosen(clerk.get(PATH).text) == 3
    platform.deliver()
    area = clerk.get("/area").text
    assert all(one["title_it"] in area for one in programme["topics"][1:4])


@pytest.mark.parametrize("wanted", [[], ["x"], ["x"] * 6, list("abcdef")], ids=["none", "unknown", "same", "many"])
def test_what_is_no_choice_is_shown_again(clerk: FlaskClient, wanted: list[str]) -> None:  # noqa: F811
    answer = send(clerk, PATH, PATH, topics=wanted)  # type: ignore[arg-type]
    assert answer.status_code == (409 if set(wanted) == {"x"} else 422)
    assert chosen(clerk.get(PATH).text) == 1


def test_when_it_is_too_late_the_page_says_so_and_has_no_form(
    clerk: FlaskClient,  # noqa: F811
    programme: dict[str, Any],
    too_late: None,
) -> None:
    page = clerk.get(PATH, headers={"Accept-Language": "en"})
    assert (page.status_code, "too late" in page.text, 'name="topics"' in page.text) == (200, True, False)
    form = {"topics": programme["topics"][2]["code"]}
    assert send(clerk, PATH, "/area", **form).status_code == 409


def test_programs_choose_topics(
    contact: Contact,
    adhesion: dict[str, Any],  # noqa: F811
    programme: dict[str, Any],
) -> None:
    program = contact(adhesion["id"])
    code = programme["topics"][5]["code"]
    assert program("GET", PATH).json == {"topics": adhesion["topics"], "reach": "planning", "until": None}
    assert program("PUT", PATH, {"topics": [code]}).json["topics"] == [code]
    for wrong in ({}, {"topics": []}, {"topics": code}, {"topics": [code] * 2}, {"topics": list("abcdef")}):
        assert program("PUT", PATH, wrong).status_code == 422
    assert program("PUT", PATH, {"topics": ["musica"]}).json["reason"] == "unknown_topic"


def test_programs_read_that_it_is_too_late(contact: Contact, adhesion: dict[str, Any], too_late: None) -> None:  # noqa: F811
    program = contact(adhesion["id"])
    assert program("GET", PATH).json["reach"] == "none"
    answer = program("PUT", PATH, {"topics": ["tratta"]})
    assert (answer.status_code, answer.json["reason"]) == (409, "topics_too_late")
