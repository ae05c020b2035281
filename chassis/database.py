"""One service, one database, and the two kinds of transaction that change it.

A command runs in ``Store.once`` (or ``transaction``), an event handler in ``Store.receive``. Both put the reason why
they ran (idempotency key, inbox row), their effects and their events (outbox rows) into one transaction. There is no
third way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from nameko.extensions import DependencyProvider
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from chassis import clock
from chassis.engines import ASIDE, engine_for, has_changed, reading
from chassis.logging import follow_request
from chassis.refusal import KeyReused
from contracts.event import Event

__all__ = [
    "ASIDE",
    "Database",
    "Moment",
    "Store",
    "engine_for",
    "metadata",
    "skip_locked",
    "upsert",
]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; SQLite would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def metadata() -> sa.MetaData:
    """What a service's models are declared on: the naming convention and the chassis' own tables."""
    made = sa.MetaData(naming_convention=NAMING)
    for table in CHASSIS.tables.values():
        table.to_metadata(made)
    return made


CHASSIS = sa.MetaData(naming_convention=NAMING)
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OUTBOX = sa.Table(
    "outbox",
    CHASSIS,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("type", sa.String(120), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("sent_at", Moment),
)
sa.Index(
    "ix_outbox_unsent",
    OUTBOX.c.id,
    postgresql_where=OUTBOX.c.sent_at.is_(None),
    sqlite_where=OUTBOX.c.sent_at.is_(None),
)
SEQUENCE = sa.Table(
    "aggregate_sequence",
    CHASSIS,
    sa.Column("aggregate", sa.String(160), primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
INBOX = sa.Table(
    "inbox",
    CHASSIS,
    sa.Column("consumer", sa.String(80), primary_key=True),
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("received_at", Moment, nullable=False, index=True),
)
IDEMPOTENCY = sa.Table(
    "idempotency",
    CHASSIS,
    sa.Column("operation", sa.String(80), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("answer", sa.JSON),
    sa.Column("created_at", Moment, nullable=False, index=True),
)
FAILED = sa.Table(
    "failed_message",
    CHASSIS,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("consumer", sa.String(80), nullable=False),
    sa.Column("event_id", sa.String(64), nullable=False),
    sa.Column("type", sa.String(120), nullable=False),
    sa.Column("message", sa.JSON, nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("waiting", sa.Boolean, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("failed_at", Moment, nullable=False),
    sa.Column("next_try", Moment, index=True),
    sa.UniqueConstraint("consumer", "event_id"),
)


class _Ids(sa.types.TypeDecorator[Any]):
    """Event ids as the one parameter that each dialect takes apart again."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if dialect.name == "postgresql":
            return "{" + ",".join(one.hex for one in value) + "}"
        return json.dumps([one.hex for one in value])


def _inbox(insert: Any, event_id: Any) -> Any:
    """One statement for a batch of any size: a parameter an event and column costs more than twice as much."""
    reader, now = sa.bindparam("reader", type_=INBOX.c.consumer.type), sa.bindparam("now", type_=Moment)
    rows = sa.select(reader, event_id, now).where(sa.true())  # SQLite asks for a WHERE before ON CONFLICT
    added = insert(INBOX).from_select([INBOX.c.consumer, INBOX.c.event_id, INBOX.c.received_at], rows)
    return added.on_conflict_do_nothing().returning(INBOX.c.event_id)


_GIVEN = sa.bindparam("ids", type_=_Ids)
_INBOX = {
    "postgresql": _inbox(
        postgresql.insert, sa.func.unnest(sa.cast(_GIVEN, postgresql.ARRAY(sa.Uuid))).column_valued("id")
    ),
    "sqlite": _inbox(sqlite.insert, sa.func.json_each(_GIVEN).table_valued("value").c.value),
}


