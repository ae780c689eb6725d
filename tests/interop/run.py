#!/usr/bin/env python3
"""Foreign MQTT clients against a broker, over TCP and WebSocket, MQTT 3.1.1 and 5.0.

    run.py --binary build/dev/tepore --agents build/dev/tests/interop           every client but Paho Go
    run.py --mosquitto --only paho-c-sync,mqtt-js                               the tests themselves, tried on Debian's broker
    run.py --tcp 127.0.0.1:1883 --ws 127.0.0.1:8080 --only paho-go              a broker that runs already

Needs Debian's mosquitto-clients, python3-paho-mqtt, nodejs and npm; the C and C++ agents are built by CMake; Paho Go needs golang-go and
golang-github-eclipse-paho.mqtt.golang-dev and is run only when named, because its tool chain is heavy.
"""

import argparse
import concurrent.futures
import filecmp
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.dirname(HERE))

from agent import Agent  # noqa: E402
from mosquitto_tools import Tools  # noqa: E402
from raw_websocket import RawWebSocket  # noqa: E402
from scenario import Scenario  # noqa: E402
from scenario5 import Scenario5  # noqa: E402
from support import brokers  # noqa: E402
from support.report import Report  # noqa: E402

AGENTS = os.path.join(HERE, "agents")
AT_ONCE = 5  # runs side by side; most of their time is waiting


class Skipped(Exception):
    """The client cannot be tried here, and why."""


class Client:
    """One foreign client: how its agent is made, and what it speaks."""

    def __init__(self, name, command, transports=("tcp", "ws"), levels=(4, 5), scheme="tcp", by_name_only=False, properties=False):
        self.name, self.command, self.transports, self.levels = name, command, transports, levels
        self.scheme = scheme  # how its library writes an address without TLS
        self.by_name_only = by_name_only
        self.properties = properties  # its agent knows those of 5.0


