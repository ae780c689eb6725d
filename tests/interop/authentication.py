#!/usr/bin/env python3
"""A foreign client logs in to the broker by SCRAM-SHA-256 and authenticates again: authentication.py TEPORE WORK_DIRECTORY. Exit code 77: skipped."""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.dirname(HERE))

import run  # noqa: E402
from support import brokers  # noqa: E402


def main(binary, work):
    if not shutil.which("npm"):
        return 77
    os.makedirs(work, exist_ok=True)
    try:
        environment = dict(os.environ, INTEROP_NODE_MODULES=run.node_modules(work))
    except run.Skipped as why:
        print(why)
        return 77
    with tempfile.TemporaryDirectory() as directory:
        users = os.path.join(directory, "users")
        subprocess.run([binary, "passwd", users, "amy"], input="perché\n", text=True, check=True)
        failures = 0
        with brokers.Broker(brokers.tepore(binary, 3, f"--users-file {users} --password-login=false")) as broker:
            for scheme, port in (("mqtt", broker.tcp_port), ("ws", broker.ws_port)):
                for password, expected in (("perché", "done"), ("wrong", f"refused {0x87}")):
                    agent = ["node", os.path.join(run.AGENTS, "scram_mqtt_js.cjs"), f"{scheme}://127.0.0.1:{port}/mqtt", "amy", password]
                    done = subprocess.run(agent, env=environment, capture_output=True, text=True, timeout=60)
                    good = done.stdout.strip() == expected
                    failures += not good
                    print(f"{'ok' if good else 'FAILED'}: {scheme} '{password}': {done.stdout.strip()} {done.stderr.strip()}")
            if failures:
                print(broker.log()[-3000:])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.path.abspath(sys.argv[2])))
