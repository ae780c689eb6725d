"""mosquitto_pub and mosquitto_sub against the broker: programs that do one thing and end, so they have a scenario of their own."""

import os
import subprocess
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0])

from support.report import check, check_equal  # noqa: E402

LIMIT_S = 20
SUBSCRIBED = "Subscribed"  # what `mosquitto_sub -d` says when SUBACK came


class Tools:
    def __init__(self, port, version, prefix, directory):
        self.port, self.version, self.prefix, self.directory = port, version, prefix, directory
        self.running = []
        self.early = {}  # subscriber -> lines that came before SUBACK: messages of a resumed session among them

    def common(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-V", self.version]

    def topic(self, name):
        return f"{self.prefix}/{name}"

    def pub(self, topic, *arguments):
        done = subprocess.run(["mosquitto_pub", *self.common(), "-t", topic, *arguments], timeout=LIMIT_S, capture_output=True, text=True)
        check(done.returncode == 0, f"mosquitto_pub ended with {done.returncode}: {done.stderr.strip()}")

    def sub(self, topics, count, *arguments, form="MSG %q %r %t %x"):
        """Starts a subscriber and comes back when it is subscribed."""
        filters = [part for topic in topics for part in ("-t", topic)]
        command = ["stdbuf", "-oL", "mosquitto_sub", *self.common(), "-d", *filters, "-C", str(count), "-F", form, "-W", str(LIMIT_S), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.running.append(process)
        self.early[process] = []
        for line in process.stdout:
            if SUBSCRIBED in line:
                return process
            self.early[process].append(line.rstrip())
        if process.wait() == 0:
            return process  # it had its count before SUBACK came
        raise AssertionError(f"mosquitto_sub ended: {' | '.join(self.early[process])} {process.stderr.read().strip()}")

    def messages(self, process):
        """(qos, retain, topic, payload) of all that came, when the subscriber has its count."""
        out = process.stdout.read()  # it ends by itself, -W sees to that
        check(process.wait(LIMIT_S) == 0, f"mosquitto_sub ended with {process.returncode}: {process.stderr.read().strip()}")
        found = []
        for line in [*self.early[process], *out.splitlines()]:
            if line.startswith("MSG "):
                qos, retain, rest = line[4:].split(" ", 2)
                topic, payload = rest.rsplit(" ", 1)
                found.append((int(qos), retain == "1", topic, bytes.fromhex(payload)))
        return found

    def close(self):
        for process in self.running:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()
        self.running.clear()

    # ---- the cases ---------------------------------------------------------------------------------------------------------------------------

    def qos(self):
        for level in (0, 1, 2):
            topic = self.topic(f"qos/{level}")
            listener = self.sub([topic], 1, "-q", str(level))
            self.pub(topic, "-q", str(level), "-m", "hello")
            check_equal(self.messages(listener), [(level, False, topic, b"hello")], f"QoS {level}")

    def many(self):
        topic = self.topic("many")
        listener = self.sub([topic], 500, "-q", "2")
        lines = "".join(f"{n}\n" for n in range(500))
        command = ["mosquitto_pub", *self.common(), "-t", topic, "-q", "2", "-l"]
        check_equal(subprocess.run(command, input=lines, text=True, timeout=LIMIT_S).returncode, 0, "exit code of mosquitto_pub")
        check_equal([int(one[3]) for one in self.messages(listener)], list(range(500)), "five hundred lines")

    def retained(self):
        topic = self.topic("retained")
        self.pub(topic, "-q", "1", "-r", "-m", "kept")
        check_equal(self.messages(self.sub([topic], 1, "-q", "1")), [(1, True, topic, b"kept")], "retained message")
        self.pub(topic, "-r", "-n")
        marker = self.topic("marker")
        listener = self.sub([topic, marker], 1)
        self.pub(marker, "-m", "marker")
        check_equal(self.messages(listener), [(0, False, marker, b"marker")], "after clearing")

    def will(self):
        topic = self.topic("will")
        listener = self.sub([topic], 1, "-q", "1")
        victim = self.sub(
            [self.topic("nothing")], 1, "--will-topic", topic, "--will-payload", "gone", "--will-qos", "1", "--will-retain"
        )
        victim.kill()
        check_equal(self.messages(listener), [(1, False, topic, b"gone")], "will")
        check_equal(self.messages(self.sub([topic], 1, "-q", "1")), [(1, True, topic, b"gone")], "retained will")
        self.pub(topic, "-r", "-n")

    def session(self):
        topic = self.topic("session")
        name = f"{self.prefix}-session".replace("/", "-")
        # -x 300: 5.0 keeps a session as long as it is asked to
        keep = ["-c", "-i", name, "-q", "2"] + (["-x", "300"] if self.version == "5" else [])
        first = self.sub([topic], 1, *keep)
        self.pub(topic, "-q", "1", "-m", "0")
        self.messages(first)  # it has its message and leaves; the session stays
        for n in range(1, 21):
            self.pub(topic, "-q", str(1 + n % 2), "-m", str(n))
        found = self.messages(self.sub([topic], 20, *keep))
        for level in (1, 2):
            check_equal([int(one[3]) for one in found if one[0] == level], [n for n in range(1, 21) if 1 + n % 2 == level], f"QoS {level} messages that waited")
        self.messages(self.emptied(name))

    def emptied(self, name):
        """Ends the session: a clean connection with its name."""
        topic = self.topic("end")
        listener = self.sub([topic], 1, "-i", name)
        self.pub(topic, "-m", "end")
        return listener

    def wildcards(self):
        listener = self.sub([self.topic("house/+/temperature"), self.topic("garden/#")], 4, "-q", "1")
        for name in ("house/kitchen/temperature", "house/kitchen/lamp", "garden", "gardens", "garden/tree/leaf", "house//temperature"):
            self.pub(self.topic(name), "-q", "1", "-m", name)
        names = ["house/kitchen/temperature", "garden", "garden/tree/leaf", "house//temperature"]
        check_equal([one[2] for one in self.messages(listener)], [self.topic(name) for name in names], "topics")

    def large(self):
        topic = self.topic("large")
        path = os.path.join(self.directory, f"large-{self.version}")
        content = os.urandom(256 * 1024)
        with open(path, "wb") as f:
            f.write(content)
        for level in (0, 1, 2):
            listener = self.sub([topic], 1, "-q", "2")
            self.pub(topic, "-q", str(level), "-f", path)
            check(self.messages(listener) == [(level, False, topic, content)], f"256 KiB at QoS {level} came damaged")

    def empty(self):
        topic = self.topic("empty")
        listener = self.sub([topic], 2, "-q", "2")
        self.pub(topic, "-n")
        self.pub(topic, "-q", "2", "-n")
        check_equal(self.messages(listener), [(0, False, topic, b""), (2, False, topic, b"")], "empty messages")

    def utf8(self):
        topic = self.topic("caffè/温度/🌡")
        listener = self.sub([topic], 1)
        self.pub(topic, "-m", "21.5 °C")
        check_equal(self.messages(listener), [(0, False, topic, "21.5 °C".encode())], "message")

    def ping(self):
        """Keep alive 5 s, which is mosquitto_sub's least: it is still there after two."""
        topic = self.topic("ping")
        listener = self.sub([topic], 1, "-k", "5")
        time.sleep(8)
        self.pub(topic, "-m", "still here")
        check_equal(self.messages(listener), [(0, False, topic, b"still here")], "message")

    # ---- 5.0

    def lines(self, process):
        """What a subscriber with a format of its own printed, when it has its count."""
        out = process.stdout.read()
        check(process.wait(LIMIT_S) == 0, f"mosquitto_sub ended with {process.returncode}: {process.stderr.read().strip()}")
        return [line[5:] for line in [*self.early[process], *out.splitlines()] if line.startswith("MSG5 ")]

    def properties(self):
        topic = self.topic("properties")
        listener = self.sub([topic], 1, "-q", "1", "-D", "subscribe", "subscription-identifier", "9", form="MSG5 %C|%R|%D|%F|%P|%E|%S")
        given = [("content-type", "text/plain"), ("response-topic", "answers"), ("correlation-data", "c1"), ("payload-format-indicator", "1"),
                 ("message-expiry-interval", "100"), ("user-property", "k", "2"), ("user-property", "k", "1"), ("user-property", "a", "3")]
        self.pub(topic, "-q", "1", "-m", "x", *[word for one in given for word in ("-D", "publish", *one)])
        (line,) = self.lines(listener)
        *found, expiry, identifier = line.split("|")
        check_equal(found, ["text/plain", "answers", "c1", "1", "k:2 k:1 a:3"], "properties")
        check(95 <= int(expiry) <= 100, f"message expiry {expiry}")
        check_equal(identifier, "9", "subscription identifier")

    def aliases(self):
        """mosquitto_pub with a topic alias, many lines through one connection. mosquitto_sub is not told that it may get some: 2.0.11 announces a
        Topic Alias Maximum when asked to, and then takes a PUBLISH without a topic for a protocol error."""
        topic = self.topic("aliases")
        listener = self.sub([topic], 20, "-q", "1")
        command = ["mosquitto_pub", *self.common(), "-t", topic, "-q", "1", "-l", "-D", "publish", "topic-alias", "3"]
        check_equal(subprocess.run(command, input="".join(f"{n}\n" for n in range(20)), text=True, timeout=LIMIT_S).returncode, 0, "exit code of mosquitto_pub")
        check_equal([(one[2], int(one[3])) for one in self.messages(listener)], [(topic, n) for n in range(20)], "messages")

    def flow(self):
        topic = self.topic("flow")
        listener = self.sub([topic], 100, "-q", "2", "-D", "connect", "receive-maximum", "1")
        command = ["mosquitto_pub", *self.common(), "-t", topic, "-q", "2", "-l", "-D", "connect", "receive-maximum", "1"]
        check_equal(subprocess.run(command, input="".join(f"{n}\n" for n in range(100)), text=True, timeout=LIMIT_S).returncode, 0, "exit code of mosquitto_pub")
        check_equal([int(one[3]) for one in self.messages(listener)], list(range(100)), "a hundred messages, one at a time")

    def message_expiry(self):
        topic = self.topic("expiry")
        name = f"{self.prefix}-expiry".replace("/", "-")
        keep = ["-c", "-i", name, "-q", "1", "-x", "300"]
        gone = self.sub([topic], 1, *keep)
        gone.kill()
        gone.wait(LIMIT_S)  # its connection ends with it: what is sent to one that stands is in flight, and does not expire
        self.pub(topic, "-q", "1", "-m", "short", "-D", "publish", "message-expiry-interval", "1")
        self.pub(topic, "-q", "1", "-m", "long", "-D", "publish", "message-expiry-interval", "100")
        time.sleep(2.2)  # the broker's clock cannot be moved from outside
        check_equal([one[3] for one in self.messages(self.sub([topic], 1, *keep))], [b"long"], "what lived")
        self.messages(self.emptied(name))

    def shared(self):
        topic = self.topic("shared")
        group = f"$share/{self.prefix.replace('/', '-')}/{topic}"
        listeners = [self.sub([group], 10, "-q", "1") for _ in range(2)]
        for n in range(20):
            self.pub(topic, "-q", "1", "-m", str(n))
        found = [int(one[3]) for listener in listeners for one in self.messages(listener)]
        check_equal(sorted(found), list(range(20)), "each message once, fairly")

    def refused(self):
        """A reason code of 5.0 becomes the exit code or a word."""
        done = subprocess.run(["mosquitto_sub", *self.common(), "-d", "-t", "$share/only-a-name", "-W", "5"], timeout=LIMIT_S, capture_output=True, text=True)
        told = f"{done.stdout}{done.stderr}"
        check("Subscribed (mid: 1): 143" in told and "All subscription requests were denied" in told, f"a filter that is none: {told}")

    CASES_5 = (
        ("properties of a message, user properties in order", properties),
        ("topic alias", aliases),
        ("flow control: receive maximum 1", flow),
        ("message expiry", message_expiry),
        ("shared subscription", shared),
        ("a filter that is none", refused),
    )

    CASES = (
        ("QoS 0, 1, 2 [MQTT-7.1.1-1]", qos),
        ("five hundred QoS 2 messages in order", many),
        ("retained: kept, received, cleared", retained),
        ("will of a killed client", will),
        ("persistent session: messages that waited", session),
        ("wildcards", wildcards),
        ("256 KiB", large),
        ("empty payload", empty),
        ("UTF-8 topics", utf8),
        ("keep alive: pings hold the connection", ping),
    )

    def run(self, report, where):
        for name, case in self.CASES + (self.CASES_5 if self.version == "5" else ()):
            report.run(where, name, case, self)
            self.close()
