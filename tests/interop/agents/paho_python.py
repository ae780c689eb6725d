"""Agent around Paho Python 1.6 (Debian's python3-paho-mqtt)."""

import sys
import threading
import urllib.parse

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes

SESSION_EXPIRY_S = 300
lock = threading.Lock()


def to_hex(data):
    return data.hex() or "-"


def from_hex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def say(line):
    with lock:
        print(line, flush=True)


def split(words):
    """The words, and the properties of the last one when it begins with +: [(name, value as written)]."""
    if not words or not words[-1].startswith("+"):
        return list(words), []
    return list(words[:-1]), [tuple(one.split("=", 1)) for one in words[-1][1:].split(",")]


def message_properties(given):
    out = mqtt.Properties(PacketTypes.PUBLISH)
    for name, value in given:
        if name == "expiry":
            out.MessageExpiryInterval = int(value)
        elif name == "format":
            out.PayloadFormatIndicator = int(value)
        elif name == "type":
            out.ContentType = from_hex(value).decode()
        elif name == "response":
            out.ResponseTopic = from_hex(value).decode()
        elif name == "correlation":
            out.CorrelationData = from_hex(value)
        elif name == "alias":
            out.TopicAlias = int(value)
        else:
            out.UserProperty = tuple(from_hex(part).decode() for part in value.split(":"))
    return out


def in_words(properties):
    if properties is None:
        return ""
    out = []
    for name, key in (("MessageExpiryInterval", "expiry"), ("PayloadFormatIndicator", "format")):
        if hasattr(properties, name):
            out.append(f"{key}={getattr(properties, name)}")
    for name, key in (("ContentType", "type"), ("ResponseTopic", "response")):
        if hasattr(properties, name):
            out.append(f"{key}={to_hex(getattr(properties, name).encode())}")
    if hasattr(properties, "CorrelationData"):
        out.append(f"correlation={to_hex(properties.CorrelationData)}")
    out += [f"user={to_hex(name.encode())}:{to_hex(value.encode())}" for name, value in getattr(properties, "UserProperty", [])]
    out += [f"id={one}" for one in getattr(properties, "SubscriptionIdentifier", [])]
    return " +" + ",".join(out)


class Agent:
    def __init__(self, address, level):
        self.url = urllib.parse.urlparse(address)
        self.level = level
        self.client = None
        self.pending = {}  # message id of SUBSCRIBE or UNSUBSCRIBE -> event and codes
        self.done = threading.Condition()
        self.aliases_max = 0
        self.aliases = {}  # topic -> alias

    def connect(self, client_id, clean, *will):
        will, given = split(will)
        websocket = self.url.scheme == "ws"
        options = {"protocol": mqtt.MQTTv5} if self.level == 5 else {"protocol": mqtt.MQTTv311, "clean_session": clean == "1"}
        client = mqtt.Client(from_hex(client_id).decode(), transport="websockets" if websocket else "tcp", **options)
        if websocket:
            client.ws_set_options(path=self.url.path)
        if will:
            topic, payload, qos, retain = will
            client.will_set(from_hex(topic).decode(), from_hex(payload), int(qos), retain == "1")
        connected = threading.Event()
        answer = []

        def on_connect(_client, _data, flags, code, properties=None):
            answer.append((int(code) if not hasattr(code, "value") else code.value, flags["session present"]))
            connected.set()

        client.on_connect = on_connect
        client.on_message = lambda _c, _d, m: say(
            f"message {to_hex(m.topic.encode())} {m.qos} {int(m.retain)} {to_hex(m.payload)}{in_words(getattr(m, 'properties', None))}"
        )
        client.on_subscribe = lambda _c, _d, mid, codes, _p=None: self.answered(mid, codes)
        client.on_unsubscribe = lambda _c, _d, mid, *_rest: self.answered(mid, [0])
        how = {"keepalive": 30}
        if self.level == 5:
            how["clean_start"] = clean == "1"
            how["properties"] = mqtt.Properties(PacketTypes.CONNECT)
            how["properties"].SessionExpiryInterval = 0 if clean == "1" else SESSION_EXPIRY_S
            for name, value in given:
                # The library does not follow the broker's aliases; its own it leaves to the program, which is this one.
                if name == "alias-maximum":
                    self.aliases_max = int(value)
                    continue
                field = {"expiry": "SessionExpiryInterval", "receive-maximum": "ReceiveMaximum"}[name]
                setattr(how["properties"], field, int(value))
        client.connect(self.url.hostname, self.url.port, **how)
        client.loop_start()
        if not connected.wait(10):
            return "error no CONNACK"
        self.client = client
        code, present = answer[0]
        return f"connected {present}" if code == 0 else f"error CONNACK {code}"

    def answered(self, mid, codes):
        with self.done:
            self.pending[mid] = codes
            self.done.notify_all()

    def wait_for(self, mid):
        with self.done:
            if not self.done.wait_for(lambda: mid in self.pending, 10):
                raise TimeoutError("no answer from the broker")
            code = self.pending.pop(mid)[0]
            return code.value if hasattr(code, "value") else int(code)

    def subscribe(self, topic_filter, qos, *rest):
        given = dict(split(rest)[1])
        how = {"qos": int(qos)}
        if given:
            how = {"options": mqtt.SubscribeOptions(int(qos), noLocal="no-local" in given, retainAsPublished="as-published" in given)}
        if "id" in given:
            how["properties"] = mqtt.Properties(PacketTypes.SUBSCRIBE)
            how["properties"].SubscriptionIdentifier = int(given["id"])
        return f"subscribed {self.wait_for(self.client.subscribe(from_hex(topic_filter).decode(), **how)[1])}"

    def unsubscribe(self, topic_filter):
        self.wait_for(self.client.unsubscribe(from_hex(topic_filter).decode())[1])
        return "unsubscribed"

    def publish(self, topic, qos, retain, payload, *rest):
        given = split(rest)[1]
        name = from_hex(topic).decode()
        if name in self.aliases:
            given.append(("alias", self.aliases[name]))
            name = ""
        elif len(self.aliases) < self.aliases_max:
            self.aliases[name] = len(self.aliases) + 1
            given.append(("alias", self.aliases[name]))
        how = {"properties": message_properties(given)} if given else {}
        info = self.client.publish(name, from_hex(payload), int(qos), retain == "1", **how)
        info.wait_for_publish(10)
        return "published" if info.is_published() else "error not published"

    def disconnect(self):
        self.client.disconnect()
        self.client.loop_stop()
        return "disconnected"


def main():
    agent = Agent(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        command, *words = line.split()
        try:
            say(getattr(agent, command)(*words))
        except Exception as problem:  # said to the scenario, which fails the case
            say(f"error {type(problem).__name__} {problem}")


main()
