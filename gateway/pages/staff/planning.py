"""Planning: a run is started in plain words, watched, its plan looked at and published."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Missing, Refused
from gateway import publications
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only
from gateway.labels import LABELS
from gateway.map import body_places, dots, italy, sketched
from gateway.pages.furniture import optional
from gateway.pages.staff import chosen
from gateway.pages.staff.planning_rules import (
    FAIR_KM,
    FAIRNESS,
    SECONDS,
    errors_of,
    numbers,
    rules_in_words,
    rules_read,
    wrong_lines,
)
from gateway.progress import has_plan
from gateway.publications import under_way
from gateway.words import Explanation, explain, explain_failed_run

pages = Blueprint("staff_planning", __name__)

_LARGEST_SEED = 1_000_000
_GOING_ON = ("requested", "running")

Page = Response | BaseResponse | str


@pages.get("/staff/planning")
@staff_only("secretariat")
def index() -> Page:
    """The runs so far, and the form that starts another."""
    return _index()


@pages.post("/staff/planning")
@staff_only("secretariat")
def start() -> Page:
    """Start a run, and go where it can be watched."""
    programme, errors = chosen.programme(), dict[str, list[str]]()
    wanted: dict[str, Any] = numbers({"seconds": SECONDS, "fairness": FAIRNESS}, errors)
    seed = request.form.get("seed", "0").strip()
    if not (seed.isascii() and seed.isdigit()):
        errors["seed"] = ["not_a_number"]
    elif len(seed) > 7 or int(seed) > _LARGEST_SEED:
        errors["seed"] = ["out_of_range"]
    else:
        wanted["seed"] = int(seed)
    if errors:
        return _index(errors=errors, status=422)
    try:
        wanted.update(rules_read(programme["programme_id"]))
        run = call(
            "scheduling",
            "start_run",
            programme_id=programme["programme_id"],
            parameters=wanted,
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return _index(errors=errors_of(answer), status=422)
    except Refused as answer:
        errors, lines = wrong_lines(answer)
        return _index(
            errors=errors, lines=lines, problem=None if lines else explain(answer), status=422 if lines else 409
        )
    return redirect(url_for("staff_planning.show", run_id=run["id"]), 303)


@pages.get("/staff/planning/<run_id>")
@staff_only("secretariat")
def show(run_id: str) -> Page:
    """A run: how far it is, or its plan as a table and on a map."""
    return _show(run_id)


@pages.post("/staff/planning/<run_id>/stop")
@staff_only("secretariat")
def stop(run_id: str) -> Page:
    """End it early: the best plan so far is kept."""
    try:
        call("scheduling", "stop_run", run_id=run_id, actor=staff_id())
    except Refused as answer:
        return _show(run_id, explain(answer), 409)
    return redirect(url_for("staff_planning.show", run_id=run_id, done="run_stopping"), 303)


@pages.post("/staff/planning/<run_id>/cancel")
@staff_only("secretariat")
def cancel(run_id: str) -> Page:
    """Give it up at once, without a plan."""
    call("scheduling", "cancel_run", run_id=run_id, actor=staff_id())
    return redirect(url_for("staff_planning.index", done="run_cancelled"), 303)


@pages.get("/staff/planning/<run_id>/publish")
@staff_only("secretariat")
def ask_publish(run_id: str) -> Page:
    """What publishing does, before it is done: mails cannot be called back."""
    run = call("scheduling", "run", run_id=run_id)
    if not has_plan(run) or run["state"] == "published" or under_way(run):
        return redirect(url_for("staff_planning.show", run_id=run_id), 303)
    return _ask_publish(run)


@pages.post("/staff/planning/<run_id>/publish")
@staff_only("secretariat")
def publish(run_id: str) -> Page:
    """The plan becomes the calendar: places are assigned, invitations go out."""
    try:
        published = publications.publish(run_id)
    except Refused as answer:
        return _show(run_id, explain(answer), 409)
    done = {} if published is None else {"done": "plan_published"}
    return redirect(url_for("staff_planning.show", run_id=run_id, **done), 303)


def _change(run: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What differs from the plan that this one stays near, and for a repair also what its publication would tell."""
    base = run["parameters"].get("based_on")
    if base is None:
        return None, None
    change = call("scheduling", "compare_runs", run_id=base, other_id=run["id"], limit=chosen.PAGE)
    if "repair" not in run["parameters"] or run["state"] == "published":
        return change, None
    try:
        return change, call("scheduling", "preview_publication", run_id=run["id"])
    except Refused:  # it is said on the page that publishes
        return change, None


