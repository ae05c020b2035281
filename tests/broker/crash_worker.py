"""A process that is going to be killed: publishes numbers and handles them, and says what it was promised.

Prints a line ``n`` once publishing n has returned. Handling n inserts it into a table, in a transaction that is
committed before the acknowledgement; each delivery is a row.
"""

from __future__ import annotations

import sqlite3
import sys
from itertools import count

import eventlet

eventlet.monkey_patch()

from kombu import Connection, Consumer, Exchange, Queue  # noqa: E402

import embedded.broker  # noqa: E402, F401


def main(url: str, effects: str, first: int, together: int) -> None:
    exchange = Exchange("events", type="topic")
    queue = Queue("numbers", exchange, "number")
    file = sqlite3.connect(effects, isolation_level=None)
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("CREATE TABLE IF NOT EXISTS delivery (number INTEGER)")

    def handle(message):
        file.execute("INSERT INTO delivery VALUES (?)", (message.payload,))
        eventlet.sleep(0)
        message.ack()

    def consume():
        with Connection(url) as connection, Consumer(connection, [queue], on_message=handle) as consumer:
            consumer.qos(prefetch_count=20)
            while True:
                connection.drain_events()

    eventlet.spawn(consume)
    with Connection(url) as connection:
        producer = connection.Producer()
        queue(connection.default_channel).declare()
        for start in count(first, together):
            with connection.transport.atomic():
                for number in range(start, start + together):
                    producer.publish(number, exchange=exchange, routing_key="number")
            for number in range(start, start + together):
                print(number, flush=True)
            eventlet.sleep(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
