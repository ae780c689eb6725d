#!/usr/bin/python3
"""What our client does on its transports, seen by a server of hand-made WebSocket frames, and by Debian's mosquitto.

    client_transport.py --binary build/dev/tepore

`tepore pub` and `tepore sub` are the client library's plainest users.
"""

import base64
import hashlib
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import brokers  # noqa: E402
from support.report import Report, binary_and_report, check, check_equal  # noqa: E402

LIMIT_S = 15
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE = 1, 2, 8
CONNACK = b"\x20\x02\x00\x00"


class Server:
    """Accepts one WebSocket and talks MQTT by hand."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(LIMIT_S)
        self.port = self.listener.getsockname()[1]
        self.connection = None
        self.received = b""
        self.opcodes = set()
        self.mqtt = b""

    def accept(self):
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(LIMIT_S)
        while b"\r\n\r\n" not in self.received:
            self.received += self.read_some()
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        self.headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in head.decode().split("\r\n")[1:])}
        accept = base64.b64encode(hashlib.sha1((self.headers["sec-websocket-key"] + GUID).encode()).digest()).decode()
        self.connection.sendall(
            f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
            "Sec-WebSocket-Protocol: mqtt\r\n\r\n".encode()
        )

    def read_some(self):
        data = self.connection.recv(65536)
        if not data:
            raise ConnectionError("closed")
        return data

    def take(self, size):
        while len(self.received) < size:
            self.received += self.read_some()
        out, self.received = self.received[:size], self.received[size:]
        return out

    def frame(self):
        first, second = self.take(2)
        check(second & 0x80, "a frame of the client is not masked")
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", self.take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.take(8))[0]
        mask = self.take(4)
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.take(length)))
        self.opcodes.add(first & 15)
        return first & 15, payload

    def packet(self):
        """The next whole MQTT packet of at most 127 bytes."""
        while len(self.mqtt) < 2 or len(self.mqtt) < 2 + self.mqtt[1]:
            opcode, payload = self.frame()
            if opcode == CLOSE:
                raise ConnectionError("closed")
            self.mqtt += payload
        size = 2 + self.mqtt[1]
        out, self.mqtt = self.mqtt[:size], self.mqtt[size:]
        return out

    def send(self, payload, opcode=BINARY):
        self.connection.sendall(bytes([0x80 | opcode, len(payload)]) + payload)

    def expect_closed(self):
        try:
            while self.frame()[0] != CLOSE:
                pass
        except (ConnectionError, OSError) as why:
            check(not isinstance(why, TimeoutError), "the client keeps the connection")

    def close(self):
        for one in (self.connection, self.listener):
            if one:
                one.close()


class ClientTransport:
    def __init__(self, binary):
        self.binary = binary

    def with_server(self, talk, *flags):
        """Starts `tepore pub` towards a hand-made server, and talk(server) to it; the program's exit code."""
        server = Server()
        program = subprocess.Popen(
            [self.binary, "pub", "--ws", "-h", "127.0.0.1", "-p", str(server.port), "-t", "a", "-m", "hi", "-q", "1", *flags],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )
        try:
            server.accept()
            talk(server)
            return program.wait(LIMIT_S)
        finally:
            program.kill()
            program.wait()
            server.close()

    @staticmethod
    def whole_talk(server, answer):
        check_equal(server.packet()[0], 0x10, "the first packet")
        answer(server, CONNACK)
        publish = server.packet()
        check_equal((publish[0], publish[2:5], publish[7:]), (0x32, b"\x00\x01a", b"hi"), "PUBLISH")
        answer(server, b"\x40\x02" + publish[5:7])
        check_equal(server.packet(), b"\xe0\x00", "the last packet")

    # ---- the cases ---------------------------------------------------------------------------------------------------------------------------

    def sub_protocol(self):
        def talk(server):
            offered = [one.strip() for one in server.headers.get("sec-websocket-protocol", "").split(",")]
            check("mqtt" in offered, f"offered sub-protocols: {offered}")
            self.whole_talk(server, Server.send)

        check_equal(self.with_server(talk), 0, "exit code")

    def binary_frames(self):
        def talk(server):
            self.whole_talk(server, Server.send)
            check(server.opcodes <= {BINARY, CLOSE}, f"opcodes of the client's frames: {server.opcodes}")

        check_equal(self.with_server(talk), 0, "exit code")

    def text_frame(self):
        def talk(server):
            server.packet()
            server.send(CONNACK, TEXT)
            server.expect_closed()

        check(self.with_server(talk) != 0, "the program ended as if all were well")

    def cut_packets(self):
        def byte_by_byte(server, packet):
            for byte in packet:
                server.send(bytes([byte]))

        check_equal(self.with_server(lambda server: self.whole_talk(server, byte_by_byte)), 0, "exit code")

    def nameless(self):
        def talk(server):
            connect = server.packet()
            check_equal(connect[2:9], b"\x00\x04MQTT\x04", "CONNECT")
            check(connect[9] & 2 or connect[12:14] != b"\x00\x00", "no client identifier, and yet Clean Session 0")
            server.mqtt = connect + server.mqtt
            self.whole_talk(server, Server.send)

        check_equal(self.with_server(talk), 0, "exit code")

    def through_mosquitto(self):
        with brokers.Broker(brokers.mosquitto) as broker:
            for flags in ([], ["-V", "mqttv5"]):
                common = ["-h", "127.0.0.1", "-p", str(broker.tcp_port), "-t", "a/b", "-q", "2", *flags]
                sub = subprocess.Popen([self.binary, "sub", *common, "-C", "1", "-W", str(LIMIT_S)], stdout=subprocess.PIPE, text=True)
                try:
                    # Retained, so that it does not matter who is there first.
                    done = subprocess.run([self.binary, "pub", *common, "-m", "through a stranger", "-r"], timeout=LIMIT_S)
                    check_equal((done.returncode, sub.communicate(timeout=LIMIT_S)[0].strip()), (0, "through a stranger"), "pub and sub")
                finally:
                    sub.kill()
                    sub.wait()

    CASES = (
        ("[MQTT-6.0.0-3] [MQTT5-6.0.0-3] the client offers the sub-protocol mqtt", sub_protocol),
        ("[MQTT-6.0.0-1] [MQTT5-6.0.0-1] the client sends binary frames only", binary_frames),
        ("[MQTT-6.0.0-1] [MQTT5-6.0.0-1] a text frame ends the connection", text_frame),
        ("[MQTT-6.0.0-2] [MQTT5-6.0.0-2] packets cut into frames of one byte are understood", cut_packets),
        ("[MQTT-3.1.3-7] a client that was given no identifier sets Clean Session, or makes one", nameless),
        ("[MQTT-7.1.2-1] [MQTT-7.0.0-2] over TCP through a foreign broker, 3.1.1 and 5.0", through_mosquitto),
    )


def main():
    binary, path = binary_and_report(__doc__)
    report = Report("client_transport")
    report.run_cases("tepore pub and sub", ClientTransport(binary))
    return report.finish(path)


if __name__ == "__main__":
    sys.exit(main())
