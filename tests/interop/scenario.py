"""What every foreign client does with the broker: written once, spoken through agents. `amy` publishes and `bob` subscribes."""

import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0])

from support.report import check, check_equal  # noqa: E402

LARGE = bytes(range(256)) * 1024  # 256 KiB
TEXT_TOPIC = "caffè/температура/温度/🌡"


class Scenario:
    def __init__(self, make_agent, prefix):
        """`prefix` keeps the topics and client identifiers of parallel runs apart."""
        self.make_agent = make_agent
        self.prefix = prefix
        self.agents = []

    def agent(self):
        one = self.make_agent()
        self.agents.append(one)
        return one

    def topic(self, name):
        return f"{self.prefix}/{name}"

    def open(self):
        self.amy = self.agent()
        self.bob = self.agent()
        self.carl = self.agent()  # comes and goes
        self.amy.connect(f"{self.prefix}-amy")
        self.bob.connect(f"{self.prefix}-bob")

    def close(self):
        for one in self.agents:
            one.close()

    def nothing_but(self, listener, marker_topic):
        """The next message is the marker sent now: nothing else was on its way."""
        self.amy.publish(marker_topic, "marker", 1)
        check_equal(listener.receive().payload, b"marker", "the next message")

    # ---- the cases ---------------------------------------------------------------------------------------------------------------------------

    def connects(self):
        self.open()

    def qos(self, level):
        topic = self.topic(f"qos/{level}")
        check_equal(self.bob.subscribe(topic, level), level, "QoS granted")
        for n in range(10):
            self.amy.publish(topic, f"message {n}", level)
        for n in range(10):
            found = self.bob.receive()
            check_equal((found.payload, found.qos, found.topic), (f"message {n}".encode(), level, topic), "message")
        self.nothing_but(self.bob, topic)

    def qos_0(self):
        self.qos(0)

    def qos_1(self):
        self.qos(1)

    def qos_2(self):
        self.qos(2)

    def lower_qos(self):
        topic = self.topic("lower")
        self.bob.subscribe(topic, 1)
        for published in (0, 1, 2):
            self.amy.publish(topic, "x", published)
            check_equal(self.bob.receive().qos, min(1, published), "QoS of the message")

    def both_ways(self):
        """Each publishes and subscribes at once, at every QoS."""
        for level in (0, 1, 2):
            there, back = self.topic(f"there/{level}"), self.topic(f"back/{level}")
            self.bob.subscribe(there, level)
            self.amy.subscribe(back, level)
            self.amy.publish(there, "ping", level)
            check_equal(self.bob.receive().payload, b"ping", "there")
            self.bob.publish(back, "pong", level)
            check_equal(self.amy.receive().payload, b"pong", "back")

    def retained(self):
        topic = self.topic("retained")
        self.amy.publish(topic, "kept", 1, retain=True)
        self.bob.subscribe(topic, 1)
        found = self.bob.receive()
        check_equal((found.payload, found.retain), (b"kept", True), "retained message")
        self.amy.publish(topic, "", 1, retain=True)
        found = self.bob.receive()
        check_equal((found.payload, found.retain), (b"", False), "the clearing message")
        self.bob.unsubscribe(topic)
        self.bob.subscribe(topic, 1)
        self.nothing_but(self.bob, topic)

    def will(self):
        topic = self.topic("will")
        self.bob.subscribe(topic, 1)
        victim = self.agent()
        victim.connect(f"{self.prefix}-victim", will=(topic, "gone", 1, True))
        victim.kill()
        found = self.bob.receive()
        check_equal((found.payload, found.qos, found.retain), (b"gone", 1, False), "will")
        self.bob.unsubscribe(topic)
        self.bob.subscribe(topic, 1)
        check(self.bob.receive().retain, "the will was not retained")
        self.amy.publish(topic, "", 1, retain=True)
        check_equal(self.bob.receive().payload, b"", "the clearing message")
        self.carl.connect(f"{self.prefix}-polite", will=(topic, "gone", 1, False))
        self.carl.disconnect()
        self.nothing_but(self.bob, topic)

    def session(self):
        topic = self.topic("session")
        carl = self.carl
        check(not carl.connect(f"{self.prefix}-carl", clean=False), "a session that cannot be there is present")
        carl.subscribe(topic, 2)
        carl.disconnect()
        for n in range(30):
            self.amy.publish(topic, str(n), 1 + n % 2)
        check(carl.connect(f"{self.prefix}-carl", clean=False) is not False, "the session is not present")
        found = [carl.receive() for _ in range(30)]
        for wanted in (1, 2):
            of_this = [int(one.payload) for one in found if one.qos == wanted]
            check_equal(of_this, list(range(wanted - 1, 30, 2)), f"QoS {wanted} messages that waited")
        self.nothing_but(carl, topic)
        carl.disconnect()
        check(not carl.connect(f"{self.prefix}-carl", clean=True), "Clean Session 1 found a session")
        carl.disconnect()

    def wildcards(self):
        self.bob.subscribe(self.topic("house/+/temperature"), 1)
        self.bob.subscribe(self.topic("garden/#"), 1)
        for name in ("house/kitchen/temperature", "house/kitchen/lamp", "house/temperature", "garden", "garden/tree/leaf", "gardens", "house//temperature"):
            self.amy.publish(self.topic(name), name, 1)
        for name in ("house/kitchen/temperature", "garden", "garden/tree/leaf", "house//temperature"):
            found = self.bob.receive()
            check_equal((found.topic, found.payload), (self.topic(name), name.encode()), "message")
        self.nothing_but(self.bob, self.topic("garden/marker"))
        self.bob.unsubscribe(self.topic("garden/#"))
        self.amy.publish(self.topic("garden/tree"), "x", 1)
        self.nothing_but(self.bob, self.topic("house/marker/temperature"))

    def large(self):
        topic = self.topic("large")
        self.bob.subscribe(topic, 2)
        for level in (0, 1, 2):
            self.amy.publish(topic, LARGE, level)
            check(self.bob.receive().payload == LARGE, f"256 KiB at QoS {level} came damaged")

    def empty(self):
        topic = self.topic("empty")
        self.bob.subscribe(topic, 2)
        for level in (0, 1, 2):
            self.amy.publish(topic, "", level)
            found = self.bob.receive()
            check_equal((found.payload, found.qos), (b"", level), "empty message")

    def utf8(self):
        topic = self.topic(TEXT_TOPIC)
        self.bob.subscribe(topic, 1)
        self.bob.subscribe(self.topic("caffè/+/温度/#"), 1)
        self.amy.publish(topic, "21.5 °C", 1)
        found = self.bob.receive()
        check_equal((found.topic, found.payload), (topic, "21.5 °C".encode()), "message")

    CASES = (
        ("connects", connects),
        ("QoS 0", qos_0),
        ("QoS 1", qos_1),
        ("QoS 2", qos_2),
        ("delivered at the lower QoS", lower_qos),
        ("both ways at once", both_ways),
        ("retained: kept, received, cleared", retained),
        ("will of a killed client, none of a polite one", will),
        ("persistent session: messages that waited", session),
        ("wildcards", wildcards),
        ("256 KiB", large),
        ("empty payload", empty),
        ("UTF-8 topics", utf8),
    )

    def run(self, report, where):
        try:
            for name, case in self.CASES:
                if not report.run(where, name, case, self) and name == "connects":
                    return
        finally:
            self.close()
