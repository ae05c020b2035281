"""The books: the client's ledger against what each service says through the API, at the end of the programme."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rehearsal.client import at_once
from rehearsal.ledger import Findings
from rehearsal.play import _API, Rehearsal

__all__ = ["check"]


def check(play: Rehearsal) -> tuple[Findings, dict[str, Any]]:
    """What does not agree, and the figures of the programme as the services tell them."""
    findings = Findings()
    figures: dict[str, Any] = {}
    _adhesions(play, findings, figures)
    _appointments(play, findings, figures)
    _certificates(play, findings, figures)
    _mails(play, findings, figures)
    figures["plan_gap"] = play.run["gap"]
    return findings, figures


def _adhesions(play: Rehearsal, findings: Findings, figures: dict[str, Any]) -> None:
    listed = list(play.api.pages(f"{_API}/adhesions", play.token, programme_code=play.programme["code"]))
    findings.compare("adhesions", set(play.ledger.adhesions), Counter(adhesion["id"] for adhesion in listed))
    findings.compare(
        "bodies", set(play.ledger.adhesions.values()), Counter(adhesion["body"]["code"] for adhesion in listed)
    )
    confirmed = Counter(adhesion["id"] for adhesion in listed if adhesion["state"] == "confirmed")
    findings.compare("confirmations", play.ledger.confirmed, confirmed)
    whole = at_once(
        "adhesions read back", lambda one: play.api.get(f"{_API}/adhesions/{one}", play.token), play.ledger.adhesions
    )
    addresses = Counter(delegate["email"] for adhesion in whole for delegate in adhesion["delegates"])
    findings.compare("delegates", {mail for mails in play.ledger.delegates.values() for mail in mails}, addresses)
    # Whose letter never came could not confirm: their delegates are promised no place.
    joined = [adhesion for adhesion in whole if adhesion["id"] in play.ledger.confirmed]
    play.people = {delegate["id"]: delegate["email"] for adhesion in joined for delegate in adhesion["delegates"]}
    figures |= {"adhesions_confirmed": len(confirmed), "delegates": sum(addresses.values())}


def _appointments(play: Rehearsal, findings: Findings, figures: dict[str, Any]) -> None:
    listed = list(play.api.pages(f"{_API}/appointments", play.token, programme_id=play.programme["programme_id"]))
    days = [appointment for appointment in listed if appointment["kind"] == "training_day"]
    day_places: Counter[str] = Counter()
    places = attendances = 0
    for appointment in listed:
        found = list(play.api.pages(f"{_API}/appointments/{appointment['id']}/places", play.token))
        held = [place for place in found if place["state"] != "released"]
        seated = [place for place in held if place["state"] == "assigned"]
        places += len(seated)
        findings.doubled["places"] += sum(
            number - 1 for number in Counter(place["delegate_id"] for place in held).values()
        )
        findings.overbooked[appointment["kind"]] += max(0, len(seated) - appointment["capacity"])
        if len(seated) != appointment["taken"]:
            findings.wrong["count of places taken"] += 1
        if appointment["kind"] == "training_day":
            day_places.update(place["delegate_id"] for place in held)
        minutes = {place["delegate_id"]: place["minutes"] or 0 for place in seated}
        for delegate, seen in play.ledger.minutes.items():
            if appointment["id"] in seen:
                attendances += 1
                findings.lost["attendances"] += delegate not in minutes
                findings.wrong["minutes"] += delegate in minutes and minutes[delegate] != seen[appointment["id"]]
    findings.compare("training day places", set(play.people), day_places)
    figures |= {
        "training_days": len(days),
        "webinars": len(listed) - len(days),
        "places": places,
        "attendances": attendances,
    }


def _certificates(play: Rehearsal, findings: Findings, figures: dict[str, Any]) -> None:
    every = play.certificates()
    valid = [certificate for certificate in every if certificate["state"] == "valid"]
    findings.compare("certificates", play.deserving(), Counter(certificate["delegate_id"] for certificate in valid))
    findings.wrong["certificates without evidence"] += len(
        {certificate["delegate_id"] for certificate in valid} - play.deserving()
    )
    findings.doubled["certificate numbers"] += len(every) - len({certificate["number"] for certificate in every})

    def verify(certificate: dict[str, Any]) -> bool:
        seen = play.api.get(f"{_API}/certificate-verifications/{certificate['public_code']}")
        earned = play.ledger.earned(certificate["delegate_id"])
        return bool(
            seen["found"]
            and seen["status"] == certificate["state"]
            and seen["number"] == certificate["number"]
            and (certificate["state"] != "valid" or seen["minutes"] == certificate["minutes"] == earned)
        )

    verified = at_once("verifications", verify, every)
    findings.wrong["verifications"] += len(every) - sum(verified)
    figures |= {"certificates": len(valid), "certificate_editions": len(every)}


def _mails(play: Rehearsal, findings: Findings, figures: dict[str, Any]) -> None:
    """A mail that may not have gone must be listed as such; one that went twice is doubled."""
    counts = play.mailbox.get("/api/counts")
    listed = Counter(
        message["kind"]
        for state in ("unknown", "failed")
        for message in play.api.pages(f"{_API}/messages", play.token, state=state)
    )
    certificates = play.certificates()
    expected = Counter(
        adhesion_received=len(play.ledger.adhesions),
        adhesion_confirmed=len(play.ledger.confirmed),
        place_assigned=figures["places"],
        desk_assigned=figures["training_days"],
        certificate_issued=sum(certificate["edition"] == 1 for certificate in certificates),
        certificate_reissued=sum(certificate["edition"] > 1 for certificate in certificates),
    )
    found = Counter(counts["by_category"])
    for kind, number in expected.items():
        findings.lost[f"mails {kind}"] += max(0, number - found[kind] - listed[kind])
        findings.doubled[f"mails {kind}"] += max(0, found[kind] - number)
    findings.doubled["mails"] += len(counts["doubled"])
    unresolved = sum(listed.values()) - len(play.overtaken())
    figures |= {"mails": counts["accepted"], "mails_unresolved": unresolved}
