"""What only the embedded broker promises: its file, its transactions, its waking."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import amqp.exceptions
import eventlet
import pytest
from kombu import Connection

from embedded import broker, queues
from embedded.journal import JournalFailed, JournalTaken
from tests.broker.conftest import Bench


@pytest.fixture
def url(tmp_path):
    url = broker.address(tmp_path / "deep" / "a broker.db")
    yield url
    broker.shut(url)


@pytest.fixture
def bench(url):
    return Bench(url)


def reborn(bench: Bench) -> Bench:
    """The same file, opened by the next process."""
    broker.shut(bench.url)
    again = Bench(bench.url)
    again.prefix = bench.prefix
    return again


def rows(url: str) -> list[tuple[str, str]]:
    """What the file holds once the broker has closed it."""
    broker.shut(url)
    with sqlite3.connect(url.removeprefix("embedded://").replace("%20", " ")) as file:
        return file.execute("SELECT queue, body FROM message ORDER BY number").fetchall()


def test_persistent_messages_outlive_the_process_and_transient_ones_do_not(bench):
    bench.queue("one", "a")
    bench.publish("a", "kept", 2)
    bench.publish("a", "gone", delivery_mode=1)
    bench.publish("a", b"\x00raw", content_type="application/octet-stream", content_encoding="binary")

    after = reborn(bench)
    messages = after.consume(after.queue("one", "a")).read(3)

    assert [message.body for message in messages] == [b'"kept"', b"2", b"\x00raw"]
    assert [message.delivery_info["redelivered"] for message in messages] == [True, True, True]


def test_what_was_taken_comes_back_after_a_crash_before_what_came_later(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", *range(4))
    taken = bench.consume(queue).read(3)
    taken[1].ack()

    after = reborn(bench)
    queue = after.queue("one", "a")
    after.publish("a", 4)

    assert [message.payload for message in after.consume(queue).read(4)] == [0, 2, 3, 4]


def test_an_acknowledged_message_leaves_the_file(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", *range(3))
    bench.consume(queue).read(3)[1].ack(multiple=True)

    assert rows(bench.url) == [(queue.name, "2")]


def test_publishing_together_is_one_transaction_and_arrives_after_it(bench):
    queue = bench.queue("one", "a")
    reader = bench.consume(queue)
    with bench.connection.transport.atomic():
        bench.publish("a", *range(500))
        assert queue.queue_declare(passive=True).message_count == 0

    assert [message.payload for message in reader.read(500)] == list(range(500))


def test_a_failure_while_publishing_together_publishes_nothing(bench):
    queue = bench.queue("one", "a")
    with pytest.raises(ZeroDivisionError), bench.connection.transport.atomic():
        bench.publish("a", 1)
        bench.publish("a", 1 / 0)
    bench.publish("a", "next")

    assert rows(bench.url) == [(queue.name, '"next"')]


def test_publishing_together_does_not_nest(bench):
    with bench.connection.transport.atomic(), pytest.raises(RuntimeError), bench.connection.transport.atomic():
        pass


def test_a_sleeping_consumer_is_woken(bench):
    reader = bench.consume(bench.queue("one", "a"))
    waiting = eventlet.spawn(reader.read, 1)
    eventlet.sleep(0)
    bench.publish("a", "wake")

    assert [message.payload for message in waiting.wait()] == ["wake"]


def test_a_consumer_at_its_limit_is_woken_by_its_own_acknowledgement(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", 1, 2)
    reader = bench.consume(queue, prefetch=1)
    [first] = reader.read(1)
    waiting = eventlet.spawn(reader.read, 1)
    eventlet.sleep(0)
    first.ack()

    assert [message.payload for message in waiting.wait()] == [2]


def test_closing_a_connection_ends_the_wait_on_it(bench):
    reader = bench.consume(bench.queue("one", "a"))
    waiting = eventlet.spawn(reader.connection.transport.drain_events, reader.connection.connection)
    eventlet.sleep(0)
    reader.connection.release()

    with pytest.raises(amqp.exceptions.RecoverableConnectionError):
        waiting.wait()


def test_settling_after_the_channel_closed_is_an_error_that_names_it(bench):
    bench.queue("one", "a")
    bench.publish("a", 1)
    reader = bench.consume(bench.queue("one", "a"))
    [message] = reader.read(1)
    reader.channel.close()

    with pytest.raises(amqp.exceptions.RecoverableConnectionError):
        message.ack()


def test_two_consumers_of_a_queue_share_its_messages(bench):
    queue = bench.queue("one", "a")
    one, two = bench.consume(queue, prefetch=1), bench.consume(queue, prefetch=1)
    bench.publish("a", 1, 2)

    assert [reader.read(1)[0].payload for reader in (one, two)] == [1, 2]


def test_a_mandatory_message_that_reaches_no_queue_is_refused_or_told(bench):
    bench.queue("one", "a")
    with pytest.raises(amqp.exceptions.ChannelError) as refused:
        bench.publish("nobody.reads.this", 1, mandatory=True)
    assert refused.value.reply_code == 312

    told = []
    bench.channel.events["basic_return"].add(lambda error, exchange, key, message: told.append(key))
    bench.publish("nobody.reads.this", 1, mandatory=True)
    bench.publish("nobody.reads.this", 1)
    assert told == ["nobody.reads.this"]


def test_an_exchange_that_nobody_declared_is_an_error(bench):
    with pytest.raises(amqp.exceptions.NotFound):
        bench.publish("a", 1, exchange="never-declared")


def test_a_backlog_keeps_its_bodies_on_disk(bench, monkeypatch):
    monkeypatch.setattr(queues, "_BODIES_KEPT", 3)
    queue = bench.queue("one", "a")
    bench.publish("a", *range(6))

    held = bench.connection.transport.broker.queues[queue.name]
    assert [letter.body for letter in sorted(held._ready)] == ["0", "1", "2", None, None, None]
    assert [message.payload for message in bench.consume(queue).read(6)] == list(range(6))


def test_the_dead_are_moved_in_the_file_too(bench):
    arguments = {"x-dead-letter-exchange": bench.events.name, "x-dead-letter-routing-key": "dead"}
    dead = bench.queue("dead", "dead")
    bench.publish("a", "never routed")
    queue = bench.queue("one", "a", queue_arguments=arguments | {"x-message-ttl": 0})
    bench.publish("a", "late")

    assert bench.consume(queue).idle()
    assert rows(bench.url) == [(dead.name, '"late"')]


def test_a_write_that_fails_publishes_nothing_and_keeps_what_is_taken(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", 1)
    reader = bench.consume(queue)
    [message] = reader.read(1)
    journal = bench.connection.transport.broker.journal
    journal._file.execute("PRAGMA query_only = ON")

    with pytest.raises(JournalFailed):
        bench.publish("a", 2)
    with pytest.raises(JournalFailed):
        message.ack()
    journal._file.execute("PRAGMA query_only = OFF")
    reader.channel.close()

    assert [again.payload for again in bench.consume(queue).read(1)] == [1]
    assert queue.queue_declare(passive=True).message_count == 0


def test_a_second_process_is_refused(bench):
    bench.queue("one", "a")
    script = "import sys\nfrom kombu import Connection\nimport embedded.broker\nConnection(sys.argv[1]).connect()"
    other = subprocess.run([sys.executable, "-c", script, bench.url], capture_output=True, text=True, timeout=30)

    assert other.returncode == 1
    assert JournalTaken.__name__ in other.stderr


def test_a_place_that_cannot_hold_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalFailed, match=r"file/broker\.db cannot be opened"):
        Connection(broker.address(tmp_path / "file" / "broker.db")).connect()
