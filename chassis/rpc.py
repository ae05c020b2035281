"""Calls from the gateway to a service: one hop, at most once, with a time after which they are void.

A call that nobody takes in time is dropped by the broker and by the server, so that nothing runs after the client was
told 503. A call is never run twice by us: a redelivered one is dropped. Who wants certainty repeats it with its
idempotency key.
"""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any
from uuid import uuid4

import eventlet
from eventlet.event import Event as Signal
from kombu import Consumer
from marshmallow import ValidationError
from nameko.extensions import DependencyProvider, Entrypoint, ProviderCollector, SharedExtension
from prometheus_client import Histogram
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.logging import correlation_id, get_logger
from chassis.refusal import Answer, Forbidden, Invalid, KeyReused, Missing, Refused, Unavailable, from_wire
from chassis.wire import BROKEN, Wire

__all__ = [
    "Answer",
    "Client",
    "Forbidden",
    "Invalid",
    "KeyReused",
    "Missing",
    "Refused",
    "Remote",
    "RpcClient",
    "Unavailable",
    "error_to_wire",
    "rpc",
]

log = get_logger("chassis.rpc")
SECONDS = Histogram("coalizione_rpc_seconds", "Time to answer a call", ["service", "method"])


def error_to_wire(error: BaseException, service: str) -> dict[str, Any]:
    """What the caller learns of an exception: negative answers whole, accidents without their text."""
    if isinstance(error, ValidationError):
        return Invalid.from_messages(error.messages).to_wire()
    if isinstance(error, Answer):
        return error.to_wire()
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        log.warning("database_lost", extra={"error": type(error).__name__})
        return Unavailable(service).to_wire()
    log.error("call_failed", exc_info=error)
    return {"kind": "internal"}


