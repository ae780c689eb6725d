#!/usr/bin/python3
"""Whole programs with wrong arguments, files, ports and directories: each ends at once, with an error that says what, where, and what was expected.

    bad_input.py --binary build/dev/tepore
"""

import os
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import brokers  # noqa: E402
from support.report import Report, binary_and_report, check  # noqa: E402

LIMIT_S = 20
CRASHES = ("terminate called", "AddressSanitizer", "ThreadSanitizer", "runtime error", "Assertion", "core dumped")

USAGE, CONFIGURATION, START, STORE = 1, 2, 3, 4  # exit codes


class BadInput:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        return path

    def refused(self, arguments, code, *words, environment=None):
        """The program ends with this code, and its error contains all these words."""
        try:
            done = subprocess.run(
                [self.binary, *arguments], capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL,
                env=dict(os.environ, **(environment or {})),
            )
        except subprocess.TimeoutExpired:
            raise AssertionError(f"tepore {' '.join(arguments)} still runs after {LIMIT_S} s") from None
        told = f"tepore {' '.join(arguments)} ended with {done.returncode}, saying: {done.stderr.strip()}"
        check(done.returncode == code, f"{told} (expected {code})")
        check(not any(crash in done.stderr for crash in CRASHES), told)
        for word in words:
            check(word in done.stderr, f"{told} (expected '{word}' in it)")

    def configuration(self, text, *words):
        path = self.path("wrong.toml", text)
        self.refused(["broker", "--config", path], CONFIGURATION, path, *words)

    # ---- the cases ---------------------------------------------------------------------------------------------------------------------------

    def occupied_port(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            for arguments in (
                ["broker", "--listen", f"tcp://127.0.0.1:{port}"],
                ["broker", "--listen", f"ws://127.0.0.1:{port}"],
                ["broker", "--listen", f"tcp://127.0.0.1:{port}", "--workers", "3"],
                ["run", "--data", self.path("run"), "--mqtt-port", str(port), "--http-port", "0"],
                ["run", "--data", self.path("run"), "--mqtt-port", "0", "--http-port", str(port)],
            ):
                self.refused(arguments, START, f"127.0.0.1:{port}", "another program uses this port", "another port")

    def occupied_by_our_own(self):
        """A broker whose workers share a port must not let a second broker join them."""
        with brokers.Broker(brokers.tepore(self.binary, workers=3)) as first:
            self.refused(["broker", "--workers", "3", "--listen", f"tcp://127.0.0.1:{first.tcp_port}"], START, str(first.tcp_port), "another program")
            check(first.process.poll() is None, "the first broker ended")

    def data_is_a_file(self):
        path = self.path("file", "")
        for command in (["broker", "--listen", "tcp://127.0.0.1:0"], ["thermostat", "--broker", "mqtt://127.0.0.1:1"],
                        ["run", "--mqtt-port", "0", "--http-port", "0"]):
            for data in (path, os.path.join(path, "under")):
                self.refused([*command, "--data", data], STORE, "data directory", path, "Not a directory")

    def data_cannot_be_made(self):
        self.refused(["broker", "--listen", "tcp://127.0.0.1:0", "--data", "/proc/no/such"], STORE, "data directory", "/proc/no/such")

    def data_cannot_be_written(self):
        if os.geteuid() != 0:
            closed = self.path("closed")
            os.makedirs(closed, exist_ok=True)
            os.chmod(closed, 0o555)
            self.refused(["broker", "--listen", "tcp://127.0.0.1:0", "--data", closed], STORE, "data directory", closed)
        # root may write everywhere but where the kernel says no
        self.refused(["broker", "--listen", "tcp://127.0.0.1:0", "--data", "/proc/self"], STORE, "data directory", "/proc/self")

    def unknown_key(self):
        self.configuration("[broker]\nlisten = [\"tcp://127.0.0.1:0\"]\nworkerz = 3\n", ":3:", "workerz", "[broker]", "workers")

    def unknown_section(self):
        self.configuration("[brokr]\nworkers = 2\n", ":1:", "brokr", "broker")

    def wrong_type_or_range(self):
        self.configuration("[broker]\nworkers = \"many\"\n", ":2:", "broker.workers", "many", "whole number", "0 to 63")
        self.configuration("[broker]\n\nworkers = 99999\n", ":3:", "broker.workers", "99999", "0 to 63")
        self.configuration("[log]\nlevel = \"loud\"\n", ":2:", "log.level", "loud", "debug", "error")

    def not_toml(self):
        self.configuration("[broker\n", ":1:", "not TOML")
        self.configuration("[broker]\nworkers = 2\nworkers = 3\n", ":3:", "workers")

    def no_such_file(self):
        self.refused(["broker", "--config", self.path("none.toml")], CONFIGURATION, "none.toml", "cannot be read")

    def bad_listen(self):
        for text, *words in (
            ("nonsense", "scheme", "tcp://"),
            ("ftp://127.0.0.1:1883", "ftp", "scheme", "tcp"),
            ("tcp://127.0.0.1:99999", "99999", "port", "65535"),
            ("tcp://127.0.0.1:abc", "port"),
            ("tcp://", "tcp://"),
            ("", "--listen"),
        ):
            self.refused(["broker", "--listen", text], CONFIGURATION, "broker.listen (--listen)", *words)

    def open_to_the_network(self):
        for address in ("tcp://0.0.0.0:0", "ws://0.0.0.0:0", "tcp://[::]:0"):
            self.refused(["broker", "--listen", address], CONFIGURATION, "network", "password", "tepore passwd", "127.0.0.1", "anonymous")

    def certificates(self):
        self.refused(["broker", "--listen", "tls://127.0.0.1:0"], CONFIGURATION, "tls", "cert_file", "key_file")
        missing = self.path("none.pem")
        self.refused(["broker", "--listen", "wss://127.0.0.1:0", "--tls-cert-file", missing, "--tls-key-file", missing], START, "certificate", missing)

    def users_file(self):
        missing = self.path("users")
        self.refused(["broker", "--listen", "tcp://127.0.0.1:0", "--users-file", missing], START, "users file", missing, "tepore passwd")

    def flags(self):
        self.refused(["broker", "--bogus"], USAGE, "--bogus")
        self.refused(["broker", "--workers", "0x"], USAGE, "--workers", "0x", "whole number")
        self.refused(["nonsense"], USAGE, "nonsense")
        self.refused([], USAGE, "broker")

    def environment(self):
        self.refused(["broker"], CONFIGURATION, "TEPORE_BROKER_WORKERS", "many", "whole number", environment={"TEPORE_BROKER_WORKERS": "many"})

    def thermostat(self):
        self.refused(["thermostat", "--broker", "nonsense"], CONFIGURATION, "--broker", "nonsense", "mqtt://")
        self.refused(["thermostat", "--uid", "a/b"], CONFIGURATION, "--uid", "letters, digits")

    def pub_and_sub(self):
        self.refused(["pub", "-t", "a/#", "-m", "x"], USAGE, "a/#", "topic")
        self.refused(["pub", "-t", "a"], USAGE, "message", "-m")
        self.refused(["pub", "-m", "x"], USAGE, "topic", "-t")
        self.refused(["pub", "-t", "a", "-m", "x", "-q", "7"], USAGE, "-q", "7", "0 to 2")
        self.refused(["sub", "-t", "a#"], USAGE, "a#", "filter")
        port = str(brokers.free_port())
        self.refused(["pub", "-p", port, "-t", "a", "-m", "x"], USAGE, port, "nobody listens")
        self.refused(["sub", "-p", port, "-t", "a"], USAGE, port, "nobody listens")

    CASES = (
        ("a port that another program uses", occupied_port),
        ("a port that another tepore broker uses", occupied_by_our_own),
        ("a file where the data directory should be", data_is_a_file),
        ("a data directory that cannot be made", data_cannot_be_made),
        ("a data directory that cannot be written", data_cannot_be_written),
        ("an unknown key in the configuration file", unknown_key),
        ("an unknown section", unknown_section),
        ("values of a wrong type or out of range", wrong_type_or_range),
        ("a configuration file that is not TOML", not_toml),
        ("a configuration file that is not there", no_such_file),
        ("bad --listen addresses", bad_listen),
        ("a listener open to the network without authentication", open_to_the_network),
        ("TLS without certificates", certificates),
        ("a users file that is not there", users_file),
        ("unknown flags, commands and values", flags),
        ("a bad value in the environment", environment),
        ("a thermostat with bad flags", thermostat),
        ("pub and sub with bad flags, or without a broker", pub_and_sub),
    )


def main():
    binary, path = binary_and_report(__doc__)
    report = Report("bad_input")
    with tempfile.TemporaryDirectory(prefix="tepore-bad-input-", ignore_cleanup_errors=True) as folder:
        report.run_cases("tepore", BadInput(binary, folder))
    return report.finish(path)


if __name__ == "__main__":
    sys.exit(main())
