"""What the gateway itself remembers: staff, their sessions, what they did, and how far planning runs are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, String, Uuid, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from chassis.database import Moment, metadata

ROLES = ("desk", "secretariat", "administrator")


class Base(DeclarativeBase):
    metadata = metadata()


class StaffAccount(Base):
    """Somebody who works for the programme, or is invited to. ``email`` is kept in lower case.

    Invited: not active, with an invitation until ``invited_until``. Closed: not active, without one.
    """

    __tablename__ = "staff_account"
    __table_args__ = (
        CheckConstraint("role IN ('desk', 'secretariat', 'administrator')", name="role"),
        CheckConstraint("NOT active OR invitation_id IS NULL", name="invited"),
        CheckConstraint("(invitation_id IS NULL) = (invited_until IS NULL)", name="invitation"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    language: Mapped[str] = mapped_column(String(2), default="it")
    """Of the letters."""
    invitation_id: Mapped[UUID | None] = mapped_column(unique=True)
    """What the link of the last letter is for: another letter makes the earlier link void."""
    invited_until: Mapped[datetime | None] = mapped_column(Moment)
    oidc_subject: Mapped[str | None] = mapped_column(String(500), unique=True)
    """Issuer and subject of whoever logs in with an identity provider; bound by the first log-in."""


class PasswordReset(Base):
    """A new password that was asked for: its link is good until ``ends_at``, and until ``used_at``."""

    __tablename__ = "password_reset"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class SecondFactor(Base):
    """The secret of an account's authenticator, sealed; in force once a first code has confirmed it."""

    __tablename__ = "second_factor"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), primary_key=True)
    sealed: Mapped[str] = mapped_column(String(300))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    last_step: Mapped[int] = mapped_column(default=0)
    """The half minute of the newest code that was taken: none of it or before is taken again."""


class RecoveryCode(Base):
    """A code for who has lost the authenticator: kept as a hash, good once."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)


class StaffSession(Base):
    """A log-in that is still good. Only the hash of its token is kept: who reads the table cannot use it."""

    __tablename__ = "staff_session"
    __table_args__ = (CheckConstraint("kind IN ('browser', 'program')", name="kind"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    browser: Mapped[str] = mapped_column(String(60), default="")
    """What kind of program it is, and no more than that."""
    address: Mapped[str] = mapped_column(String(60), default="")
    """Whence, coarsely: enough to see that it was not oneself."""

    staff: Mapped[StaffAccount] = relationship(lazy="joined", innerjoin=True)


class ApiToken(Base):
    """A token for programs that a staff member made, with scopes that restrict it below its owner's role.

    Only its hash is kept. A revoked one stays, so that the audit log's ids still have a name.
    """

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[str] = mapped_column(String(1000))
    """Separated by blanks."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    staff: Mapped[StaffAccount] = relationship(lazy="joined", innerjoin=True)


class FailedLogin(Base):
    """How often logging in failed, for one account or one address. ``subject`` is a hash: neither is kept here."""

    __tablename__ = "failed_login"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(Moment)


class AuditEntry(Base):
    """One row of the audit log. The database itself refuses to change or delete one.

    A request is one row before its view runs, without ``outcome``, and one after, which names the first in ``answers``.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("outcome IN ('done', 'refused', 'failed')", name="outcome"),
        Index("ix_audit_entry_actor_sequence", "actor", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    actor: Mapped[str] = mapped_column(String(40))
    """The account's id, or ``operator`` for a command on the machine itself."""
    role: Mapped[str] = mapped_column(String(20))
    via: Mapped[str] = mapped_column(String(10))
    action: Mapped[str] = mapped_column(String(200))
    thing: Mapped[str] = mapped_column(String(1000))
    correlation_id: Mapped[str] = mapped_column(String(64))
    answers: Mapped[int | None] = mapped_column(ForeignKey("audit_entry.sequence"), unique=True)
    outcome: Mapped[str | None] = mapped_column(String(10))
    status: Mapped[int | None]
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The last link of the audit log's chain: who appends holds this row locked, and a tail cut off shows."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


APPEND_ONLY = {
    "sqlite": (
        """CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
        """CREATE TRIGGER audit_entry_is_not_deleted BEFORE DELETE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION refuse_to_change_the_audit_log() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
        """CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_audit_log()""",
        """CREATE TRIGGER audit_entry_is_not_truncated BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_audit_log()""",
    ),
}
"""By dialect, what makes the database itself refuse to change the audit log; the migrations make the same."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(AuditEntry.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))


class RunProgress(Base):
    """What a planning run told, in its own order: what browsers watch. ``sequence`` is the event's."""

    __tablename__ = "run_progress"

    run_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str | None] = mapped_column(String(80))
    share: Mapped[float | None]
    cost: Mapped[float | None]
    bound: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(String(200))