class RpcServer(SharedExtension, ProviderCollector):  # type: ignore[misc]
    """Takes the calls of one container and answers them."""

    def __init__(self) -> None:
        super().__init__()
        self._started = self._ended = False

    def setup(self) -> None:
        self.wire = Wire(self.container.config["settings"], f"calls of {self.container.service_name}", self._opened)
        self.container.health = getattr(self.container, "health", {})
        self.container.health["calls"] = lambda: self.wire.connected

    def start(self) -> None:
        if not self._started:
            self._started = True
            self._thread = self.container.spawn_managed_thread(self.wire.run, identifier="calls")

    def stop(self) -> None:
        """Called after the workers are done, so that their answers have gone out."""
        if not self._ended:
            self._ended = True
            self.wire.stop()
            self._thread.wait()

    def refuse_more(self) -> None:
        """Take no further calls: they go to another process, or tell their caller that none is there."""
        self.wire.silence()

    def _opened(self, channel: Any) -> None:
        assert self.wire.topology is not None
        queue = self.wire.topology.server(self.container.service_name)(channel)
        consumer = Consumer(channel, [queue], on_message=partial(self._take, channel))
        consumer.qos(prefetch_count=self.container.max_workers)
        consumer.consume()
        self.wire.on_silence = consumer.cancel

    def _take(self, channel: Any, message: Any) -> None:
        tag, properties = message.delivery_tag, message.properties
        try:
            call = json.loads(message.body)
            entrypoint = next(one for one in self._providers if one.method_name == call["method"])
        except (ValueError, KeyError, TypeError, StopIteration):
            log.error("call_unknown", extra={"service": self.container.service_name})
            self._answer(channel, tag, properties, {"error": {"kind": "internal"}})
            return
        if (message.delivery_info or {}).get("redelivered") or call["deadline"] < time.time():
            self.wire.acknowledge(channel, tag)
            return
        began = time.perf_counter()

        def settled(context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            SECONDS.labels(self.container.service_name, call["method"]).observe(time.perf_counter() - began)
            answer = (
                {"error": error_to_wire(exc_info[1], self.container.service_name)} if exc_info else {"result": result}
            )
            self._answer(channel, tag, properties, answer)
            return result, exc_info

        self.container.spawn_worker(
            entrypoint,
            (),
            call["arguments"],
            context_data={"correlation_id": call["correlation_id"]},
            handle_result=settled,
        )

    def _answer(self, channel: Any, tag: int, properties: dict[str, Any], answer: dict[str, Any]) -> None:
        topology = self.wire.topology
        assert topology is not None
        try:
            self.wire.publish(
                answer,
                topology.calls.name,
                properties["reply_to"],
                correlation_id=properties["correlation_id"],
                delivery_mode=1,
            )
        except BROKEN as error:
            log.warning("answer_lost", extra={"error": type(error).__name__})
        self.wire.acknowledge(channel, tag)


class Rpc(Entrypoint):  # type: ignore[misc]
    """The entrypoint behind ``@rpc``. Arguments by name only, JSON in and out."""

    server = RpcServer()

    def setup(self) -> None:
        self.server.register_provider(self)

    def stop(self) -> None:
        self.server.refuse_more()


rpc = Rpc.decorator


class RpcClient(SharedExtension):  # type: ignore[misc]
    """Calls services and waits for their answers. One a container."""

    def __init__(self) -> None:
        super().__init__()
        self._started = self._ended = False

    def setup(self) -> None:
        if hasattr(self, "wire"):
            return
        self.settings = self.container.config["settings"]
        self.name = uuid4().hex
        self._pending: dict[str, tuple[str, Signal]] = {}
        self.wire = Wire(self.settings, f"calls from {self.container.service_name}", self._opened, self._lost)
        self.container.health = getattr(self.container, "health", {})
        self.container.health["answers"] = lambda: self.wire.connected

    def start(self) -> None:
        if not self._started:
            self._started = True
            self._thread = self.container.spawn_managed_thread(self.wire.run, identifier="answers")

    def stop(self) -> None:
        if not self._ended:
            self._ended = True
            self.wire.stop()
            self._thread.wait()

    def call(self, service: str, method: str, /, *, within: float | None = None, **arguments: Any) -> Any:
        """The method's result, or what it raised (see ``chassis.refusal``).

        ``Unavailable`` when no answer came within so many seconds; ``rpc_timeout`` of the settings when none are given.
        """
        seconds = within or self.settings.rpc_timeout
        identifier, answered = uuid4().hex, Signal()
        self._pending[identifier] = (service, answered)
        body = {
            "method": method,
            "arguments": arguments,
            "deadline": time.time() + seconds,
            "correlation_id": correlation_id(),
        }
        try:
            topology = self.wire.topology
            if topology is None:
                raise OSError("never connected")
            self.wire.publish(
                body,
                topology.calls.name,
                service,
                mandatory=True,
                reply_to=f"replies.{self.name}",
                correlation_id=identifier,
                expiration=str(int(seconds * 1000)),
                delivery_mode=1,
            )
            with eventlet.Timeout(seconds):
                answer = answered.wait()
        except BROKEN as error:
            raise Unavailable(service) from error
        finally:
            self._pending.pop(identifier, None)
        if answer is None:
            raise Unavailable(service)
        if "error" in answer:
            raise from_wire(answer["error"])
        return answer["result"]

    def _opened(self, channel: Any) -> None:
        assert self.wire.topology is not None
        queue = self.wire.topology.replies(self.name)(channel)
        Consumer(channel, [queue], on_message=self._answered, no_ack=True).consume()
        if self.wire.topology.quorum:
            channel.events["basic_return"].add(self._returned)

    def _answered(self, message: Any) -> None:
        self._resolve(message.properties.get("correlation_id"), json.loads(message.body))

    def _returned(self, error: Exception, exchange: str, routing_key: str, message: Any) -> None:
        self._resolve(message.properties.get("correlation_id"), None)

    def _lost(self) -> None:
        for identifier in list(self._pending):
            self._resolve(identifier, None)

    def _resolve(self, identifier: str | None, answer: Any) -> None:
        waiting = self._pending.pop(identifier or "", None)
        if waiting is not None:
            waiting[1].send(answer)


class Client(DependencyProvider):  # type: ignore[misc]
    """Gives ``call(service, method, **arguments)``."""

    client = RpcClient()

    def get_dependency(self, worker_ctx: Any) -> RpcClient:
        return self.client


class Remote(DependencyProvider):  # type: ignore[misc]
    """Gives ``call(method, **arguments)`` of one service."""

    client = RpcClient()

    def __init__(self, service: str) -> None:
        self.service = service

    def get_dependency(self, worker_ctx: Any) -> RemoteService:
        return RemoteService(self.client, self.service)


class RemoteService:
    """One service, seen from another process."""

    def __init__(self, client: Any, service: str) -> None:
        self.client = client
        self.service = service

    def call(self, method: str, **arguments: Any) -> Any:
        return self.client.call(self.service, method, **arguments)
