"""Chapter 6 of MQTT 3.1.1, with hand-made WebSocket frames: what the broker says and accepts on this transport."""

import base64
import hashlib
import os
import socket
import struct
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0])

from support.report import check, check_equal  # noqa: E402

LIMIT_S = 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def mqtt_text(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def packet(first_byte, body=b""):
    length, left = b"", len(body)
    while True:
        digit, left = left % 128, left // 128
        length += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([first_byte]) + length + body


def connect_packet(client_id):
    return packet(0x10, mqtt_text("MQTT") + bytes([4, 2, 0, 60]) + mqtt_text(client_id))


def subscribe_packet(topic_filter):
    return packet(0x82, b"\x00\x01" + mqtt_text(topic_filter) + b"\x00")


def publish_packet(topic, payload):
    return packet(0x30, mqtt_text(topic) + payload)


CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x03\x00\x01\x00"
PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"
DISCONNECT = b"\xe0\x00"


class WebSocket:
    def __init__(self, port, headers=None, path="/mqtt"):
        self.key = base64.b64encode(os.urandom(16)).decode()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self.received = b""
        lines = headers or [
            f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: mqtt",
        ]
        self.socket.sendall("\r\n".join([f"GET {path} HTTP/1.1", *lines, f"Sec-WebSocket-Key: {self.key}", "", ""]).encode())
        self.status, self.headers = self.read_answer()
        self.mqtt = b""      # what came in binary frames
        self.opcodes = []    # of all data frames

    def read_answer(self):
        while b"\r\n\r\n" not in self.received:
            data = self.socket.recv(4096)
            check(data, f"closed during the handshake: {self.received!r}")
            self.received += data
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        return int(first.split()[1]), {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}

    def send(self, payload, opcode=BINARY, final=True):
        mask = os.urandom(4)
        head = bytes([(0x80 if final else 0) | opcode])
        if len(payload) < 126:
            head += bytes([0x80 | len(payload)])
        elif len(payload) < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", len(payload))
        masked = bytes(a ^ b for a, b in zip(payload, (mask * (len(payload) // 4 + 1))))
        self.socket.sendall(head + mask + masked)

    def take(self, size):
        while len(self.received) < size:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("closed")
            self.received += data
        out, self.received = self.received[:size], self.received[size:]
        return out

    def frame(self):
        """The next frame: (opcode, payload). ConnectionError when the broker is gone."""
        first, second = self.take(2)
        check(not second & 0x80, "the broker masks its frames")
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", self.take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.take(8))[0]
        return first & 15, self.take(length)

    def expect(self, wanted):
        """These MQTT bytes come next, however they are framed."""
        while len(self.mqtt) < len(wanted):
            opcode, payload = self.frame()
            if opcode in (PING, PONG):
                continue
            check(opcode != CLOSE, f"the broker closed ({payload[:2].hex()}) instead of sending {wanted[:20].hex()}")
            self.opcodes.append(opcode)
            self.mqtt += payload
        found, self.mqtt = self.mqtt[: len(wanted)], self.mqtt[len(wanted) :]
        check_equal(found, wanted, "bytes")

    def expect_closed(self):
        try:
            for _ in range(10):
                opcode, _ = self.frame()
                if opcode == CLOSE:
                    return
        except (ConnectionError, OSError) as why:
            check(not isinstance(why, TimeoutError), "the connection stays open")
            return
        raise AssertionError("the connection stays open")

    def close(self):
        self.socket.close()


class RawWebSocket:
    def __init__(self, port, prefix):
        self.port, self.prefix = port, prefix
        self.sockets = []
        self.clients = 0

    def open(self, headers=None):
        one = WebSocket(self.port, headers)
        self.sockets.append(one)
        return one

    def connected(self):
        self.clients += 1
        one = self.open()
        check_equal(one.status, 101, "status")
        one.send(connect_packet(f"{self.prefix}{self.clients}"))
        one.expect(CONNACK)
        return one

    def close(self):
        for one in self.sockets:
            one.close()
        self.sockets.clear()

    # ---- the cases ---------------------------------------------------------------------------------------------------------------------------

    def handshake(self):
        one = self.open()
        check_equal(one.status, 101, "status")
        check_equal(one.headers.get("sec-websocket-protocol"), "mqtt", "Sec-WebSocket-Protocol")
        wanted = base64.b64encode(hashlib.sha1((one.key + GUID).encode()).digest()).decode()
        check_equal(one.headers.get("sec-websocket-accept"), wanted, "Sec-WebSocket-Accept")

    def choice_of_protocols(self):
        for offered in ("mqttv3.1, mqtt", "mqtt, mqttv3.1", "chat,mqtt"):
            one = self.open([
                "Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Protocol: {offered}"
            ])
            check_equal((one.status, one.headers.get("sec-websocket-protocol")), (101, "mqtt"), f"answer to '{offered}'")

    def odd_headers(self):
        one = self.open([
            "hOsT: x", "UPGRADE: WebSocket", "connection: keep-alive, Upgrade", "sec-websocket-version: 13", "sec-websocket-protocol: mqtt", "X-Other: 1"
        ])
        check_equal((one.status, one.headers.get("sec-websocket-protocol")), (101, "mqtt"), "answer")

    def binary_frames(self):
        one = self.connected()
        one.send(subscribe_packet(f"{self.prefix}/a"))
        one.expect(SUBACK)
        one.send(publish_packet(f"{self.prefix}/a", b"text"))
        one.expect(publish_packet(f"{self.prefix}/a", b"text"))
        one.send(PINGREQ)
        one.expect(PINGRESP)
        check(all(opcode in (BINARY, CONTINUATION) for opcode in one.opcodes), f"opcodes {one.opcodes}")

    def text_frame_closes(self):
        one = self.connected()
        one.send(PINGREQ, TEXT)
        one.expect_closed()

    def cut_into_single_bytes(self):
        one = self.open()
        for byte in connect_packet(f"{self.prefix}cut") + subscribe_packet(f"{self.prefix}/cut") + publish_packet(f"{self.prefix}/cut", b"x" * 200):
            one.send(bytes([byte]))
        one.expect(CONNACK + SUBACK + publish_packet(f"{self.prefix}/cut", b"x" * 200))

    def many_in_one(self):
        one = self.open()
        topic = f"{self.prefix}/many"
        one.send(connect_packet(f"{self.prefix}many") + subscribe_packet(topic) + publish_packet(topic, b"1") + publish_packet(topic, b"2") + PINGREQ[:1])
        one.send(PINGREQ[1:] + PINGREQ)
        one.expect(CONNACK + SUBACK + publish_packet(topic, b"1") + publish_packet(topic, b"2") + PINGRESP + PINGRESP)

    def frame_each(self):
        """Paho C takes one message out of a frame and leaves the rest: wherever one ends in the broker's memory, the next has a frame of its own."""
        one = self.connected()
        topic = f"{self.prefix}/each"
        one.send(subscribe_packet(topic))
        one.expect(SUBACK)
        alike = [publish_packet(topic, bytes([n])) for n in range(100)]
        for moved in range(len(alike[0])):
            sent = [publish_packet(topic, b"-" * (50 + moved)), *alike]
            one.send(b"".join(sent))
            for message in sent:
                check_equal(one.frame(), (BINARY, message), f"frame, moved by {moved} bytes")

    def continuation_frames(self):
        one = self.connected()
        topic = f"{self.prefix}/continued"
        one.send(subscribe_packet(topic)[:5], BINARY, final=False)
        one.send(b"are you there?", PING)  # control frames may stand between
        one.send(subscribe_packet(topic)[5:], CONTINUATION, final=True)
        one.expect(SUBACK)
        message = publish_packet(topic, b"y" * 300)
        one.send(message[:1], BINARY, final=False)
        for at in range(1, len(message) - 1, 50):
            one.send(message[at : min(at + 50, len(message) - 1)], CONTINUATION, final=False)
        one.send(message[-1:], CONTINUATION, final=True)
        one.expect(message)

    def large_in_one_frame(self):
        one = self.connected()
        topic = f"{self.prefix}/large"
        one.send(subscribe_packet(topic))
        one.expect(SUBACK)
        message = publish_packet(topic, bytes(range(256)) * 1024)
        begin = time.monotonic()
        one.send(message)
        one.expect(message)
        took = time.monotonic() - begin
        check(took < 2, f"256 KiB took {took:.1f} s")

    def ping_is_answered(self):
        one = self.connected()
        one.send(b"hello", PING)
        for _ in range(10):
            opcode, payload = one.frame()
            if opcode == PONG:
                check_equal(payload, b"hello", "payload of PONG")
                return
        raise AssertionError("no PONG")

    def close_without_frame(self):
        """Some clients just go; the others notice nothing."""
        watcher = self.connected()
        for _ in range(5):
            self.connected().socket.close()
        watcher.send(PINGREQ)
        watcher.expect(PINGRESP)

    def unmasked_closes(self):
        one = self.connected()
        one.socket.sendall(bytes([0x80 | BINARY, 2]) + PINGREQ)
        one.expect_closed()

    def disconnect_closes(self):
        one = self.connected()
        one.send(DISCONNECT)
        one.expect_closed()

    CASES = (
        ("[MQTT-6.0.0-4] [MQTT5-6.0.0-4] the sub-protocol returned is mqtt [B-44]", handshake),
        ("[MQTT-6.0.0-4] [MQTT5-6.0.0-4] mqtt is chosen among several [B-44]", choice_of_protocols),
        ("header names in any case, no Origin", odd_headers),
        ("[MQTT-6.0.0-1] [MQTT5-6.0.0-1] the broker sends binary frames [B-44]", binary_frames),
        ("[MQTT-6.0.0-1] [MQTT5-6.0.0-1] a text frame closes the connection [B-44]", text_frame_closes),
        ("[MQTT-6.0.0-2] [MQTT5-6.0.0-2] packets cut into frames of one byte [B-44]", cut_into_single_bytes),
        ("[MQTT-6.0.0-2] [MQTT5-6.0.0-2] many packets in one frame, one packet in two [B-44]", many_in_one),
        ("many messages at once have a frame each", frame_each),
        ("[MQTT-6.0.0-2] [MQTT5-6.0.0-2] continuation frames, a ping between them [B-44]", continuation_frames),
        ("256 KiB in one frame, there and back within 2 s", large_in_one_frame),
        ("a WebSocket ping is answered", ping_is_answered),
        ("clients that go without a close frame", close_without_frame),
        ("an unmasked frame closes the connection", unmasked_closes),
        ("DISCONNECT ends the WebSocket too", disconnect_closes),
    )

    def run(self, report, where):
        for name, case in self.CASES:
            report.run(where, name, case, self)
            self.close()
