"""A plan is judged and steered: compared with another, asked why, changed and planned again, repaired."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Missing, Refused
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only
from gateway.pages.staff import chosen
from gateway.pages.staff.planning_rules import (
    FAIR_KM,
    FAIRNESS,
    RULES,
    SECONDS,
    errors_of,
    numbers,
    rules_in_words,
    rules_read,
    wrong_lines,
)
from gateway.progress import has_plan
from gateway.words import Explanation, explain

pages = Blueprint("staff_steering", __name__)

STAYS = (30, 0, 200)
"""The first is taken where nothing is chosen."""
Page = Response | BaseResponse | str
Errors = dict[str, list[str]]


@pages.get("/staff/planning/<run_id>/compare")
@staff_only("secretariat")
def compare(run_id: str) -> Page:
    """This plan beside another of the same programme."""
    run = call("scheduling", "run", run_id=run_id)
    others = _with_plans(run)
    other_id = request.args.get("other") or (others[0]["id"] if others else None)
    filters, found = chosen.asked("query", "host", "region"), None
    if other_id:
        found = call(
            "scheduling",
            "compare_runs",
            run_id=run_id,
            other_id=other_id,
            **filters,
            limit=chosen.PAGE,
            cursor=request.args.get("cursor") or None,
        )
    return render_template(
        "staff/compare.html",
        programme=chosen.programme_of(run),
        run=run,
        others=others,
        other=other_id,
        found=found,
        filters=filters,
        **chosen.paged(found or {}, url_for("staff_steering.compare", run_id=run_id)),
    )


@pages.get("/staff/planning/<run_id>/why/<body_code>")
@staff_only("secretariat")
def why(run_id: str, body_code: str) -> Page:
    """Why this body goes there: the nearest places, and what each would cost."""
    found = call("scheduling", "why", run_id=run_id, body_code=body_code)
    return render_template("staff/why.html", programme=chosen.programme_of(found["run"]), found=found, key=new_key())


@pages.get("/staff/planning/<run_id>/again")
@staff_only("secretariat")
def ask_again(run_id: str) -> Page:
    """The plan's days, each to be kept, excluded, moved or given other seats."""
    return _again(run_id)


@pages.post("/staff/planning/<run_id>/again")
@staff_only("secretariat")
def again(run_id: str) -> Page:
    """Plan again under these rules, near this plan."""
    form, errors = request.form, Errors()
    run = call("scheduling", "run", run_id=run_id)
    wanted: dict[str, Any] = numbers({"seconds": SECONDS, "stay_km": STAYS, "fairness": FAIRNESS}, errors)
    fates = {name.removeprefix("fate."): value for name, value in form.items() if name.startswith("fate.")}
    seats, dates = _seats(errors), _dates(errors)
    if errors:
        return _again(run_id, errors=errors, status=422)
    try:
        rules = rules_read(run["programme_id"])
    except Refused as answer:
        errors, lines = wrong_lines(answer)
        return _again(
            run_id, errors=errors, lines=lines, problem=None if lines else explain(answer), status=422 if lines else 409
        )
    except Invalid as answer:
        return _again(run_id, errors=errors_of(answer), status=422)
    for name, fate in (("pinned_hosts", "keep"), ("excluded_hosts", "exclude")):
        others = {code for code in rules.get(name, ()) if code not in fates}
        rules[name] = sorted(others | {code for code, value in fates.items() if value == fate})
    rules["capacities"] = {**rules.get("capacities", {}), **seats}
    rules["pinned_dates"] = {**rules.get("pinned_dates", {}), **dates}
    if form.get("pin_body"):
        own = {name: run["parameters"][name] for name in RULES if run["parameters"].get(name)}
        pinned = {**own.get("pinned", {}), form["pin_body"][:80]: form.get("pin_host", "")[:80]}
        rules = {**own, "pinned": pinned}
    return _start(run_id, {**wanted, **rules, "based_on": run_id})


@pages.get("/staff/planning/<run_id>/repair")
@staff_only("secretariat")
def ask_repair(run_id: str) -> Page:
    """What has happened to one day or one trainer of a plan that has too many of them to choose from."""
    day = trainer = None
    if (number := request.args.get("day", "")).isascii() and number.isdigit() and len(number) < 10:
        found = call("scheduling", "planned_days", run_id=run_id, numbers=[int(number)])
        day = next((one for one in found["items"] if one["change"] != "called_off"), None)
    else:
        wanted = request.args.get("trainer", "")[:80]
        found = call("scheduling", "planned_trainers", run_id=run_id, query=wanted)
        trainer = next((one for one in found["items"] if one["id"] == wanted and one["engagements"]), None)
    if (day is None and trainer is None) or found["run"]["state"] != "published":
        raise Missing("day")
    return render_template(
        "staff/repair_one.html",
        programme=chosen.programme_of(found["run"]),
        run=found["run"],
        day=day,
        trainer=trainer,
        key=new_key(),
    )


