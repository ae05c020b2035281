"""The HTTP that a careful client speaks: an idempotency key for every command, and patience with a 503."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

import requests
from tqdm import tqdm

__all__ = ["Api", "NotAccepted", "act", "at_once", "until"]

_PATIENCE = 120.0
T = TypeVar("T")
R = TypeVar("R")


class NotAccepted(Exception):
    """The platform answered with an error that a client cannot mend; ``reason`` is the name of a refusal."""

    def __init__(self, words: str, reason: str | None = None) -> None:
        super().__init__(words)
        self.reason = reason


class Api:
    """One address. Each thread has its own connection; a command is repeated with its key until it is answered."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._local = threading.local()

    def get(self, path: str, token: str | None = None, **query: Any) -> Any:
        return self.send("GET", path, token=token, params=query).json()

    def post(self, path: str, body: Any = None, token: str | None = None) -> Any:
        return self.send("POST", path, token=token, json=body if body is not None else {}).json()

    def pages(self, path: str, token: str | None = None, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, token, limit=500, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def send(self, method: str, path: str, *, token: str | None = None, **given: Any) -> requests.Response:
        """The answer, whatever 2xx or 3xx it is; ``NotAccepted`` on 4xx, and on 5xx that does not pass."""
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if method == "POST":
            headers["Idempotency-Key"] = uuid4().hex
        deadline, pause = time.monotonic() + _PATIENCE, 0.1
        while True:
            try:
                answer = self._session().request(
                    method, self.url + path, headers=headers, timeout=60, allow_redirects=False, **given
                )
            except requests.RequestException as error:
                said = type(error).__name__
            else:
                if answer.status_code < 400:
                    return answer
                said = f"{answer.status_code} {answer.text[:500]}"
                if answer.status_code not in (429, 502, 503, 504):
                    reason = answer.json().get("reason") if "json" in answer.headers["Content-Type"] else None
                    raise NotAccepted(f"{method} {path.split('?')[0]}: {said}", reason)
            if time.monotonic() > deadline:
                raise NotAccepted(f"{method} {path.split('?')[0]}: still {said} after {_PATIENCE:.0f} s")
            time.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session


def at_once(name: str, work: Callable[[T], R], items: Iterable[T], clients: int = 8) -> list[R]:
    """Do the work for every item, as so many clients at once; the first error ends it."""
    todo = list(items)
    with ThreadPoolExecutor(clients) as pool, act(name, len(todo)) as bar:
        done = []
        for result in pool.map(work, todo):
            done.append(result)
            bar.update()
        return done


@contextmanager
def act(name: str, total: int) -> Iterator[tqdm[Any]]:
    """A progress bar for a person who watches; a line when it is over, for a log."""
    began = time.monotonic()
    with tqdm(desc=name, total=total, unit="", mininterval=0.5, disable=None) as bar:
        yield bar
    if bar.disable:
        print(f"{name}: {total} in {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def until(name: str, wanted: int, count: Callable[[], int], seconds: float = 900, still: float = 60) -> int:
    """Wait until the count is reached; gives up when it has not moved for ``still`` seconds. The last count."""
    began = moved = time.monotonic()
    last = -1
    with act(name, wanted) as bar:
        while True:
            looked = time.monotonic()
            found = count()
            bar.update(min(found, wanted) - bar.n)
            if found != last:
                moved, last = time.monotonic(), found
            now = time.monotonic()
            if found >= wanted:
                return found
            if now - moved > still or now - began > seconds:
                print(f"{name}: only {found} of {wanted}", file=sys.stderr, flush=True)
                return found
            # Looking may be work for the platform too: most of its time is left for what is looked for.
            time.sleep(max(0.25, 4 * (now - looked)))
