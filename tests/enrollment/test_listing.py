"""The secretariat's list: what it finds, in which order, and that it is true after every change."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from marshmallow import ValidationError

from chassis.database import engine_for
from chassis.migrations import _alembic, _without_references
from chassis.refusal import Invalid
from contracts.notifications import MessageBounced
from services.enrollment import finding, registry
from services.enrollment.models import ListedAdhesion, ListedWord
from tests.enrollment.builders import (
    BOLZANO,
    BRUNICO,
    FIUMICINO,
    GUIDONIA,
    MERANO,
    NONE,
    OPEN,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    delegate,
    form,
    small_registry,
    union,
)

SEVERAL = (TIVOLI, FIUMICINO, BOLZANO, BRUNICO, NONE)
SORTS = [sign + name for name in finding.SORTS for sign in ("", "-")]


def listed(enrollment, **wanted):
    return [one["body"]["code"] for one in enrollment.adhesions(PROGRAMME, **wanted)["items"]]


def bounced(adhesion):
    contact = adhesion["contact"]["id"]
    return MessageBounced(message_id=contact, person_id=contact, kind="adhesion_received", reason="bounced")


@pytest.fixture
def several(enrollment, clock):
    """Five adhesions, a day after each other; the last has no delegate yet and is confirmed."""
    sent = {}
    for number, code in enumerate(SEVERAL):
        clock.set(OPEN + timedelta(days=number))
        sent[code] = enrollment.submit_adhesion(form(code, delegates=0 if code == NONE else 1))
    enrollment.confirm_adhesion(confirm_link(sent[NONE]))
    return sent


def test_each_filter_lets_through_what_it_names(enrollment, several):
    enrollment.hear_notifications([bounced(several[BOLZANO])])
    people = {one["code"]: one["population"] for one in small_registry()}

    for filters, found in (
        ({"state": "confirmed"}, [NONE]),
        ({"kind": "supra_municipal"}, []),
        ({"region": "Lazio"}, [TIVOLI, FIUMICINO]),
        ({"province": "BZ"}, [BOLZANO, BRUNICO]),
        ({"population_min": people[FIUMICINO]}, [FIUMICINO, BOLZANO]),
        ({"population_max": people[NONE]}, [NONE]),
        ({"submitted_from": "2017-05-18"}, [BRUNICO, NONE]),
        ({"submitted_until": "2017-05-16"}, [TIVOLI, FIUMICINO]),
        ({"submitted_from": "2017-05-16", "submitted_until": "2017-05-16"}, [FIUMICINO]),
        ({"delegates_max": 0}, [NONE]),
        ({"delegates_min": 1, "province": "BZ"}, [BOLZANO, BRUNICO]),
        ({"mailbox_dead": True}, [BOLZANO]),
        ({"mailbox_dead": False, "province": "BZ"}, [BRUNICO]),
        ({"region": None, "query": " "}, list(SEVERAL)),
    ):
        assert (filters, listed(enrollment, **filters)) == (filters, found)


def test_a_body_of_unknown_size_is_in_no_band(enrollment):
    enrollment.submit_adhesion({**union(), "body": {"name": "Unione nuova", "province": "RM"}})
    assert listed(enrollment, population_max=100) == []
    assert len(listed(enrollment, sort="-population")) == 1


def test_the_search_knows_names_in_both_languages_people_mailboxes_and_protocols(enrollment, several):
    for query, found in (
        ("bruneck", [BRUNICO]),
        ("BRÜN", [BRUNICO]),
        ("bozen", [BOLZANO]),
        ("rossi maria", list(SEVERAL)),
        ("bianchi", [TIVOLI, FIUMICINO, BOLZANO, BRUNICO]),
        (f"protocollo@{NONE}.example.it", [NONE]),
        ("anna.bianchi1@comune.exa", [TIVOLI, FIUMICINO, BOLZANO, BRUNICO]),
        ("co-2017-000003", [BOLZANO]),
        ("000003", [BOLZANO]),
        ("CO-2017-999999999", []),
        (TIVOLI, [TIVOLI]),
        ("bianchi boz", [BOLZANO]),
        ("oma", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("日本", []),
    ):
        assert (query, listed(enrollment, query=query)) == (query, found)


def test_what_many_share_is_found_as_what_few_have(enrollment, several, monkeypatch):
    monkeypatch.setattr(finding, "COMMON", 1)
    assert listed(enrollment, query="bianchi boz") == [BOLZANO]
    assert listed(enrollment, query="maria bianchi", sort="-body") == [TIVOLI, FIUMICINO, BRUNICO, BOLZANO]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_each_adhesion_once_whatever_arrives_between_them(enrollment, several, sort):
    """In every order, under a filter too; what arrives meanwhile may be shown, and disturbs nothing."""
    before = listed(enrollment, sort=sort, delegates_min=0)
    seen, cursor, arriving = [], None, [MERANO, GUIDONIA]
    while True:
        page = enrollment.adhesions(PROGRAMME, sort=sort, limit=1, cursor=cursor, delegates_min=0)
        seen += [one["body"]["code"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        if arriving:
            enrollment.submit_adhesion(form(arriving.pop()))
    assert sorted(set(seen)) == sorted(seen)
    assert [code for code in seen if code in SEVERAL] == before


def test_each_sort_is_in_its_order(enrollment, several):
    people = {one["code"]: one["population"] for one in small_registry()}
    assert listed(enrollment, sort="body") == [BOLZANO, BRUNICO, FIUMICINO, NONE, TIVOLI]
    assert listed(enrollment, sort="-population") == sorted(SEVERAL, key=lambda code: -people[code])
    assert listed(enrollment, sort="delegates")[0] == NONE
    assert listed(enrollment, sort="state")[0] == NONE
    assert listed(enrollment, sort="-submitted") == listed(enrollment, sort="-protocol") == list(SEVERAL)[::-1]


def test_the_count_is_honest_where_it_stops(enrollment, several, monkeypatch):
    def counted(**filters):
        page = enrollment.adhesions(PROGRAMME, count=True, limit=1, **filters)
        return page["found"], page["found_all"]

    assert counted() == (5, True)
    assert counted(query="bianchi") == (4, True)
    monkeypatch.setattr(finding, "COUNTED", 4)
    assert (counted(), counted(query="bianchi")) == ((4, False), (4, True))


def test_the_list_follows_every_change(enrollment, several, store):
    tivoli = several[TIVOLI]
    enrollment.confirm_adhesion(confirm_link(tivoli))
    assert listed(enrollment, state="confirmed") == [TIVOLI, NONE]
    enrollment.register_delegate(area(enrollment, tivoli), delegate(2, family_name="Zuppardi"))
    assert listed(enrollment, query="zuppardi", delegates_min=2) == [TIVOLI]
    with store.transaction() as session:
        registry.store(session, [{"code": TIVOLI, "kind": "municipality", "name": "Tibur", "population": 7}])
    assert listed(enrollment, query="tibur", population_max=7) == [TIVOLI]
    enrollment.withdraw_adhesion(area(enrollment, tivoli))
    assert listed(enrollment, state="withdrawn", delegates_max=0) == [TIVOLI]


def test_who_was_erased_is_found_by_nothing(enrollment, several, store):
    whole = enrollment.adhesion(several[BRUNICO]["id"])
    for person in (whole["contact"], whole["legal_representative"], *whole["delegates"]):
        enrollment.erase_person(person["id"], actor="staff-1")
    for query in ("maria", "rossi", "anna bianchi", f"protocollo@{BRUNICO}.example.it"):
        assert BRUNICO not in listed(enrollment, query=query)
    with store.read() as session:
        of_brunico = sa.select(ListedAdhesion.id).where(ListedAdhesion.body_name == "brunico").scalar_subquery()
        words = set(session.scalars(sa.select(ListedWord.word).where(ListedWord.listed_id == of_brunico)))
    assert words == {"brunico", "bruneck", BRUNICO, "co", "2017", "000004"}


def test_a_cursor_that_is_none_of_ours(enrollment, several):
    of_body = enrollment.adhesions(PROGRAMME, sort="body", limit=1)["next_cursor"]
    assert listed(enrollment, sort="body", limit=1, cursor=of_body) == [BRUNICO]
    forged = [
        finding._cursor(sort, key, last)
        for sort, key, last in (
            ("protocol", "x", 1),
            ("protocol", 1, "x"),
            ("protocol", 1, 2**63),
            ("protocol", True, 1),
            ("protocol", None, 1),
            ("protocol", 1.5, 1),
            ("protocol", [1], 1),
            ("body", "a", 1),
            ("protocol", 2**63, 1),
        )
    ]
    for cursor in (of_body, *forged, "=", "é", "W10=", "bnVsbA==", "e30=", "x" * 100_000, "W1tbW1s=" * 1000):
        with pytest.raises(Invalid):
            enrollment.adhesions(PROGRAMME, cursor=cursor)
    for key in ("not a day", "2017-05-01T00:00:00", 7):
        with pytest.raises(Invalid):
            enrollment.adhesions(PROGRAMME, sort="submitted", cursor=finding._cursor("submitted", key, 1))
    for key in ("\x00", "\ud800"):
        with pytest.raises(Invalid):
            enrollment.adhesions(PROGRAMME, sort="body", cursor=finding._cursor("body", key, 1))


def test_a_filter_that_is_absurd(enrollment, several):
    for wrong in (
        {"query": "x" * 100_000},
        {"population_min": -1},
        {"population_max": "many"},
        {"population_max": 10**12},
        {"submitted_from": "2017-13-01"},
        {"submitted_until": "yesterday"},
        {"delegates_min": 1.5},
        {"mailbox_dead": "perhaps"},
        {"kind": "monarchy"},
        {"region": "\x00"},
        {"province": ["RM"]},
    ):
        with pytest.raises(ValidationError) as caught:
            enrollment.adhesions(PROGRAMME, **wrong)
        assert caught.value.messages.keys() == wrong.keys()
    with pytest.raises(Invalid) as refused:
        enrollment.adhesions(PROGRAMME, query="a b c d e f g h i j k l m")
    assert refused.value.errors == {"query": ["too_long"]}


def test_the_migration_lists_what_was_there(database_url):
    """An installation from before the list has it, whole, after the upgrade."""
    engine = engine_for(database_url, 1)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _without_references)
    with engine.connect() as connection:
        command.upgrade(_alembic("services.enrollment", connection), "0002")
        for statement in BEFORE:
            connection.execute(sa.text(statement), {"id": "0" * 31 + "1", "now": "2017-05-15 09:00:00+00:00"})
        command.upgrade(_alembic("services.enrollment", connection), "0003")
        columns = "protocol, state, body_name, population, delegates, mailbox_dead"
        rows = connection.execute(sa.text(f"SELECT {columns} FROM listed_adhesion")).all()
        words = connection.execute(sa.text("SELECT word FROM listed_word ORDER BY word")).scalars().all()
        command.upgrade(_alembic("services.enrollment", connection), "0010")
        tallies = connection.execute(sa.text("SELECT name, count FROM tally ORDER BY name")).all()
        counted = connection.scalar(sa.select(sa.table("listed_adhesion", sa.column("tallied", sa.JSON()))))
        connection.rollback()
    engine.dispose()
    assert [tuple(row) for row in rows] == [(2017000000001, "confirmed", "forli", -1, 1, True)]
    assert sorted(words) == sorted(
        ["forli", "040012", "p", "2017", "000001", "zoe", "d", "angelo", "zoe@example.it", "anna", "a@example.it", "a"]
    )
    assert [tuple(row) for row in tallies] == [(name, 1) for name in sorted(counted)]
    assert counted == [
        *("received 2017-05-15", "state confirmed", "dead mailbox", "joined Emilia-Romagna"),
        "delegate official female",
    ]


BEFORE = (
    "INSERT INTO body (code, kind, name, name_other, search, province, province_name, region, listed)"
    " VALUES ('040012', 'municipality', 'Forlì', '', '/forli/', 'FC', 'Forlì-Cesena', 'Emilia-Romagna', true)",
    "INSERT INTO programme (id, code, protocol_prefix, title_it, title_en, issuer, adhesion_opens, adhesion_closes,"
    " training_from, training_until, training_days, webinars, kinds, territory_note, territory_note_en,"
    " places_per_body, day_capacity, webinar_capacity, webinars_per_delegate, trainers_per_day, day_minutes,"
    " webinar_minutes, certificate_minutes, certificate_it, certificate_en, consent_version, consent_it, consent_en,"
    " topics) VALUES (:id, 'p', 'P', '', '', '', '2017-01-01 00:00:00', '2017-12-01 00:00:00', '2017-01-01',"
    " '2018-01-01', 1, 1, '[]', '', '', 1, 1, 1, 1, 1, 1, 1, 1, '', '', '1', '', '', '[]')",
    "INSERT INTO adhesion (id, programme_id, body_code, state, protocol_year, protocol_number, submitted_at, topics,"
    " consent_version, receipt_hash, version)"
    " VALUES (:id, :id, '040012', 'confirmed', 2017, 1, :now, '[]', '1', '', 1)",
    "INSERT INTO contact (id, adhesion_id, given_name, family_name, email, language, mail_state)"
    " VALUES (:id, :id, 'Zoë', 'D''Angelo', 'zoe@example.it', 'it', 'bounced')",
    "INSERT INTO delegate (id, adhesion_id, role, gender, state, registered_at, given_name, email, language)"
    " VALUES (:id, :id, 'official', 'female', 'active', :now, 'Anna', 'a@example.it', 'it')",
)
