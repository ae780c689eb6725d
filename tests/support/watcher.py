"""Watches and speaks MQTT from outside, through Paho Python (Debian's python3-paho-mqtt): not through our own client."""

import collections
import threading
import time

import paho.mqtt.client as mqtt

LIMIT_S = 15

Seen = collections.namedtuple("Seen", "topic payload retain")


class Watcher:
    """Subscribes to everything under `root` and remembers what comes, in order."""

    def __init__(self, port, root="#"):
        self.seen = []
        self.changed = threading.Condition()
        self.client = mqtt.Client(protocol=mqtt.MQTTv311)
        self.client.on_message = self.on_message
        self.client.on_connect = lambda client, *_: client.subscribe(root, 1)
        subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        if not subscribed.wait(LIMIT_S):
            raise AssertionError("the watcher could not subscribe")

    def on_message(self, _client, _data, message):
        with self.changed:
            self.seen.append(Seen(message.topic, message.payload.decode("utf-8", "replace"), bool(message.retain)))
            self.changed.notify_all()

    def publish(self, topic, payload, retain=False):
        self.client.publish(topic, payload, 1, retain).wait_for_publish(LIMIT_S)

    def mark(self):
        """A place in what was seen; pass it to the others to look only at what came later."""
        with self.changed:
            return len(self.seen)

    def wait(self, topic, accept=lambda payload: True, since=0, limit_s=LIMIT_S, what=""):
        """The first message on `topic` after `since` whose payload is accepted."""
        def find():
            return next((one for one in self.seen[since:] if one.topic == topic and accept(one.payload)), None)

        with self.changed:
            if not self.changed.wait_for(lambda: find() is not None, limit_s):
                last = [one.payload for one in self.seen if one.topic == topic][-3:]
                raise AssertionError(f"no message on {topic} {what} within {limit_s} s; the last were {last}")
            return find()

    def all_on(self, topic, since=0, settle_s=0.0):
        """Every message on `topic` after `since`; waits a while for more."""
        time.sleep(settle_s)
        with self.changed:
            return [one.payload for one in self.seen[since:] if one.topic == topic]

    def latest(self, topic):
        with self.changed:
            return next((one.payload for one in reversed(self.seen) if one.topic == topic), None)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