def _ask_publish(run: dict[str, Any]) -> str:
    plan = call("scheduling", "plan_page", run_id=run["id"], limit=1)
    preview, problem = None, None
    try:
        preview = call("scheduling", "preview_publication", run_id=run["id"])
    except Refused as answer:
        problem = explain(answer)
    return render_template(
        "staff/publish.html",
        run=run,
        plan=plan,
        preview=preview,
        problem=problem,
        programme=chosen.programme_of(run),
        key=new_key(),
    )


def _index(
    errors: dict[str, list[str]] | None = None,
    lines: list[dict[str, Any]] | None = None,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    programme = chosen.programme()
    found = call(
        "scheduling",
        "runs",
        programme_id=programme["programme_id"],
        limit=chosen.PAGE,
        cursor=request.args.get("cursor") or None,
    )
    like = _like(programme["programme_id"])
    page = render_template(
        "staff/planning.html",
        programme=programme,
        runs=found["items"],
        statistics=optional("enrollment", "statistics", programme_code=programme["code"]),
        seconds=SECONDS,
        fairness=FAIRNESS,
        values=request.form or {"seconds": 10, "seed": 0, "fair_km": FAIR_KM, **_plain(like)},
        rules=rules_in_words(programme["programme_id"], like),
        lines=lines or [],
        errors=errors or {},
        problem=problem,
        key=new_key(),
        **chosen.paged(found, url_for("staff_planning.index")),
    )
    return Response(page, status)


def _like(programme_id: str) -> dict[str, Any]:
    """The parameters of the run that the new one is to be begun like, where the address names one."""
    if "like" not in request.args or request.method == "POST":
        return {}
    run = call("scheduling", "run", run_id=request.args["like"])
    if run["programme_id"] != programme_id:
        raise Missing("run")
    parameters: dict[str, Any] = run["parameters"]
    return parameters


def _plain(parameters: dict[str, Any]) -> dict[str, int]:
    said = {name: parameters.get(name) for name in ("seconds", "seed", "fairness", "fair_km")}
    return {name: int(value) for name, value in said.items() if value is not None}


def _show(run_id: str, problem: Explanation | None = None, status: int = 200) -> Response:
    run = call("scheduling", "run", run_id=run_id)
    plan = call("scheduling", "plan_page", run_id=run_id, limit=chosen.PAGE) if has_plan(run) else None
    going_on = run["state"] in _GOING_ON
    drawn = sketched(call("scheduling", "run_sketch", run_id=run_id)) if going_on else None
    change, preview = _change(run) if plan else (None, None)
    page = render_template(
        "staff/run.html",
        run=run,
        change=change,
        preview=preview,
        programme=chosen.programme_of(run),
        going_on=going_on,
        publishing=under_way(run),
        unpublished=_unpublished(run),
        phases=LABELS["phase"],
        failure=explain_failed_run(run) if run["state"] == "failed" else None,
        plan=plan,
        outline=italy() if plan or going_on else None,
        dots=dots(call("scheduling", "plan_map", run_id=run_id)["days"], body_places()) if plan else drawn,
        problem=problem,
        key=new_key(),
        second_key=new_key(),
    )
    return Response(page, status)


def _unpublished(run: dict[str, Any]) -> Explanation | None:
    """Why the last attempt to publish the plan did not go through."""
    last = run["publication"]
    return None if last is None or last["reason"] is None else explain(Refused(last["reason"], **(last["facts"] or {})))
