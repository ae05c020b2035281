"""The seeds of a new installation, and the migrations that make its tables."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from chassis.database import Store
from chassis.migrations import differences, migrate
from services.scheduling import __main__ as command
from services.scheduling.models import Base, Host, Trainer

REGISTRY = """code,name,province,region,population,latitude,longitude
056059,Viterbo,VT,Lazio,67000,42.41,12.10
056001,Acquapendente,VT,Lazio,5300,42.74,11.86
058091,Roma,RM,Lazio,2750000,41.89,12.48
"""


def test_seeding_twice_keeps_what_staff_set(store: Store, tmp_path: Path) -> None:
    registry = tmp_path / "municipalities.csv"
    registry.write_text(REGISTRY, encoding="utf-8")
    trainers = Path(str(command.__file__)).with_name("seed_trainers.csv")

    with store.transaction() as session:
        assert command.seed(session, registry, trainers) == (2, 24)
        session.execute(sa.update(Host).where(Host.code == "056059").values(venue="Palazzo dei Priori", capacity=80))
    registry.write_text(REGISTRY.replace("67000", "68000"), encoding="utf-8")
    with store.transaction() as session:
        command.seed(session, registry, trainers)

    with store.read() as session:
        rows = session.execute(
            sa.select(Host.code, Host.province, Host.population, Host.venue, Host.capacity).order_by(Host.code)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("056059", "VT", 68000, "Palazzo dei Priori", 80),
            ("058091", "RM", 2750000, "Sala consiliare del Comune", None),
        ]
        assert session.scalar(sa.select(sa.func.count()).select_from(Trainer)) == 24


def test_the_real_registry_has_hosts_in_every_region(store: Store) -> None:
    with store.transaction() as session:
        command.seed(session, command._REGISTRY, Path(str(command.__file__)).with_name("seed_trainers.csv"))

    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count(sa.distinct(Host.region)))) == 20
        assert session.scalar(sa.select(sa.func.min(Host.population))) >= command.SMALLEST_HOST


def test_the_command_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["scheduling", "seed", "--registry", str(tmp_path / "none.csv")])
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert command.main() == 2
    assert capsys.readouterr().err == "DATABASE_URL is not set\n"

    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    assert command.main() == 2
    assert capsys.readouterr().err == f"there is no file {tmp_path / 'none.csv'}\n"


def test_the_migrations_make_what_the_models_say() -> None:
    assert differences("services.scheduling") == []


def test_migrating_an_empty_database_and_again(database_url: str) -> None:
    migrate("services.scheduling", database_url)
    migrate("services.scheduling", database_url)

    store = Store(database_url, Base.metadata)
    with store.read() as session:
        names = set(sa.inspect(session.connection()).get_table_names())
    store.dispose()
    assert set(Base.metadata.tables) <= names
