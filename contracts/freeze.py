"""Published schemas are kept in ``frozen/`` and never edited; ``--check`` refuses a change that would break a reader.

Within a version only optional fields may be added. Anything else is a new version, published beside the old one.
``--write`` freezes events that are new, or that gained optional fields, and writes ``docs/asyncapi.yaml`` and the
README's diagram.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from contracts.describe import asyncapi, diagram, json_schema
from contracts.registry import REGISTRY

__all__ = ["breaks", "frozen_schemas", "main"]

FROZEN = Path(__file__).parent / "frozen"
ASYNCAPI = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"
README = Path(__file__).parent.parent / "README.md"
_VERSION = "1.0.0"
_BLOCK = re.compile(r"(?<=```mermaid\n).*?(?=```)", re.DOTALL)


def breaks(frozen: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Why a reader of the frozen schema could not read, or a producer of it not be read by, the current one."""
    wrong = []
    for name, described in frozen["properties"].items():
        if name not in current["properties"]:
            wrong.append(f"{name} is gone")
        elif current["properties"][name] != described:
            wrong.append(f"{name} has changed")
    for name in sorted(set(current["required"]) ^ set(frozen["required"])):
        wrong.append(f"{name} is {'now' if name in current['required'] else 'no longer'} required")
    return wrong


def frozen_schemas() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FROZEN.glob("*.json"))}


def _complaints() -> list[str]:
    current = {row.event.type(): json_schema(row.event) for row in REGISTRY}
    frozen = frozen_schemas()
    complaints = [f"{name}: no such event any more" for name in sorted(frozen.keys() - current.keys())]
    for name, schema in current.items():
        if name not in frozen:
            complaints.append(f"{name}: not frozen yet (python -m contracts.freeze --write)")
        else:
            complaints += [f"{name}: {wrong}" for wrong in breaks(frozen[name], schema)]
            if not breaks(frozen[name], schema) and frozen[name]["properties"] != schema["properties"]:
                complaints.append(f"{name}: gained optional fields (python -m contracts.freeze --write)")
    if not ASYNCAPI.exists() or ASYNCAPI.read_text("utf-8") != _yaml():
        complaints.append("docs/asyncapi.yaml is out of date (python -m contracts.freeze --write)")
    if README.read_text("utf-8") != _readme():
        complaints.append("README.md: the diagram is out of date (python -m contracts.freeze --write)")
    return complaints


def _readme() -> str:
    return _BLOCK.sub(lambda _: diagram(), README.read_text("utf-8"), count=1)


def _yaml() -> str:
    import yaml

    text: str = yaml.safe_dump(asyncapi(_VERSION), sort_keys=False, allow_unicode=True, width=120)
    return text


def _write() -> list[str]:
    frozen = frozen_schemas()
    refused = []
    for row in REGISTRY:
        name, schema = row.event.type(), json_schema(row.event)
        wrong = breaks(frozen[name], schema) if name in frozen else []
        refused += [f"{name}: {reason}" for reason in wrong]
        if not wrong:
            text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
            (FROZEN / f"{name}.json").write_text(text, encoding="utf-8")
    ASYNCAPI.write_text(_yaml(), encoding="utf-8")
    README.write_text(_readme(), encoding="utf-8")
    return refused


def main(arguments: list[str]) -> int:
    if arguments not in (["--check"], ["--write"]):
        print("usage: python -m contracts.freeze --check | --write", file=sys.stderr)
        return 2
    complaints = _complaints() if arguments == ["--check"] else _write()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
