"""The brokers that ./dev bench measures: each freshly started on loopback for one run, or for the slices of one, and ended after it."""
import contextlib
import getpass
import pathlib
import socket
import subprocess
import time

from rows import AEDES, EPOLL, MOSQUITTO, ONE_WORKER, RELAY, RELAY_AGAIN, TEPORE, TWO_WORKERS, Scenario

HERE = pathlib.Path(__file__).resolve().parent
BROKER_CORE = "0"
START_SECONDS_MAX = 10
STOP_SECONDS_MAX = 10

MOSQUITTO_CONFIGURATION = """listener {port} 127.0.0.1
allow_anonymous true
user {user}
max_inflight_messages 1000
max_queued_messages 0
log_type none
set_tcp_nodelay true
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Brokers:
    def __init__(self, tepore: str, relay: str, scratch: pathlib.Path):
        self.tepore, self.relay, self.scratch = tepore, relay, scratch
        self.certificate, self.key = scratch / "server.pem", scratch / "server.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
             "-subj", "/CN=localhost", "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True)

    def command(self, which: str, scenario: Scenario, port: int) -> list[str]:
        if which in (RELAY, RELAY_AGAIN):
            return [self.relay, str(port)]
        if which == MOSQUITTO:
            text = MOSQUITTO_CONFIGURATION.format(port=port, user=getpass.getuser())  # else root becomes somebody who cannot read the key
            if scenario.listener == "tls":
                text += f"certfile {self.certificate}\nkeyfile {self.key}\n"
            path = self.scratch / "mosquitto.conf"
            path.write_text(text)
            return ["mosquitto", "-c", str(path)]
        if which == AEDES:
            return ["node", str(HERE / "aedes" / "broker.mjs"), str(port)]
        workers = "2" if which == TWO_WORKERS else "1"
        command = [self.tepore, "broker", "--workers", workers, "--log-level", "error", "--listen", f"{scenario.listener}://127.0.0.1:{port}"]
        command += scenario.broker_flags.split()
        if scenario.listener == "tls":
            command += ["--tls-cert-file", str(self.certificate), "--tls-key-file", str(self.key)]
        if which == EPOLL:
            command += ["--event-loop", "epoll"]
        assert which in (TEPORE, EPOLL, TWO_WORKERS, ONE_WORKER), which
        return command

    def start(self, which: str, scenario: Scenario) -> "Running":
        port = free_port()
        command = self.command(which, scenario, port)
        if scenario.pinned:
            command = ["taskset", "-c", BROKER_CORE, *command]
        log_path = self.scratch / f"{which}.log"
        with open(log_path, "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # pylint: disable=consider-using-with
        running = Running(process, port)
        with contextlib.ExitStack() as unless_it_listens:
            unless_it_listens.callback(running.stop)
            deadline = time.monotonic() + START_SECONDS_MAX
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    time.sleep(0.2)  # what it does at its start is not measured
                    unless_it_listens.pop_all()
                    return running
                except OSError:
                    time.sleep(0.02)
        raise RuntimeError(f"{' '.join(command)} does not listen:\n{log_path.read_text()[-2000:]}")


class Running:
    """A started broker, to be used with `with`; stop() ends this process and no other."""

    def __init__(self, process: subprocess.Popen, port: int):
        self.process, self.port = process, port

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.process.kill()  # nothing, where it has ended
            self.process.wait()
