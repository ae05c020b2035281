"""The programme editor: an administrator's pages without a line of JavaScript, and the same through the API."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway import programme_form
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of

MERGE = "application/merge-patch+json"


@pytest.fixture
def administrator(app: Flask, staff: dict[str, str], programme: dict[str, Any]) -> FlaskClient:
    browser = app.test_client()
    log_in(browser, staff["administrator"])
    return browser


@pytest.fixture
def api(api_of: Callable[[str], Api]) -> Api:
    return api_of("administrator")


def settings_path(code: str) -> str:
    return f"/programme-settings/{code}"


def patch(api: Api, code: str, changes: Any, tag: str | None = "*", query: str = "") -> Any:
    headers = {**api.headers, **({"If-Match": tag} if tag else {})}
    return api.client.patch(f"/api/v1{settings_path(code)}{query}", json=changes, headers=headers, content_type=MERGE)


def form_of(page: Any) -> dict[str, Any]:
    """What a browser would send back from the page's form, untouched."""
    sent: dict[str, Any] = {"csrf_token": token_of(page), "kinds": []}
    body = page.text.partition("<main")[2]
    for tag in re.findall(r"<input[^>]*>", body):
        given = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if given.get("type") == "checkbox":
            if " checked" in tag:
                sent[given["name"]].append(given["value"])
        else:
            sent[given["name"]] = html.unescape(given.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.S):
        sent[name] = html.unescape(text)
    return sent


def test_the_form_of_a_programme_says_the_programme(
    administrator: FlaskClient, platform: Platform, programme: dict[str, Any]
) -> None:
    at = f"/staff/programmes/{programme['code']}"
    answer = administrator.post(f"{at}/edit", data=form_of(administrator.get(f"{at}/edit")))
    assert (answer.status_code, answer.location) == (303, f"{at}?done=nothing_changed")
    assert platform.call("enrollment", "programme_settings", code=programme["code"])["version"] == 1


def test_a_programme_is_copied_seen_published_and_joined(
    administrator: FlaskClient, anyone: Api, platform: Platform, programme: dict[str, Any]
) -> None:
    form = form_of(administrator.get(f"/staff/programmes/new?copy={programme['code']}"))
    assert (form["code"], form["issuer"]) == ("", programme["issuer"])
    form.update(code="altro-2018", protocol_prefix="AL", title_it="Altro", title_en="Another <b>one</b>")
    form["topics"] = "Lingua e scuola | Language and school\ntratta | Tratta | Trafficking"
    answer = administrator.post("/staff/programmes", data=form)
    assert (answer.status_code, answer.location) == (303, "/staff/programmes/altro-2018?done=programme_drafted")
    again = administrator.post("/staff/programmes", data=form)
    assert again.location == answer.location

    assert anyone("GET", "/programmes/altro-2018").status_code == 404
    assert administrator.get("/programmes/altro-2018").status_code == 404
    seen = administrator.get("/staff/programmes/altro-2018/preview?lang=en").text
    assert "This is a draft" in seen
    assert "Another &lt;b&gt;one&lt;/b&gt;" in seen
    assert "<b>one</b>" not in seen

    page = administrator.get("/staff/programmes/altro-2018")
    published = administrator.post("/staff/programmes/altro-2018/publish", data=form_of(page))
    assert published.location == "/staff/programmes/altro-2018?done=programme_published"
    platform.deliver()
    public = anyone("GET", "/programmes/altro-2018").json
    assert [topic["code"] for topic in public["topics"]] == ["lingua-e-scuola", "tratta"]
    assert anyone("POST", "/adhesions", adhesion_form(public)).status_code == 201


def test_a_change_that_touches_somebody_is_shown_asked_and_made(
    administrator: FlaskClient, anyone: Api, programme: dict[str, Any], platform: Platform
) -> None:
    anyone("POST", "/adhesions", adhesion_form(programme))
    at = f"/staff/programmes/{programme['code']}"
    form = {**form_of(administrator.get(f"{at}/edit")), "population_max": "9000"}
    asked = administrator.post(f"{at}/edit?lang=en", data=form)
    assert asked.status_code == 200
    assert "Municipalities outside the new population limits have joined" in asked.text
    assert "Appiano sulla strada del vino" in asked.text
    confirmation = form_of(asked) if " checked" in asked.text else {**_hidden(asked)}
    unanswered = administrator.post(f"{at}/change?lang=en", data=confirmation)
    assert (unanswered.status_code, "Somebody is touched by this change" in unanswered.text) == (409, True)
    made = administrator.post(f"{at}/change", data={**_hidden(unanswered), "accepted": "band_narrowed"})
    assert (made.status_code, made.location) == (303, f"{at}?done=programme_changed")

    shown = administrator.get(f"{at}?lang=en").text
    assert '<del><span class="visually-hidden">before: </span>150,000</del>' in shown
    assert '<ins><span class="visually-hidden">after: </span>9,000</ins>' in shown
    assert "Administrator" in shown


