#!/usr/bin/env python3
"""Starts a broker and a load test against it.

    run.py --binary build/dev/tepore --load build/dev/tests/load/tepore_load --workers 3 chaos --seed 7
    run.py --mosquitto --load build/dev/tests/load/tepore_load many

What follows the name of the test goes to tepore_load. Without --seed, chaos and garbage take a new one each time and print it.
"""

import argparse
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import brokers  # noqa: E402

LIMIT_S = 280
SKIPPED = 77  # CTest's SKIP_RETURN_CODE


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    brokers.add_broker_arguments(parser)
    parser.add_argument("--load", required=True, help="the tepore_load program")
    parser.add_argument("test", choices=("many", "chaos", "garbage"))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    rest = arguments.rest
    if "--seed" not in rest:
        rest = [*rest, "--seed", str(random.randrange(1, 1_000_000))]
    try:
        started = brokers.Broker(brokers.broker_command(arguments))
    except RuntimeError as why:
        if "io_uring cannot be used" not in str(why):
            raise
        print(f"SKIPPED: {why}")
        return SKIPPED
    with started as broker:
        ports = ["--port", str(broker.tcp_port)]
        if arguments.test == "garbage":
            ports += ["--ws-port", str(broker.ws_port)]
        command = [arguments.load, arguments.test, *ports, *rest]
        print(" ".join(command), flush=True)
        code = subprocess.run(command, timeout=LIMIT_S).returncode
        stopped = broker.stop()
        if stopped != 0:
            print(f"the broker ended with {stopped} instead of 0")
        if code != 0 or stopped != 0:
            print(broker.log()[-5000:])
    print(f"load {arguments.test}: {'1 passed, 0 failed' if code == 0 and stopped == 0 else '0 passed, 1 failed'}")
    return 0 if code == 0 and stopped == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
