"""Verification of a certificate by whoever is shown one."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.backend import call

pages = Blueprint("verify", __name__)

_LONGEST_NAME = 200
_LONGEST_CODE = 64
_BLANKS = re.compile(r"[\s-]+")


@pages.get("/verify")
def form() -> Response | str:
    """Where the code is typed; what was typed becomes the address of the answer."""
    code = _BLANKS.sub("", request.args.get("code", ""))[:_LONGEST_CODE]
    if code:
        return redirect(url_for("verify.show", code=code), 303)
    return render_template("verify/form.html", empty="code" in request.args)


@pages.get("/verify/<code>")
@pages.get("/V/<code>")
def show(code: str) -> str:
    """The same page whatever the code: valid, replaced, revoked or unknown. The holder's name is masked."""
    return render_template("verify/answer.html", code=code, answer=_verify(code), compared=False)


@pages.post("/verify/<code>")
def compare(code: str) -> str:
    """Who was told the holder's name can check it; the name travels in the form, never in an address."""
    name = request.form.get("name", "").strip()[:_LONGEST_NAME]
    return render_template("verify/answer.html", code=code, answer=_verify(code, name), compared=bool(name))


def _verify(code: str, name: str | None = None) -> dict[str, object]:
    answer: dict[str, object] = call("certificates", "verify", public_code=code[:_LONGEST_CODE], name=name or None)
    return answer