def node_modules(work):
    """Installs the npm clients as the lock file says, once."""
    folder = os.path.join(work, "interop_node")
    lock = os.path.join(AGENTS, "package-lock.json")
    installed = os.path.join(folder, "installed-lock.json")
    if not os.path.exists(installed) or not filecmp.cmp(lock, installed, shallow=False):
        os.makedirs(folder, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(os.path.join(AGENTS, name), folder)
        done = subprocess.run(["npm", "ci", "--silent"], cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise Skipped(f"npm ci failed: {done.stderr.strip()[-500:]}")
        shutil.copy(lock, installed)
    return folder


def go_agent(work):
    if not shutil.which("go"):
        raise Skipped("golang-go is not installed")
    program = os.path.join(work, "interop_paho_go")
    environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOFLAGS="", GOCACHE=os.path.join(work, "interop_go_cache"))
    source = os.path.join(AGENTS, "paho_go", "main.go")
    done = subprocess.run(["go", "build", "-o", program, source], env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise Skipped(f"go build failed: {done.stderr.strip()[-500:]}")
    return [program]


def built(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        raise Skipped(f"{path} is not built (is the library installed?)")
    return [path]


def all_clients(arguments):
    node = shutil.which("node") or shutil.which("nodejs") or "node"

    def javascript(file):
        return lambda: ["env", f"INTEROP_NODE_MODULES={node_modules(arguments.work)}", node, os.path.join(AGENTS, file)]

    return [
        Client("paho-c-sync", lambda: built(arguments.agents, "interop_paho_c_sync")),
        Client("paho-c-async", lambda: built(arguments.agents, "interop_paho_c_async"), properties=True),
        Client("paho-cpp", lambda: built(arguments.agents, "interop_paho_cpp")),
        Client("paho-python", lambda: ["/usr/bin/python3", os.path.join(AGENTS, "paho_python.py")], properties=True),
        Client("mqtt-js", javascript("mqtt_js.cjs"), scheme="mqtt", properties=True),
        Client("paho-js", javascript("paho_js.cjs"), transports=("ws",), levels=(4,)),
        Client("paho-go", lambda: go_agent(arguments.work), levels=(4,), by_name_only=True),
    ]


OTHERS = ("mosquitto-tools", "raw-websocket")


def plan(arguments, tcp, ws, report):
    """The runs: (where, callable). A client that was asked for and cannot run is a failure, not a silence."""
    clients = all_clients(arguments)
    names = [client.name for client in clients]
    wanted = arguments.only.split(",") if arguments.only else [c.name for c in clients if not c.by_name_only] + list(OTHERS)
    for name in wanted:
        if name not in names and name not in OTHERS:
            raise SystemExit(f"no client '{name}'; there are {', '.join([*names, *OTHERS])}")
    runs = []
    for client in clients:
        if client.name not in wanted:
            continue
        try:
            command = client.command()
        except (Skipped, OSError, subprocess.TimeoutExpired) as why:
            report.add(client.name, "can be tried here", 0.0, str(why))
            continue
        for transport in client.transports:
            address = f"{client.scheme}://{tcp[0]}:{tcp[1]}" if transport == "tcp" else f"ws://{ws[0]}:{ws[1]}/mqtt"
            for level in client.levels:
                where = f"{client.name} {transport} {'5.0' if level == 5 else '3.1.1'}"
                full = [*command, address, str(level)]
                prefix = f"interop/{client.name}-{transport}-{level}"
                runs.append((where, lambda f=full, p=prefix, w=where: Scenario(lambda: Agent(f), p).run(report, w)))
                if level == 5 and client.properties:
                    runs.append((where, lambda f=full, p=prefix, w=where: Scenario5(lambda: Agent(f), f"{p}p").run(report, f"{w} properties")))
    if "mosquitto-tools" in wanted:
        for version, name in (("311", "3.1.1"), ("5", "5.0")):
            where = f"mosquitto_pub/sub tcp {name}"
            runs.append((where, lambda v=version, w=where: Tools(tcp[1], v, f"interop/mosquitto-{v}", arguments.work).run(report, w)))
    if "raw-websocket" in wanted:
        runs.append(("raw WebSocket", lambda: RawWebSocket(int(ws[1]), "interop/raw").run(report, "raw WebSocket")))
    return runs


def address(text):
    host, _, port = text.rpartition(":")
    return host or "127.0.0.1", int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    brokers.add_broker_arguments(parser)
    parser.add_argument("--tcp", type=address, help="host:port of a broker that runs already")
    parser.add_argument("--ws", type=address, help="host:port of its WebSocket listener (/mqtt)")
    parser.add_argument("--agents", default=os.path.join(HERE, "../../build/dev/tests/interop"), help="where the C and C++ agents are built")
    parser.add_argument("--work", default=os.path.join(HERE, "../../build/interop"), help="where npm and Go put what they make")
    parser.add_argument("--only", help="comma-separated clients")
    parser.add_argument("--report", help="write JUnit XML here")
    arguments = parser.parse_args()
    arguments.work = os.path.abspath(arguments.work)
    os.makedirs(arguments.work, exist_ok=True)

    report = Report("interop")
    if arguments.tcp:
        work_through(plan(arguments, arguments.tcp, arguments.ws or arguments.tcp, report))
        return report.finish(arguments.report)
    with brokers.Broker(brokers.broker_command(arguments)) as broker:
        work_through(plan(arguments, ("127.0.0.1", broker.tcp_port), ("127.0.0.1", broker.ws_port), report))
        code = broker.stop()
        report.add("broker", "ends cleanly on SIGTERM", 0.0, None if code == 0 else f"exit code {code}\n{broker.log()[-2000:]}")
    return report.finish(arguments.report)


def work_through(runs):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for one in [pool.submit(run) for _, run in runs]:
            one.result()


if __name__ == "__main__":
    sys.exit(main())
