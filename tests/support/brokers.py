"""Starts a broker for a test on free loopback ports, and ends it: ours, Debian's mosquitto, or any command."""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

READY_S = 15
STOP_S = 10


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def free_ports(count):
    """Different ones: each is held until all are known."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


def wait_for_port(port, process, limit_s=READY_S):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the broker ended with code {process.returncode} before it listened on port {port}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"the broker does not listen on port {port} after {limit_s} s")


class Broker:
    """A running broker. `command` may contain {tcp}, {ws}, {data}: filled with free ports and a directory of its own."""

    def __init__(self, command, needs_ws=True, directory=None):
        self.tcp_port, self.ws_port = free_ports(2)
        self.data = tempfile.mkdtemp(prefix="tepore-broker-", dir=directory)
        self.log_path = os.path.join(self.data, "broker.log")
        fill = {"tcp": self.tcp_port, "ws": self.ws_port, "data": self.data}
        self.command = [part.format(**fill) for part in (shlex.split(command) if isinstance(command, str) else command(fill))]
        self.needs_ws = needs_ws
        self.process = None
        self.start()

    def start(self):
        """Also after stop() or kill(): on the same ports, with the same data."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            wait_for_port(self.tcp_port, self.process)
            if self.needs_ws:
                wait_for_port(self.ws_port, self.process)
        except RuntimeError as why:
            text = self.log()
            self.close()
            raise RuntimeError(f"{why}\n{' '.join(self.command)}\n{text}") from None

    def stop(self):
        """SIGTERM; the exit code, or None when it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
                return None
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def close(self):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def tepore(binary, workers=None, extra=""):
    """Without a number of workers the program decides, or its environment."""
    count = f"--workers {workers}" if workers else ""
    return f"{shlex.quote(binary)} broker --listen tcp://127.0.0.1:{{tcp}} --listen ws://127.0.0.1:{{ws}} {count} --data {{data}} {extra}"


MOSQUITTO_CONFIG = """
listener {tcp} 127.0.0.1
listener {ws} 127.0.0.1
protocol websockets
allow_anonymous true
max_queued_messages 100000
"""


def mosquitto(fill):
    """Debian's broker, the reference that the tests themselves are tried against."""
    path = os.path.join(fill["data"], "mosquitto.conf")
    with open(path, "w", encoding="ascii") as f:
        f.write(MOSQUITTO_CONFIG.format(**fill))
    if os.geteuid() == 0:
        shutil.chown(fill["data"], "mosquitto")  # it drops its rights
        os.chmod(fill["data"], 0o755)
    return ["/usr/sbin/mosquitto", "-c", path]


def add_broker_arguments(parser):
    parser.add_argument("--binary", help="the tepore program: starts `tepore broker`")
    parser.add_argument("--workers", type=int, help="of the tepore broker; without it the program decides")
    parser.add_argument("--mosquitto", action="store_true", help="start Debian's mosquitto instead")
    parser.add_argument("--broker-cmd", help="start this command; {tcp}, {ws} and {data} are filled in")


def broker_command(arguments):
    """What to give to Broker(), from the arguments above."""
    if arguments.mosquitto:
        return mosquitto
    if arguments.broker_cmd:
        return arguments.broker_cmd
    if arguments.binary:
        return tepore(arguments.binary, arguments.workers)
    raise SystemExit("which broker? --binary FILE, --mosquitto or --broker-cmd COMMAND")
