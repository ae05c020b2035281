"""Exchanges and queues, derived from the registry and declared by every process at start.

A message published before its reader's queue exists would be confirmed and gone; so whoever comes first declares all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kombu import Exchange, Queue, binding

from contracts.registry import queues

__all__ = ["Topology"]

_DELIVERY_LIMIT = 1000
"""High: a consumer killed with a full prefetch must not condemn healthy messages. Poison is what a handler fails on."""


@dataclass(frozen=True)
class Topology:
    """The names of one namespace. ``quorum`` is false on the embedded broker, which has one kind of queue."""

    namespace: str
    quorum: bool

    @property
    def events(self) -> Exchange:
        return Exchange(f"{self.namespace}.events", type="topic", durable=True)

    @property
    def dead(self) -> Exchange:
        return Exchange(f"{self.namespace}.dead", type="direct", durable=True)

    @property
    def calls(self) -> Exchange:
        return Exchange(f"{self.namespace}.calls", type="direct", durable=True)

    def reader(self, reader: str) -> Queue:
        """The queue of ``service.handler``."""
        arguments: dict[str, Any] = {
            "x-dead-letter-exchange": self.dead.name,
            "x-dead-letter-routing-key": reader,
        }
        if self.quorum:
            arguments |= {
                "x-queue-type": "quorum",
                "x-delivery-limit": _DELIVERY_LIMIT,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            }
        return Queue(
            f"{self.namespace}.{reader}",
            bindings=[binding(self.events, routing_key=event.type()) for event in queues()[reader]],
            durable=True,
            queue_arguments=arguments,
        )

    def dead_letters(self, reader: str) -> Queue:
        """Where the broker puts what it could not deliver; drained into the reader's table of failed messages."""
        return Queue(
            f"{self.namespace}.{reader}.dead",
            exchange=self.dead,
            routing_key=reader,
            durable=True,
            queue_arguments={"x-queue-type": "quorum"} if self.quorum else None,
        )

    def server(self, service: str) -> Queue:
        """Where a service takes calls. It goes with the last process, so that a caller learns at once of its
        absence."""
        return Queue(
            f"{self.namespace}.calls.{service}",
            exchange=self.calls,
            routing_key=service,
            durable=False,
            auto_delete=True,
        )

    def replies(self, name: str) -> Queue:
        return Queue(
            f"{self.namespace}.replies.{name}",
            exchange=self.calls,
            routing_key=f"replies.{name}",
            durable=False,
            auto_delete=True,
            exclusive=self.quorum,
        )

    def declare(self, channel: Any) -> None:
        """Declare everything that lasts. Idempotent."""
        for exchange in (self.events, self.dead, self.calls):
            exchange(channel).declare()
        for reader in queues():
            self.dead_letters(reader)(channel).declare()
            self.reader(reader)(channel).declare()

    def delete(self, channel: Any) -> None:
        """Remove what ``declare`` made, with all that is in it: the end of a namespace."""
        for reader in queues():
            for queue in (self.reader(reader), self.dead_letters(reader)):
                channel.queue_delete(queue.name)
        for exchange in (self.events, self.dead, self.calls):
            channel.exchange_delete(exchange.name)