def upsert(session: Session, table: Any) -> Any:
    """The dialect's ``INSERT``, which knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


def skip_locked(statement: Any, session: Session) -> Any:
    """Lock the rows found and leave those that another process holds; on SQLite there is no other process."""
    if session.get_bind().dialect.name == "postgresql":
        return statement.with_for_update(skip_locked=True)
    return statement


class _Fresh(list[Event]):
    """While one walks over the events, what is logged and emitted belongs to the request that caused each."""

    def __iter__(self) -> Iterator[Event]:
        for event in super().__iter__():
            follow_request(event.correlation_id)
            yield event


class Store:
    """A service's database.

    ``committed`` callbacks run after each commit that changed a row, to wake who waits for work. A claim that found
    nothing is no change: else two idle workers would wake each other for ever.
    """

    def __init__(self, url: str, tables: sa.MetaData, pool_size: int = 10) -> None:
        self.url = url
        self.tables = tables
        self.engine = engine_for(url, pool_size)
        self._reading = reading(self.engine, url, pool_size)
        self.committed: list[Callable[[], None]] = []
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: it commits when the block ends, and rolls back when the block raises."""
        with self._sessions() as session, session.begin():
            yield session
            session.flush()
            changed = has_changed(session.connection())
        if changed:
            for wake in self.committed:
                wake()

    @contextmanager
    def quietly(self) -> Iterator[Session]:
        """A transaction that wakes nobody: for what only ends work, and begins none."""
        with self._sessions() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that changes nothing."""
        with self._sessions(bind=self._reading) as session, session.begin():
            yield session

    @contextmanager
    def receive(self, consumer: str, events: Sequence[Event]) -> Iterator[tuple[Session, list[Event]]]:
        """A transaction for those of the events that this consumer has not handled yet; they are handled when it
        commits.

        An event that comes twice, in one batch or years apart, has its effect once.
        """
        with self.transaction() as session:
            fresh: list[Event] = _Fresh()
            if events:
                given = {"reader": consumer, "now": clock.machine_now(), "ids": [event.id for event in events]}
                unseen = set(session.scalars(_INBOX[session.get_bind().dialect.name], given))
                for event in events:
                    if event.id in unseen:
                        unseen.remove(event.id)
                        fresh.append(event)
            yield session, fresh

    def once(
        self, key: str | None, operation: str, request: Any, work: Callable[[Session], dict[str, Any]]
    ) -> dict[str, Any]:
        """Do ``work`` in a transaction and remember its answer under the key; a repetition gets the stored answer.

        Raises ``KeyReused`` when the key came before with another request. A refusal is not remembered: nothing
        changed.
        """
        if key is None:
            with self.transaction() as session:
                return work(session)
        digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
        row = {
            "operation": operation,
            "key": key[:200],
            "request_hash": digest,
            "created_at": clock.machine_now(),
        }
        with self.transaction() as session:
            first = session.execute(
                upsert(session, IDEMPOTENCY).on_conflict_do_nothing().returning(IDEMPOTENCY.c.key), [row]
            ).first()
            here = (IDEMPOTENCY.c.operation == operation) & (IDEMPOTENCY.c.key == row["key"])
            if first is None:
                known = session.execute(sa.select(IDEMPOTENCY).where(here)).one()
                if known.request_hash != digest:
                    raise KeyReused()
                answer: dict[str, Any] = known.answer
                return answer
            answer = work(session)
            session.execute(sa.update(IDEMPOTENCY).where(here).values(answer=answer))
            return answer

    def ping(self) -> None:
        """Raise when the database does not answer."""
        with self._reading.connect() as connection:
            connection.execute(sa.text("SELECT 1"))

    def create_all(self) -> None:
        self.tables.create_all(self.engine)

    def dispose(self) -> None:
        self.engine.dispose()
        self._reading.dispose()


class Database(DependencyProvider):  # type: ignore[misc]
    """Gives a service its ``Store``; one engine a container."""

    def __init__(self, base: Any) -> None:
        self.tables: sa.MetaData = base.metadata

    def setup(self) -> None:
        self.container.store = open_store(self.container, self.tables)

    def stop(self) -> None:
        self.container.store.dispose()

    def get_dependency(self, worker_ctx: Any) -> Store:
        store: Store = self.container.store
        return store


def open_store(container: Any, tables: sa.MetaData) -> Store:
    """The container's store, made when it is first asked for: extensions are set up in no particular order."""
    if getattr(container, "store", None) is None:
        container.store = Store(container.config["settings"].database_url, tables)
    store: Store = container.store
    return store
