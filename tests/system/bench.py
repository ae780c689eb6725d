#!/usr/bin/python3
"""tepore bench: every scenario, small, against our broker and Debian's mosquitto. Counts are checked, not speed.

    bench.py --binary build/dev/tepore
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import brokers  # noqa: E402
from support.report import Report, check, check_equal  # noqa: E402

LIMIT_S = 60
QUICK = "--seconds 0.2 --warmup 0.05 --drain 10"
GOOD = "every message arrived once and in order"
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/bench.md")

# Command line; fields that must have a value of their own. {pid} is the broker's process.
SCENARIOS = [
    ("pubsub --pairs 5 --pid {pid}", {"publishers": 5, "receivers": 5, "qos": 0}),
    ("pubsub --pairs 5 --qos 1 --window 3", {"qos": 1, "window_messages": 3}),
    ("pubsub --pairs 5 --qos 2 --v5", {"qos": 2, "mqtt": "5.0"}),
    ("pubsub --pairs 2 --payload 20000", {"payload_bytes": 20000}),
    ("fanout --subs 50 --pubs 2", {"publishers": 2, "receivers": 50}),
    ("fanin --pubs 50 --qos 1 --v5", {"publishers": 50, "receivers": 1}),
    ("latency --rate 500 --pairs 5 --qos 1", {"asked_messages_per_s": 500}),
    ("match --count 2000 --clients 20 --pubs 3 --pid {pid}", {"subscriptions": 2000, "clients": 20}),
    ("match --count 2000 --clients 20 --pubs 3 --shape deep --v5", {"subscriptions": 2000}),
    ("churn --count 1000 --clients 20 --pubs 3 --churn 500", {"subscriptions": 1000}),
    ("retained --count 500 --pid {pid}", {"retained_messages": 500, "received_messages": 500}),
    ("retained --count 500 --qos 1 --v5", {"received_messages": 500}),
    ("offline --sessions 10 --count 50 --pid {pid}", {"received_messages": 500}),
    ("offline --sessions 10 --count 50 --qos 2 --v5", {"received_messages": 500}),
    ("overload --pairs 5 --frozen 20 --rate 500 --qos 1 --flood 500 --pid {pid}", {"frozen_clients": 20, "flood_lost_qos0_messages": 0, "flood_lost_qos1_messages": 0}),
    ("idle --conns 300 --per-source 100 --pid {pid} --qos 1", {"connections": 300, "received_messages": 300}),
]


class Bench:
    def __init__(self, binary, broker):
        self.binary, self.broker = binary, broker
        self.fields = set()

    def run(self, arguments, url=None):
        url = url or f"mqtt://127.0.0.1:{self.broker.tcp_port}"
        line = shlex.split(arguments.format(pid=self.broker.process.pid)) + ["--broker", url]
        return subprocess.run([self.binary, "bench", *line], capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL)

    def good(self, arguments, expected=None, url=None):
        done = self.run(f"{arguments} {QUICK} --json", url)
        told = f"tepore bench {arguments}: {done.stdout}{done.stderr}"
        check(done.returncode == 0 and done.stdout.count("\n") == 1, f"exit {done.returncode}, {told}")
        found = json.loads(done.stdout)
        self.fields |= set(found)
        check(found["verdict"].endswith(GOOD[len("every message "):]), told)
        check_equal(found["exit_status"], 0, told)
        for name, value in (expected or {}).items():
            check_equal(found[name], value, f"{name}, {told}")
        check(found["received_messages"] == found["expected_messages"] > 0, told)
        for name in ("lost", "duplicate", "reordered", "misrouted", "altered"):
            check_equal(found[f"{name}_messages"], 0, f"{name}, {told}")
        if "--pid" in arguments:
            check(any(name.startswith("broker_cpu_us_per_") for name in found), told)

    def websocket(self):
        self.good("pubsub --pairs 5 --qos 1", url=f"ws://127.0.0.1:{self.broker.ws_port}/mqtt")

    def tls(self):
        """A broker of its own, with a certificate for 127.0.0.1 made on the spot."""
        folder = self.broker.data
        cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=bench",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
            check=True, capture_output=True,
        )
        command = f"{shlex.quote(self.binary)} broker --listen tls://127.0.0.1:{{tcp}} --data {{data}} --tls-cert-file {cert} --tls-key-file {key}"
        with brokers.Broker(command, needs_ws=False) as encrypted:
            url = f"mqtts://127.0.0.1:{encrypted.tcp_port}"
            self.good(f"pubsub --pairs 5 --qos 1 --cafile {cert}", url=url)
            self.good("pubsub --pairs 5 --insecure", url=url)
            self.refused("pubsub --pairs 5", "no connection", url=url)

    def table(self):
        done = self.run(f"pubsub --pairs 5 {QUICK}")
        check_equal(done.returncode, 0, done.stderr)
        check_equal(done.stdout.splitlines()[-1], GOOD, "the last line of the table")
        check(re.search(r"^received +[\d,]+ messages/s$", done.stdout, re.M), done.stdout)

    def examples_of_the_document(self):
        """They run as they stand, but on this test's broker and not for so long."""
        with open(DOCUMENT, encoding="utf-8") as f:
            examples = re.findall(r"^    tepore (bench .*)$", f.read(), re.M)
        check(len(examples) >= 3, f"{DOCUMENT} has {len(examples)} examples")
        for example in examples:
            line = example.removeprefix("bench ").replace("$PID", str(self.broker.process.pid))
            done = self.run(f"{line} {QUICK}")
            check_equal(done.returncode, 0, f"{example}: {done.stdout}{done.stderr}")

    def fields_are_documented(self):
        with open(DOCUMENT, encoding="utf-8") as f:
            documented = set(re.findall(r"`(\w+)`", f.read()))
        # Told once for p50, "and so on".
        documented |= {name.replace("p50", other) for name in documented if name.startswith("latency_") for other in ("p99", "p999", "max")}
        check(len(self.fields) > 20, f"only {self.fields} were seen")
        check_equal(self.fields - documented, set(), f"fields that {DOCUMENT} does not name")

    def refused(self, arguments, *words, url=None):
        done = self.run(arguments, url)
        check_equal(done.returncode, 1, f"{arguments}: {done.stdout}{done.stderr}")
        check(all(word in done.stderr + done.stdout for word in words), f"{arguments}: {done.stdout}{done.stderr}")

    def not_measured(self):
        self.refused("pubsub", "nobody listens there", url="mqtt://127.0.0.1:1")
        # 192.0.2.0/24 is for documents: nothing is sent there without --yes.
        self.refused("pubsub", "192.0.2.1:1883", "--yes", url="mqtt://192.0.2.1")
        self.refused("pubsub --pid 4194305", "cannot read what process 4194305 uses")
        self.refused("idle --conns 150000000", "is not a whole number")


def run_all(report, binary, name, command):
    with brokers.Broker(command) as broker:
        bench = Bench(binary, broker)
        for arguments, expected in SCENARIOS:
            report.run(name, arguments, bench.good, arguments, expected)
        report.run(name, "over WebSocket", bench.websocket)
        if name == "tepore":
            if shutil.which("openssl"):
                report.run(name, "over TLS", bench.tls)
            report.run(name, "the table", bench.table)
            report.run(name, "examples of docs/bench.md", bench.examples_of_the_document)
            report.run(name, "all fields are in docs/bench.md", bench.fields_are_documented)
            report.run(name, "what cannot be measured is told", bench.not_measured)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--report")
    arguments = parser.parse_args()
    report = Report("system_bench")
    run_all(report, arguments.binary, "tepore", brokers.tepore(arguments.binary))
    run_all(report, arguments.binary, "mosquitto", brokers.mosquitto)
    sys.exit(report.finish(arguments.report))


if __name__ == "__main__":
    main()
