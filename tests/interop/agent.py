"""An agent is a small program around one MQTT client library. It does what lines on its standard input say and answers with lines:

    connect ID CLEAN [WILL_TOPIC WILL_PAYLOAD WILL_QOS WILL_RETAIN]     connected SESSION_PRESENT   (0, 1, or ? when the library does not tell)
    subscribe FILTER QOS                                                subscribed CODE
    unsubscribe FILTER                                                  unsubscribed
    publish TOPIC QOS RETAIN PAYLOAD                                    published     (when the flow of its QoS is over)
    disconnect                                                          disconnected
                                                                        message TOPIC QOS RETAIN PAYLOAD     (whenever one comes)
                                                                        error TEXT     (instead of an answer)

Agents that know the properties of MQTT 5.0 take one more word, "+NAME=VALUE,NAME=VALUE", after connect (expiry, receive-maximum, alias-maximum),
subscribe (id, no-local, as-published) and publish (expiry, format, type, response, correlation, user, alias), and end their messages with one. Numbers
are decimal; text is in hexadecimal, and a user property NAME:VALUE.

Text is in hexadecimal, "-" when empty. The arguments of the program are the broker's address and the protocol level, 4 or 5. Every agent speaks
alike, so the scenario is written once. A connection that breaks is an agent that is killed.
"""

import collections
import queue
import subprocess
import threading

ANSWER_S = 20

Message = collections.namedtuple("Message", "topic qos retain payload properties")

NUMBERS = ("expiry", "receive-maximum", "alias-maximum", "id", "no-local", "as-published", "format", "alias")


def to_hex(text):
    data = text.encode() if isinstance(text, str) else text
    return data.hex() or "-"


def from_hex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def to_word(properties):
    """[(name, value)] -> "+name=value,..."; no properties, no word."""
    def written(name, value):
        if name == "user":
            return f"{to_hex(value[0])}:{to_hex(value[1])}"
        return str(value) if name in NUMBERS else to_hex(value)

    return ["+" + ",".join(f"{name}={written(name, value)}" for name, value in properties)] if properties else []


def from_word(word):
    def read(name, value):
        if name == "user":
            return tuple(from_hex(part).decode() for part in value.split(":"))
        return int(value) if name in NUMBERS else from_hex(value)

    pairs = [one.split("=", 1) for one in word[1:].split(",") if one]
    return [(name, read(name, value)) for name, value in pairs]


class Agent:
    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.answers = queue.Queue()
        self.messages = queue.Queue()
        self.complaints = collections.deque(maxlen=20)
        threading.Thread(target=self.read, daemon=True).start()
        threading.Thread(target=self.read_complaints, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            words = line.split()
            if words and words[0] == "message":
                topic, qos, retain, payload = words[1:5]
                properties = from_word(words[5]) if len(words) > 5 else []
                self.messages.put(Message(from_hex(topic).decode(), int(qos), retain == "1", from_hex(payload), properties))
            elif words:
                self.answers.put(line.strip())
        self.answers.put("error the agent ended")

    def read_complaints(self):
        for line in self.process.stderr:
            self.complaints.append(line.rstrip())

    def ask(self, *words):
        line = " ".join(str(word) for word in words)
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.answers.get(timeout=ANSWER_S)
        except queue.Empty:
            answer = f"error no answer within {ANSWER_S} s"
        except OSError as problem:
            answer = f"error {problem}"
        if answer.startswith("error"):
            raise AssertionError(f"{words[0]}: {answer[6:]} {' | '.join(self.complaints)}")
        return answer.split()[1:]

    def connect(self, client_id, clean=True, will=None, properties=()):
        """`will` is (topic, payload, qos, retain). Whether the broker had a session; None when the library does not tell."""
        words = [to_hex(client_id), int(clean)]
        if will:
            topic, payload, qos, retain = will
            words += [to_hex(topic), to_hex(payload), qos, int(retain)]
        present = self.ask("connect", *words, *to_word(properties))[0]
        return None if present == "?" else present == "1"

    def subscribe(self, topic_filter, qos=0, properties=()):
        return int(self.ask("subscribe", to_hex(topic_filter), qos, *to_word(properties))[0])

    def unsubscribe(self, topic_filter):
        self.ask("unsubscribe", to_hex(topic_filter))

    def publish(self, topic, payload, qos=0, retain=False, properties=()):
        self.ask("publish", to_hex(topic), qos, int(retain), to_hex(payload), *to_word(properties))

    def disconnect(self):
        self.ask("disconnect")

    def receive(self, limit_s=ANSWER_S):
        try:
            return self.messages.get(timeout=limit_s)
        except queue.Empty:
            raise AssertionError(f"no message within {limit_s} s") from None

    def kill(self):
        """The connection breaks without DISCONNECT."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except OSError:
                pass