@pages.post("/staff/planning/<run_id>/repair")
@staff_only("secretariat")
def repair(run_id: str) -> Page:
    """A host cancels, or a trainer is ill: find the least change; it is shown before anything is published."""
    form = request.form
    kind = form.get("kind", "")
    wanted = {"kind": kind, **{name: form[name][:80] for name in _FACTS.get(kind, ()) if form.get(name)}}
    return _start(run_id, {"repair": wanted, "seconds": 5, "based_on": run_id})


_FACTS = {"host_cancels": ("host_code",), "trainer_ill": ("trainer_id", "first", "last")}


def _start(run_id: str, parameters: dict[str, Any]) -> Page:
    run = call("scheduling", "run", run_id=run_id)
    try:
        begun = call(
            "scheduling",
            "start_run",
            programme_id=run["programme_id"],
            parameters=parameters,
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return _again(run_id, errors=errors_of(answer), status=422)
    except Refused as answer:
        return _again(run_id, problem=explain(answer), status=409)
    return redirect(url_for("staff_planning.show", run_id=begun["id"]), 303)


def _seats(errors: Errors) -> dict[str, int]:
    """Other numbers of seats than the plan had."""
    found = {}
    for name, value in request.form.items():
        text = value.strip()
        if not name.startswith("seats.") or not text or text == request.form.get(f"was.{name}"):
            continue
        if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 10_000):
            errors[name] = ["out_of_range"]
        else:
            found[name.removeprefix("seats.")] = int(text)
    return found


def _dates(errors: Errors) -> dict[str, str]:
    """Other dates than the plan had."""
    found = {}
    for name, value in request.form.items():
        if not name.startswith("date.") or not value or value == request.form.get(f"was.{name}"):
            continue
        try:
            found[name.removeprefix("date.")] = date.fromisoformat(value).isoformat()
        except ValueError:
            errors[name] = ["not_a_day"]
    return found


def _again(
    run_id: str,
    errors: Errors | None = None,
    lines: list[dict[str, Any]] | None = None,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    run = call("scheduling", "run", run_id=run_id)
    days = _rows_of(run_id)
    said = run["parameters"]
    page = render_template(
        "staff/again.html",
        programme=chosen.programme_of(run),
        run=run,
        days=days["items"],
        filters=chosen.asked("host", "region"),
        place={name: value for name in ("host", "region", "cursor") if (value := request.args.get(name))},
        regions=[(region, region) for region in days["regions"]],
        said=said,
        values=request.form or {name: said[name] for name in ("fairness", "fair_km") if said.get(name) is not None},
        rules=rules_in_words(run["programme_id"], _elsewhere(said, {day["host_code"] for day in days["items"]})),
        lines=lines or [],
        errors=errors or {},
        names={
            f"{kind}.{day['host_code']}": f"{day['host_name']}" for kind in ("seats", "date") for day in days["items"]
        },
        problem=problem,
        key=new_key(),
        stays=STAYS,
        fairness=FAIRNESS,
        fair_km=FAIR_KM,
        seconds=SECONDS,
        **chosen.paged(days, url_for("staff_steering.ask_again", run_id=run_id)),
    )
    return Response(page, status)


def _rows_of(run_id: str) -> dict[str, Any]:
    """The days in the table: a page of them, or those that were sent."""
    sought: dict[str, Any] = {**chosen.asked("host", "region"), "cursor": request.args.get("cursor") or None}
    found: dict[str, Any] = call("scheduling", "planned_days", run_id=run_id, **sought, limit=chosen.PAGE)
    return found


def _elsewhere(parameters: dict[str, Any], here: set[str]) -> dict[str, Any]:
    """The rules, without those of the places that have a row of their own in the table."""
    found = dict(parameters)
    for name in ("pinned_hosts", "excluded_hosts"):
        found[name] = [code for code in parameters.get(name) or [] if code not in here]
    for name in ("capacities", "pinned_dates"):
        found[name] = {code: value for code, value in (parameters.get(name) or {}).items() if code not in here}
    return found


def _with_plans(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The other runs of the programme that have a plan, the published one first, then the newest."""
    runs = call("scheduling", "runs", programme_id=run["programme_id"], limit=50)["items"]
    found = [one for one in runs if has_plan(one) and one["id"] != run["id"]]
    return sorted(found, key=lambda one: one["state"] != "published")
