"""What foreign clients of MQTT 5.0 do with the broker beyond scenario.py. For agents that know properties; see agent.py."""

import sys
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0])

from support.report import check, check_equal  # noqa: E402

from scenario import Scenario  # noqa: E402

ALL = [
    ("format", 1),
    ("type", b"text/plain"),
    ("response", b"answers/here"),
    ("correlation", b"\x00\xff1"),
    ("user", ("k", "2")),
    ("user", ("k", "1")),
    ("user", ("z", "")),
]
ALIASES = 5


class Scenario5(Scenario):
    def open(self):
        self.amy = self.agent()
        self.bob = self.agent()
        self.carl = self.agent()  # comes and goes
        self.amy.connect(f"{self.prefix}-amy", properties=[("alias-maximum", ALIASES)])
        self.bob.connect(f"{self.prefix}-bob", properties=[("receive-maximum", 2)])

    def properties(self):
        topic = self.topic("properties")
        self.bob.subscribe(topic, 2)
        for level in (0, 1, 2):
            self.amy.publish(topic, "x", level, properties=[("expiry", 100), *ALL])
            found = dict_of(self.bob.receive().properties)
            left = found.pop("expiry")[0]
            check(95 <= left <= 100, f"{left} s of 100 are left")
            check_equal(found, dict_of(ALL), f"properties at QoS {level}")

    def identifiers(self):
        self.bob.subscribe(self.topic("id/#"), 1, [("id", 7)])
        self.amy.publish(self.topic("id/a"), "x", 1)
        check_equal(dict_of(self.bob.receive().properties)["id"], [7], "subscription identifier")

    def options(self):
        topic = self.topic("options")
        self.bob.subscribe(topic, 1, [("no-local", 1), ("as-published", 1)])
        self.bob.publish(topic, "own", 1)
        self.amy.publish(topic, "kept", 1, retain=True)
        found = self.bob.receive()
        check_equal((found.payload, found.retain), (b"kept", True), "no-local and retain-as-published")
        self.amy.publish(topic, "", 1, retain=True)
        check_equal(self.bob.receive().payload, b"", "the clearing message")

    def flow(self):
        """bob takes two unacknowledged messages at a time."""
        topic = self.topic("flow")
        self.bob.subscribe(topic, 2)
        for n in range(60):
            self.amy.publish(topic, str(n), 2)
        check_equal([int(self.bob.receive().payload) for _ in range(60)], list(range(60)), "sixty messages through a window of two")

    def aliases(self):
        """More topics than aliases, in both directions, mixed."""
        self.bob.subscribe(self.topic("alias/#"), 0)
        self.amy.subscribe(self.topic("alias/#"), 0)
        topics = [self.topic(f"alias/{n * n % 7}") for n in range(40)]
        for n, topic in enumerate(topics):
            self.amy.publish(topic, str(n))
        for listener in (self.bob, self.amy):
            check_equal([listener.receive().topic for _ in topics], topics, "topics")

    def expiry(self):
        """What waits for carl grows old: one message dies, the other arrives with what is left of its life."""
        topic = self.topic("expiry")
        name = f"{self.prefix}-carl"
        self.carl.connect(name, clean=False)
        self.carl.subscribe(topic, 1)
        self.carl.disconnect()
        self.amy.publish(topic, "short", 1, properties=[("expiry", 1)])
        self.amy.publish(topic, "long", 1, properties=[("expiry", 100)])
        time.sleep(2.2)  # the broker's clock cannot be moved from outside
        self.carl.connect(name, clean=False)
        found = self.carl.receive()
        check_equal(found.payload, b"long", "the message that lived")
        left = dict_of(found.properties)["expiry"][0]
        check(90 <= left <= 98, f"{left} s of 100 are left after more than two")
        self.carl.disconnect()

    def session_expiry(self):
        name = f"{self.prefix}-short"
        self.carl.connect(name, clean=False, properties=[("expiry", 1)])
        self.carl.disconnect()
        time.sleep(2.2)
        check(not self.carl.connect(name, clean=False, properties=[("expiry", 0)]), "a session outlived its expiry")
        self.carl.disconnect()

    def shared(self):
        topic = self.topic("shared")
        for listener in (self.amy, self.bob):
            listener.subscribe(f"$share/{self.prefix.replace('/', '-')}/{topic}", 1)
        carl = self.carl
        carl.connect(f"{self.prefix}-giver")
        by_amy, by_bob = [], []
        # Each is received before the next is sent: who is behind would rightly be given less.
        for payload in [*map(str, range(40)), "end"]:
            carl.publish(topic, payload, 1)
            sent = len(by_amy) + len(by_bob) + 1
            while len(by_amy) + len(by_bob) < sent:
                for listener, got in sorted(((self.amy, by_amy), (self.bob, by_bob)), key=lambda one: len(one[1])):
                    try:
                        got.append(listener.receive(0.05).payload)
                        break
                    except AssertionError:
                        pass
                check(carl.process.poll() is None, "the publisher ended")
        check_equal(sorted(by_amy + by_bob), sorted([str(n).encode() for n in range(40)] + [b"end"]), "each message once")
        check(len(by_amy) >= 5 and len(by_bob) >= 5, f"shared unfairly: {len(by_amy)} and {len(by_bob)}")
        carl.disconnect()

    CASES = (
        ("connects", Scenario.connects),
        ("properties of a message, user properties in order", properties),
        ("subscription identifier", identifiers),
        ("no local, retain as published", options),
        ("flow control: receive maximum 2", flow),
        ("topic aliases", aliases),
        ("message expiry", expiry),
        ("session expiry", session_expiry),
        ("shared subscription", shared),
    )


def dict_of(properties):
    """name -> values in order."""
    out = {}
    for name, value in properties:
        out.setdefault(name, []).append(value)
    return out
