"""The embedded broker's channel: what AMQP says of exchanges, queues, deliveries and their settlement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import amqp.exceptions
from amqp.protocol import queue_declare_ok_t
from kombu.transport import virtual
from kombu.utils.uuid import uuid

from embedded.queues import Letter, Post, Queue

if TYPE_CHECKING:
    from embedded.broker import Transport

__all__ = ["Channel", "Consumer"]


@dataclass(frozen=True, eq=False)
class Consumer:
    """One listener on one queue, through one channel."""

    tag: str
    channel: Channel
    queue: Queue
    no_ack: bool
    callback: Callable[[Any], Any]


class Channel(virtual.Channel):  # type: ignore[misc]
    """An AMQP channel: exchanges and bindings are kombu's, queues and what was taken from them the broker's."""

    body_encoding = None
    supports_fanout = False

    def __init__(self, connection: Transport, **options: Any) -> None:
        self.broker = connection.broker
        self.prefetch = 0
        self.taken: dict[int, tuple[Queue, Letter]] = {}
        self.events: dict[str, set[Callable[..., Any]]] = {"basic_return": set()}
        self._last_tag = 0
        super().__init__(connection, **options)

    # publishing

    def route(
        self, message: dict[str, Any], exchange: str, routing_key: str, mandatory: bool = False, **options: Any
    ) -> list[Post]:
        """The message once for each queue that it reaches."""
        if exchange and exchange not in self.state.exchanges:
            raise amqp.exceptions.NotFound(f"no exchange {exchange!r}")
        queues = [name for name in self.broker.route(exchange, routing_key) if name in self.broker.queues]
        if mandatory and not queues:
            self._return(message, exchange, routing_key)
        envelope = {
            "exchange": exchange,
            "routing_key": routing_key,
            "content_type": message["content-type"],
            "content_encoding": message["content-encoding"],
            "headers": message["headers"],
            "properties": {name: value for name, value in message["properties"].items() if name != "delivery_info"},
        }
        return [(name, message["body"], envelope) for name in queues]

    def basic_publish(self, message: dict[str, Any], exchange: str, routing_key: str, **options: Any) -> None:
        self.connection.publish(self.route(message, exchange, routing_key, **options))

    def _return(self, message: dict[str, Any], exchange: str, routing_key: str) -> None:
        """Tell who asked to be told that a message reaches no queue; with nobody to tell it is an error."""
        error = amqp.exceptions.ChannelError(
            f"{routing_key!r} on exchange {exchange!r} reaches no queue", (60, 40), "Basic.publish", 312
        )
        if not self.events["basic_return"]:
            raise error
        for told in list(self.events["basic_return"]):
            told(error, exchange, routing_key, message)

    # queues

    def queue_declare(
        self,
        queue: str | None = None,
        passive: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        arguments: dict[str, Any] | None = None,
        **options: Any,
    ) -> queue_declare_ok_t:
        """Answers the number of waiting messages and of consumers; ``passive`` only asks."""
        name = queue or f"amq.gen-{uuid()}"
        if passive:
            declared = self._queue(name)
        else:
            declared = self.broker.declare(name)
            declared.auto_delete = auto_delete
            declared.arguments = arguments or {}
            if exclusive:
                self.connection.exclusive.add(name)
        return queue_declare_ok_t(name, len(declared), len(declared.listeners))

    def queue_purge(self, queue: str, **options: Any) -> int:
        return self.broker.purge(self._queue(queue))

    def queue_delete(self, queue: str, if_unused: bool = False, if_empty: bool = False, **options: Any) -> int:
        declared = self.broker.queues.get(queue)
        if declared is None or (if_empty and len(declared)) or (if_unused and declared.listeners):
            return 0
        return self.connection.delete(declared)

    def exchange_delete(self, exchange: str, if_unused: bool = False, **options: Any) -> None:
        """The exchange and its bindings go; the queues stay."""
        declared = self.state.exchanges.get(exchange)
        if declared is None or (if_unused and declared["table"]):
            return
        for routing_key, _, queue in declared["table"]:
            self.state.binding_delete(queue, exchange, routing_key)
        del self.state.exchanges[exchange]

    def _queue(self, name: str) -> Queue:
        try:
            return self.broker.queues[name]
        except KeyError:
            raise amqp.exceptions.NotFound(f"no queue {name!r}") from None

    # consuming

    @property
    def may_take(self) -> bool:
        return not self.prefetch or len(self.taken) < self.prefetch

    def basic_qos(self, prefetch_size: int = 0, prefetch_count: int = 0, apply_global: bool = False) -> None:
        self.prefetch = prefetch_count
        self.connection.ring()

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Callable[[Any], Any], consumer_tag: str, **options: Any
    ) -> None:
        self.connection.consume(Consumer(consumer_tag, self, self._queue(queue), no_ack, callback))

    def basic_cancel(self, consumer_tag: str, **options: Any) -> None:
        """Deliver no more; what was delivered stays with the channel. An auto-delete queue goes with its last one."""
        for queue in self.connection.cancel(self, consumer_tag):
            if queue.auto_delete and not queue.listeners and self.broker.queues.get(queue.name) is queue:
                self.connection.delete(queue)

    def basic_get(self, queue: str, no_ack: bool = False, **options: Any) -> Any:
        declared = self._queue(queue)
        letter = self.broker.take(declared)
        return None if letter is None else self.deliver(declared, letter, no_ack)

    def deliver(self, queue: Queue, letter: Letter, no_ack: bool, consumer_tag: str | None = None) -> Any:
        """The letter as kombu's message; it is the channel's until it is acknowledged."""
        if no_ack:
            self.broker.acknowledge([letter])
        self._last_tag += 1
        if not no_ack:
            self.taken[self._last_tag] = queue, letter
        envelope = letter.envelope
        delivery = {
            "exchange": envelope["exchange"],
            "routing_key": envelope["routing_key"],
            "redelivered": letter.redelivered,
            "consumer_tag": consumer_tag,
        }
        types = {"content_type": envelope["content_type"], "content_encoding": envelope["content_encoding"]}
        return self.Message(
            {
                "body": letter.body,
                "content-type": envelope["content_type"],
                "content-encoding": envelope["content_encoding"],
                "headers": dict(envelope["headers"]),
                "properties": types
                | envelope["properties"]
                | {"delivery_tag": self._last_tag, "delivery_info": delivery},
            },
            channel=self,
        )

    # settling

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        """``multiple`` acknowledges all that was delivered up to this one, in one transaction."""
        tags = self._tags(delivery_tag, multiple)
        self.broker.acknowledge(self.taken[tag][1] for tag in tags)
        self._settled(tags)

    def basic_reject(self, delivery_tag: int, requeue: bool = False) -> None:
        """Back into its place, or else to where the queue sends the dead."""
        [tag] = self._tags(delivery_tag, multiple=False)
        if not requeue:
            self.broker.bury(*self.taken[tag], "rejected")
        rejected = self._settled([tag])
        if requeue:
            self.broker.give_back(rejected)

    def basic_recover(self, requeue: bool = True) -> None:
        self.broker.give_back(self._settled(list(self.taken)))

    def _tags(self, delivery_tag: int, multiple: bool) -> list[int]:
        if self.closed:
            raise amqp.exceptions.RecoverableConnectionError("the channel is closed; the message went back")
        if delivery_tag not in self.taken:
            raise amqp.exceptions.PreconditionFailed(f"unknown delivery tag {delivery_tag}")
        return [tag for tag in self.taken if tag <= delivery_tag] if multiple else [delivery_tag]

    def _settled(self, tags: list[int]) -> list[tuple[Queue, Letter]]:
        self.connection.ring()
        return [self.taken.pop(tag) for tag in tags]

    def close(self) -> None:
        """Cancel all consumers and give back what was not acknowledged."""
        if self.closed:
            return
        self.closed = True
        for tag in self.connection.tags(self):
            self.basic_cancel(tag)
        self.broker.give_back([self.taken.pop(tag) for tag in list(self.taken)])
        self.connection.close_channel(self)
