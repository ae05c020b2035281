"""The operator's commands: ``python -m services.enrollment import-bodies | import-programme | seed``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from marshmallow import ValidationError

from chassis import clock
from chassis.database import Store
from chassis.outbox import Emitter
from chassis.refusal import Answer, Invalid, Refused
from chassis.settings import BadSetting
from services.enrollment import programmes, registry
from services.enrollment.models import Base
from services.enrollment.seeding import seed
from services.enrollment.settings import EnrollmentSettings


def import_bodies(store: Store, file: Path, skip_bad: bool) -> int:
    """All or nothing: with a row that cannot be used nothing changes, unless ``--skip-bad`` leaves such rows out."""
    try:
        reading = registry.read(file.read_bytes())
    except (OSError, registry.Unusable) as error:
        return _failed(f"{file}: {error}; nothing was changed")
    for line, complaint in reading.complaints:
        print(f"{file}:{line}: {complaint}", file=sys.stderr)
    if reading.complaints and not skip_bad:
        return _failed(
            f"{len(reading.complaints)} rows cannot be used: nothing was changed (--skip-bad leaves them out)"
        )
    with store.transaction() as session:
        stored = registry.store(session, reading.rows)
    print(f"{stored.new} new, {stored.changed} changed, {stored.same} as they were, {len(reading.complaints)} left out")
    return 0


def import_programme(store: Store, emitter: Emitter, file: Path) -> int:
    """Open the programme of the file; one with its code that is there already is not touched."""
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        with store.transaction() as session:
            programme, told = programmes.open_programme(session, given, "system", clock.now())
            emitter.emit(session, *told)
    except ValidationError as error:
        errors = Invalid.from_messages(error.messages).errors
        return _failed(*(f"{file}: {path}: {', '.join(codes)}" for path, codes in sorted(errors.items())))
    except (OSError, ValueError) as error:
        return _failed(f"{file}: {error}")
    print(f"opened {programme.code}")
    return 0


def _failed(*lines: str) -> int:
    print(*lines, sep="\n", file=sys.stderr)
    return 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.enrollment")
    commands = parser.add_subparsers(dest="command", required=True)
    bodies = commands.add_parser("import-bodies", help="a CSV in ISTAT's layout or with one's own columns")
    bodies.add_argument("file", type=Path)
    bodies.add_argument("--skip-bad", action="store_true", help="leave out the rows that cannot be used")
    commands.add_parser("import-programme", help="open a programme from its JSON").add_argument("file", type=Path)
    commands.add_parser("seed", help="load the registry and the programmes that come with the product, where absent")
    chosen = parser.parse_args(arguments)
    try:
        settings = EnrollmentSettings.from_environment()
    except BadSetting as error:
        return _failed(str(error))
    store, emitter = Store(settings.database_url, Base.metadata), Emitter("enrollment")
    try:
        match chosen.command:
            case "import-bodies":
                return import_bodies(store, chosen.file, chosen.skip_bad)
            case "import-programme":
                return import_programme(store, emitter, chosen.file)
            case _:
                loaded, opened = seed(store, emitter)
                print(f"{loaded} bodies loaded, programmes opened: {', '.join(opened) or 'none'}")
                return 0
    except Refused as error:
        return _failed(f"{error.reason}: {error.facts}")
    except Answer as error:
        return _failed(str(error))
    finally:
        store.dispose()


if __name__ == "__main__":
    sys.exit(main())
