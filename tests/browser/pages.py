"""Every address at which a person meets a page, and how a test comes there: a new page belongs in one of the tables.

The routes are read from ``gateway.access``: one that is in no table fails ``test_pages.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gateway
from gateway.access import ACCESS
from tests.browser.story import CONTACT_EMAIL, Story

__all__ = ["BETWEEN", "IN_AREA", "LINKED", "OWN", "PAGES", "PUBLIC", "ROUTES", "STAFF", "TRANSLATIONS"]

TRANSLATIONS = Path(str(gateway.__file__)).with_name("translations") / "it.po"

NO_PAGE = {
    "/V/<code>",  # leads to /verify/<code>
    "/area/data",
    "/area/data/document",
    "/delegate-list-template",
    "/me/calendar",
    "/me/certificates/<certificate_id>",
    "/me/data",
    "/me/data/document",
    "/programmes/<code>/adhesion/bodies",
    "/programmes/<code>/calendar.ics",
    "/receipts/<digest>/document",
    "/receipts/<digest>/statement",
    "/staff/adhesions/export",
    "/staff/certificates/<certificate_id>/document",
    "/staff/dashboard/<table>.csv",
    "/staff/login/oidc",
    "/staff/login/oidc/callback",
    "/staff/login/qr.svg",
    "/staff/second-factor/qr.svg",
    "/staff/planning/<run_id>/export/<name>",
}
"""Downloads, suggestions for a script, and addresses that lead elsewhere."""
ROUTES = {
    route.removeprefix("GET ")
    for route in ACCESS
    if route.startswith("GET /")
    and not route.startswith(("GET /api/", "GET /static/"))
    and route not in {f"GET /{name}" for name in ("status", "healthz", "readyz", "metrics", "openapi.json")}
} - NO_PAGE

IVREA = "001125"
To = Callable[[Story], str]
PUBLIC: dict[str, To] = {
    "/": lambda story: "/",
    "/privacy": lambda story: "/privacy",
    "/accessibility": lambda story: "/accessibility",
    "/legal-notes": lambda story: "/legal-notes",
    "/contacts": lambda story: "/contacts",
    "/api-reference": lambda story: "/api-reference",
    "/programmes/<code>": lambda story: f"/programmes/{story.programme['code']}",
    "/programmes/<code>/joined": lambda story: f"/programmes/{story.programme['code']}/joined",
    "/programmes/<code>/adhesion": lambda story: story.form,
    "/programmes/<code>/adhesion/received": lambda story: f"{story.form}/received?protocol={story.joined.protocol}",
    "/verify": lambda story: "/verify",
    "/verify/<code>": lambda story: f"/verify/{story.attested.public_code}",
    "/area/request": lambda story: "/area/request",
    "/staff/password/forgotten": lambda story: "/staff/password/forgotten",
    "/staff/login": lambda story: "/staff/login",
}
LINKED: dict[str, To] = {
    "/adhesions/confirm/<token>": lambda story: story.link("adhesion_received", CONTACT_EMAIL, "adhesions/confirm/"),
    "/adhesions/drafts/<token>": lambda story: story.doors["draft"],
    "/staff/invitation/<token>": lambda story: story.doors["invitation"],
    "/staff/password/reset/<token>": lambda story: story.doors["password"],
    "/area/mailbox/<token>": lambda story: story.mailbox_door,
    "/area/nomination/<token>": lambda story: story.nomination_door,
    "/me/mailbox/<token>": lambda story: "/me/mailbox/a-link-that-nobody-has-used",
    "/area/<token>": lambda story: "/area/a-link-that-nobody-has-used",
    "/me/<token>": lambda story: "/me/a-link-that-nobody-has-used",
    "/receipts/<digest>": lambda story: f"/receipts/{story.attested.receipt_hash}",
}
IN_AREA: dict[str, To] = {
    "/area": lambda story: "/area",
    "/area/topics": lambda story: "/area/topics",
    "/area/contact": lambda story: "/area/contact",
    "/area/delegates/<delegate_id>/mailbox": lambda story: f"/area/delegates/{story.attested.delegate_id}/mailbox",
    "/area/withdraw": lambda story: "/area/withdraw",
    "/area/delegates/<delegate_id>/replace": lambda story: f"/area/delegates/{story.attested.delegate_id}/replace",
    "/area/delegates/<delegate_id>/withdraw": lambda story: f"/area/delegates/{story.attested.delegate_id}/withdraw",
}
OWN: dict[str, To] = {
    **{
        path: (lambda story, path=path: path)
        for path in ("/me", "/me/correct", "/me/mailbox", "/me/withdraw", "/me/erase")
    },
}
STAFF: dict[str, To] = {
    **{
        path: (lambda story, path=path: path)  # type: ignore[misc]
        for path in (
            *(
                "/staff",
                "/staff/sessions",
                "/staff/password",
                "/staff/accounts",
                "/staff/audit",
                "/staff/adhesions",
                "/staff/appointments",
            ),
            *("/staff/certificates", "/staff/messages", "/staff/failed-messages", "/staff/planning"),
        )
    },
    "/staff/second-factor": lambda story: "/staff/second-factor",
    "/staff/tokens": lambda story: "/staff/tokens",
    "/staff/programmes": lambda story: "/staff/programmes",
    "/staff/programmes/new": lambda story: "/staff/programmes/new",
    **{
        f"/staff/programmes/<code>{part}": (
            lambda story, part=part: f"/staff/programmes/{story.programme['code']}{part}"  # type: ignore[misc]
        )
        for part in ("", "/preview", "/edit", "/window")
    },
    "/staff/adhesions/<adhesion_id>": lambda story: f"/staff/adhesions/{story.attested.adhesion_id}",
    "/staff/adhesions/<adhesion_id>/correction": lambda story: (
        f"/staff/adhesions/{story.attested.adhesion_id}/correction"
    ),
    "/staff/adhesions/<adhesion_id>/withdrawal": lambda story: (
        f"/staff/adhesions/{story.attested.adhesion_id}/withdrawal"
    ),
    "/staff/review": lambda story: "/staff/review",
    "/staff/paper": lambda story: "/staff/paper?body=058104",
    "/staff/bulk/<bulk_id>": lambda story: f"/staff/bulk/{story.bulk_id}",
    "/staff/appointments/<appointment_id>": lambda story: f"/staff/appointments/{story.attested.appointment_id}",
    "/staff/appointments/<appointment_id>/move": lambda story: (
        f"/staff/appointments/{story.attested.appointment_id}/move"
    ),
    "/staff/appointments/<appointment_id>/cancellation": lambda story: (
        f"/staff/appointments/{story.attested.appointment_id}/cancellation"
    ),
    "/staff/certificates/<certificate_id>/revoke": lambda story: (
        f"/staff/certificates/{story.attested.certificate_id}/revoke"
    ),
    "/staff/failed-messages/<service>": lambda story: "/staff/failed-messages/notifications",
    **{
        path: (lambda story, path=path: path)  # type: ignore[misc]
        for path in (
            *("/staff/hosts", "/staff/hosts/new", "/staff/hosts/closures", "/staff/calendar-rules"),
            *("/staff/trainers", "/staff/trainers/new"),
        )
    },
    "/staff/hosts/<host_code>": lambda story: f"/staff/hosts/{story.host_code}",
    "/staff/trainers/<trainer_id>": lambda story: f"/staff/trainers/{story.trainer_id}",
    "/staff/planning/<run_id>": lambda story: story.published,
    "/staff/planning/<run_id>/again": lambda story: f"{story.published}/again",
    "/staff/planning/<run_id>/compare": lambda story: f"{story.published}/compare",
    "/staff/planning/<run_id>/bodies": lambda story: f"{story.published}/bodies",
    "/staff/planning/<run_id>/days": lambda story: f"{story.published}/days",
    "/staff/planning/<run_id>/trainers": lambda story: f"{story.published}/trainers",
    "/staff/planning/<run_id>/repair": lambda story: f"{story.published}/repair?day=1",
    "/staff/planning/<run_id>/why/<body_code>": lambda story: f"{story.published}/why/{IVREA}",
    "/staff/planning/<run_id>/publish": lambda story: f"{story.published}/publish",
}
BETWEEN = {"/staff/login/code", "/staff/login/enrol"}
"""Only there between the two steps of a log-in: ``test_states.py`` goes through them."""
PAGES: dict[str, To] = {**PUBLIC, **LINKED, **IN_AREA, **OWN, **STAFF}
"""Route → its address in the story."""