def _hidden(page: Any) -> dict[str, str]:
    body = page.text.partition("<main")[2]
    tags = [dict(re.findall(r'([a-z-]+)="([^"]*)"', tag)) for tag in re.findall(r'<input type="hidden"[^>]*>', body)]
    return {tag["name"]: html.unescape(tag["value"]) for tag in tags}


def test_a_change_that_hurts_is_refused_with_its_reason(
    administrator: FlaskClient, anyone: Api, programme: dict[str, Any]
) -> None:
    people = [{"given_name": "A", "family_name": "B", "email": f"p{n}@example.org", "role": "official"} for n in (1, 2)]
    delegates = [{**one, "gender": "other"} for one in people]
    assert anyone("POST", "/adhesions", adhesion_form(programme, delegates=delegates)).status_code == 201
    at = f"/staff/programmes/{programme['code']}"
    form = {**form_of(administrator.get(f"{at}/edit")), "places_per_body": "1"}
    page = administrator.post(f"{at}/edit?lang=en", data=form)
    assert "Bodies that send more than 1 people: 1. The largest number is 2." in page.text
    assert "Make the change" not in page.text
    forced = administrator.post(f"{at}/change?lang=en", data={**_hidden(page), "accepted": "places_below_delegates"})
    assert (forced.status_code, "Some bodies send more people" in forced.text) == (409, True)


def test_two_administrators_do_not_overwrite_each_other(
    administrator: FlaskClient, programme: dict[str, Any], api: Api
) -> None:
    at = f"/staff/programmes/{programme['code']}"
    form = {**form_of(administrator.get(f"{at}/edit")), "day_capacity": "99"}
    asked = administrator.post(f"{at}/edit", data=form)
    assert patch(api, programme["code"], {"webinar_capacity": 500}).status_code == 200
    late = administrator.post(f"{at}/change?lang=en", data=_hidden(asked))
    assert (late.status_code, "Somebody has changed it meanwhile" in late.text) == (409, True)
    assert api("GET", settings_path(programme["code"])).json["day_capacity"] == 150


