"""What a consumer may rely on, asked of both brokers."""

from __future__ import annotations

import amqp.exceptions
import eventlet
import pytest
from kombu import Exchange, Queue

from tests.broker.conftest import Bench


def bodies(messages):
    return [message.payload for message in messages]


def waiting(bench: Bench, queue: Queue) -> int:
    return queue(bench.connect().channel()).queue_declare(passive=True).message_count


def test_a_queue_keeps_the_order_of_publication(bench):
    queue = bench.queue("one", "a.*")
    bench.publish("a.b", *range(50))

    assert bodies(bench.consume(queue).read(50)) == list(range(50))


def test_a_topic_reaches_each_queue_that_is_bound_to_it(bench):
    one, two, every = bench.queue("one", "a.b.v1"), bench.queue("two", "a.c.v1", "a.b.v1"), bench.queue("all", "a.#")
    bench.publish("a.b.v1", "first")
    bench.publish("a.c.v1", "second")

    assert bodies(bench.consume(one).read(1)) == ["first"]
    assert bodies(bench.consume(two).read(2)) == ["first", "second"]
    assert bodies(bench.consume(every).read(2)) == ["first", "second"]


def test_a_message_carries_its_properties(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", {"n": 1}, message_id="m-1", correlation_id="c-1", reply_to="r", headers={"trace": "t"})

    [message] = bench.consume(queue).read(1)

    assert message.payload == {"n": 1}
    assert message.headers == {"trace": "t"}
    assert (message.content_type, message.properties["content_type"]) == ("application/json", "application/json")
    assert [message.properties[name] for name in ("message_id", "correlation_id", "reply_to")] == ["m-1", "c-1", "r"]
    assert message.delivery_info["routing_key"] == "a"
    assert message.delivery_info["redelivered"] is False


def test_raw_bytes_arrive_as_they_were(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", b"\x00\xff\xfe", content_type="application/octet-stream", content_encoding="binary")

    [message] = bench.consume(queue).read(1)

    assert message.body == b"\x00\xff\xfe"


def test_prefetch_bounds_what_is_unacknowledged(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", *range(5))
    reader = bench.consume(queue, prefetch=2)

    first = reader.read(2)
    assert reader.idle()
    first[0].ack()

    assert bodies(reader.read(1)) == [2]


def test_one_acknowledgement_settles_all_before_it(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", *range(5))
    reader = bench.consume(queue)
    reader.read(5)[3].ack(multiple=True)
    reader.connection.release()

    assert bodies(bench.consume(queue).read(1)) == [4]
    assert waiting(bench, queue) == 0


def test_what_a_closed_channel_had_taken_comes_back_in_order_and_says_so(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", *range(4))
    reader = bench.consume(queue)
    reader.read(4)[0].ack()
    reader.channel.close()

    again = bench.consume(queue).read(3)

    assert bodies(again) == [1, 2, 3]
    assert [message.delivery_info["redelivered"] for message in again] == [True, True, True]


def test_a_requeued_message_takes_its_old_place(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", *range(3))
    reader = bench.consume(queue, prefetch=1)
    reader.read(1)[0].requeue()

    [again] = reader.read(1)

    assert (again.payload, again.delivery_info["redelivered"]) == (0, True)


def test_a_message_is_settled_once(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", 1)
    reader = bench.consume(queue)
    [message] = reader.read(1)
    message.ack()

    with pytest.raises(amqp.exceptions.PreconditionFailed):
        reader.channel.basic_ack(message.delivery_tag)
        reader.idle()


def test_a_rejected_message_goes_to_the_dead_letters_with_its_story(bench):
    dead = bench.queue("dead", "dead.one")
    arguments = {"x-dead-letter-exchange": bench.events.name, "x-dead-letter-routing-key": "dead.one"}
    queue = bench.queue("one", "a", queue_arguments=arguments)
    bench.publish("a", "poison", message_id="m-1")

    bench.consume(queue).read(1)[0].reject(requeue=False)
    [buried] = bench.consume(dead).read(1)

    assert (buried.payload, buried.properties["message_id"]) == ("poison", "m-1")
    [death] = buried.headers["x-death"]
    assert (death["queue"], death["reason"], death["routing-keys"]) == (queue.name, "rejected", ["a"])
    assert waiting(bench, queue) == 0


def test_a_rejected_message_without_a_grave_is_gone(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", 1)
    reader = bench.consume(queue)
    reader.read(1)[0].reject(requeue=False)

    assert reader.idle()
    assert waiting(bench, queue) == 0


def test_an_expired_message_is_never_delivered(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", "late", expiration=0.001, delivery_mode=1)
    bench.publish("a", "good", expiration=60, delivery_mode=1)
    eventlet.sleep(0.05)

    assert bodies(bench.consume(queue).read(1)) == ["good"]


def test_draining_gives_up_after_its_time(bench):
    reader = bench.consume(bench.queue("one", "a"))

    with pytest.raises(TimeoutError):
        reader.connection.drain_events(timeout=0.01)


def test_a_queue_can_be_looked_into_purged_and_deleted(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", *range(3))

    got = queue.get()
    assert got.payload == 0
    got.ack()
    assert queue.purge() == 2
    assert queue.get() is None
    queue.delete()
    with pytest.raises(amqp.exceptions.NotFound):
        bench.connect().channel().queue_declare(queue.name, passive=True)


def test_counts_tell_messages_and_consumers(bench):
    queue = bench.queue("one", "a")
    bench.publish("a", 1, 2)
    reader = bench.consume(queue, prefetch=1)
    reader.read(1)

    told = bench.connect().channel().queue_declare(queue.name, passive=True)

    assert (told.message_count, told.consumer_count) == (1, 1)


def test_a_queue_of_one_connection_goes_with_it(bench):
    connection = bench.connect()
    Queue(f"{bench.prefix}.replies", exclusive=True, auto_delete=True, durable=False)(connection.channel()).declare()
    connection.release()

    with pytest.raises(amqp.exceptions.NotFound):
        bench.connect().channel().queue_declare(f"{bench.prefix}.replies", passive=True)


def test_an_auto_delete_queue_goes_with_its_last_consumer(bench):
    queue = Queue(f"{bench.prefix}.calls", bench.events, "calls", auto_delete=True, durable=False)
    first, second = bench.consume(queue), bench.consume(queue)
    first.consumer.cancel()
    assert bench.connect().channel().queue_declare(queue.name, passive=True).consumer_count == 1
    second.consumer.cancel()

    with pytest.raises(amqp.exceptions.NotFound):
        bench.connect().channel().queue_declare(queue.name, passive=True)


def test_a_direct_exchange_takes_the_whole_key(bench):
    direct = Exchange(f"{bench.prefix}.direct", type="direct", durable=False, auto_delete=True)
    queue = Queue(f"{bench.prefix}.one", direct, "a.b", durable=True)(bench.channel)
    queue.declare()
    bench.queues.add(queue.name)
    bench.publish("a.b", "mine", exchange=direct)
    bench.publish("a.c", "other", exchange=direct)
    bench.publish(queue.name, "by name", exchange="")

    assert bodies(bench.consume(queue).read(2)) == ["mine", "by name"]