def test_adhesions_are_closed_early_on_the_page(
    administrator: FlaskClient, anyone: Api, programme: dict[str, Any], clock: Any
) -> None:
    at = f"/staff/programmes/{programme['code']}"
    form = _hidden(administrator.get(f"{at}/window"))
    assert administrator.post(f"{at}/window", data=form).location == f"{at}?done=programme_changed"
    clock.advance(seconds=1)
    assert anyone("POST", "/adhesions", adhesion_form(programme)).json["reason"] == "adhesions_closed"
    twice = administrator.post(f"{at}/window", data={**form, "idempotency_key": "another"})
    assert twice.status_code == 409
    assert administrator.post(f"{at}/window", data={**form, "move": "shut", "version": "2"}).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "Altro 2018"),
        ("code", ""),
        ("protocol_prefix", "al"),
        ("title_it", ""),
        ("title_en", "x" * 100_000),
        ("title_it", "\u202eabc"),
        ("adhesion_opens", "tomorrow"),
        ("adhesion_opens", "2017-05-02T00:00:00+02:00"),
        ("adhesion_closes", "2017-05-01T00:00"),
        ("adhesion_closes", "9999-12-31T23:59:59"),
        ("training_until", "2017-02-30"),
        ("training_days", "-1"),
        ("training_days", "٣"),
        ("training_days", "1" * 40),
        ("webinars", "2.5"),
        ("population_max", "many"),
        ("certificate_minutes", "100000"),
        ("kinds", []),
        ("kinds", ["province"]),
        ("topics", "one alone"),
        ("topics", "a | b | c | d"),
        ("topics", "\n".join(["a | b"] * 2)),
        ("topics", "\n".join(f"t{n} | b | c" for n in range(501))),
        ("topics", "x" * 61 + " | b | c"),
        ("consent_it", "x" * 5001),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_what_was_typed_stays(
    administrator: FlaskClient, platform: Platform, programme: dict[str, Any], field: str, value: Any
) -> None:
    form = form_of(administrator.get(f"/staff/programmes/new?copy={programme['code']}"))
    form.update({"code": "altro-2018", "protocol_prefix": "AL", "issuer": "Chi organizza", field: value})
    answer = administrator.post("/staff/programmes", data=form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "Chi organizza" in answer.text
    assert len(platform.call("enrollment", "all_programme_settings")["items"]) == 1


def test_a_form_of_nothing_names_every_required_field(administrator: FlaskClient) -> None:
    page = administrator.get("/staff/programmes/new?lang=en")
    answer = administrator.post("/staff/programmes?lang=en", data={"csrf_token": token_of(page)})
    required = {name for name, field in programme_form.FIELDS.items() if field.required and field.kind != "kinds"}
    assert (answer.status_code, set(re.findall(r'id="([a-z_]+)-error"', answer.text))) == (422, required)


@pytest.mark.parametrize(
    "form",
    [
        {"changes": "nothing", "version": "1"},
        {"changes": "[]", "version": "1"},
        {"changes": '{"draft": true}', "version": "1"},
        {"changes": "{}", "version": "x"},
        {"changes": "{}", "version": "9" * 30},
        {"changes": "{}"},
        {"version": "1"},
    ],
)
def test_a_confirmation_that_is_none_of_ours(
    administrator: FlaskClient, programme: dict[str, Any], form: dict[str, str]
) -> None:
    at = f"/staff/programmes/{programme['code']}"
    token = token_of(administrator.get(f"{at}/edit"))
    assert administrator.post(f"{at}/change", data={**form, "csrf_token": token}).status_code == 400


def test_a_programme_that_is_not_there(administrator: FlaskClient, api: Api) -> None:
    for page in ("", "/edit", "/preview", "/window"):
        assert administrator.get(f"/staff/programmes/nowhere{page}").status_code == 404
    assert administrator.get("/staff/programmes/new?copy=nowhere").status_code == 404
    assert api("GET", settings_path("nowhere")).status_code == 404


def test_the_api_drafts_publishes_and_tells_the_history(api: Api, anyone: Api, programme: dict[str, Any]) -> None:
    whole = api("GET", settings_path(programme["code"])).json
    data = {key: value for key, value in whole.items() if key not in ("programme_id", "state", "draft", "version")}
    made = api("POST", "/programme-settings", {**data, "code": "altro", "protocol_prefix": "AL"})
    assert (made.status_code, made.json["draft"], made.headers["ETag"]) == (201, True, '"1"')
    assert {one["code"] for one in api("GET", "/programme-settings").json["items"]} == {programme["code"], "altro"}
    assert [one["code"] for one in anyone("GET", "/programmes").json["items"]] == [programme["code"]]
    published = api("POST", f"{settings_path('altro')}/publication", If_Match='"1"')
    assert (published.status_code, published.headers["ETag"]) == (200, '"2"')
    assert [one["what"] for one in api("GET", f"{settings_path('altro')}/history").json["items"]] == [
        "published",
        "drafted",
    ]
    assert api("POST", "/programme-settings", {**data, "code": "altro"}).json["reason"] == "programme_exists"


def test_the_api_changes_with_the_version_and_the_answers(api: Api, anyone: Api, programme: dict[str, Any]) -> None:
    code = programme["code"]
    anyone("POST", "/adhesions", adhesion_form(programme))
    narrower = {"population_min": 100_000}
    assert patch(api, code, narrower, tag=None).status_code == 428
    assert patch(api, code, narrower, tag='"7"').status_code == 412
    preview = api("POST", f"{settings_path(code)}/previews", narrower).json
    assert preview["changes"] == [{"field": "population_min", "before": 5_000, "after": 100_000}]
    assert preview["objections"][0]["reason"] == "band_narrowed"
    asked = patch(api, code, narrower, tag='"1"')
    assert (asked.status_code, asked.json["reason"]) == (409, "needs_acceptance")
    assert asked.json["facts"]["questions"][0]["reason"] == "band_narrowed"
    made = patch(api, code, narrower, tag='"1"', query="?accept=band_narrowed")
    assert (made.status_code, made.json["population_min"], made.headers["ETag"]) == (200, 100_000, '"2"')
    assert patch(api, code, {"population_min": None}, tag='"2"').json["population_min"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"draft": False}, "draft"),
        ({"day_capacity": "many"}, "day_capacity"),
        ({"day_capacity": None}, "day_capacity"),
        ({"adhesion_opens": "yesterday"}, "adhesion_opens"),
        ({"adhesion_opens": "0001-01-01T00:00:00+05:00"}, "adhesion_opens"),
        ({"code": "other"}, "code"),
        ({"consent_it": "Altro"}, "consent_version"),
        ({"topics": [{"code": "x"}]}, "topics.0.title_it"),
        ({"kinds": ["province"]}, "kinds.0"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(
    api: Api, programme: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    answer = patch(api, programme["code"], changes)
    assert (answer.status_code, field in answer.json["errors"]) == (422, True)


def test_the_window_through_the_api(api: Api, programme: dict[str, Any]) -> None:
    at = f"{settings_path(programme['code'])}/window"
    assert api("POST", at, {"move": "shut"}).status_code == 422
    assert api("POST", at, {"move": "open"}).json["reason"] == "window_not_so"
    assert api("POST", at, {"move": "close"}).json["reason"] == "needs_acceptance"
    closed = api("POST", at, {"move": "close", "accept": ["window_shortened"]})
    assert (closed.status_code, closed.json["version"]) == (200, 2)


def test_the_page_says_whom_another_threshold_concerns(
    administrator: FlaskClient, platform: Platform, programme: dict[str, Any], clock: Any
) -> None:
    from datetime import UTC, datetime

    clock.set(datetime(2017, 9, 1, tzinfo=UTC))
    log_in(administrator, "administrator@example.org")
    at = f"/staff/programmes/{programme['code']}"
    form = {**form_of(administrator.get(f"{at}/edit")), "certificate_minutes": "300"}
    page = administrator.post(f"{at}/edit?lang=en", data=form)
    assert "0 certificates stand now." in page.text
    platform.down = {"certificates"}
    page = administrator.post(f"{at}/edit?lang=en", data=form)
    assert (page.status_code, "How many certificates it concerns cannot be said" in page.text) == (200, True)
