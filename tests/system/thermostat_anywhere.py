#!/usr/bin/python3
"""The thermostat, and our command-line tools beside it, do the same with our broker and with Debian's mosquitto.

    thermostat_anywhere.py --binary build/dev/tepore

Everything is watched from outside, through Paho Python.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import brokers  # noqa: E402
from support.report import Report, check, check_equal  # noqa: E402
from support.watcher import Watcher  # noqa: E402

D = "home1/thermostat"
SPEED = 120  # simulated seconds in a second: the room answers while a test waits
LIMIT_S = 20
SETTLE_S = 0.7  # long enough for a second result to show itself
SCALARS = ("temperature", "humidity", "setpoint", "mode", "preset", "action", "demand", "reason", "window", "sensor")


class Thermostat:
    """The thermostat's process; its state directory outlives it."""

    def __init__(self, binary, port, data, *flags):
        self.command = [binary, "thermostat", "--broker", f"mqtt://127.0.0.1:{port}", "--data", data, "--speed", str(SPEED), *flags]
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the thermostat did not end within {LIMIT_S} s") from None


class Anywhere:
    def __init__(self, binary, broker):
        self.binary, self.broker = binary, broker
        self.data = tempfile.mkdtemp(prefix="tepore-thermostat-")
        self.watcher = Watcher(broker.tcp_port)
        # Found by a thermostat that starts: a command that waits in the broker is a command of yesterday.
        self.watcher.publish(f"{D}/setpoint/set", "25", retain=True)
        self.thermostat = Thermostat(binary, broker.tcp_port, self.data)

    def close(self):
        self.thermostat.kill()
        self.watcher.close()
        shutil.rmtree(self.data, ignore_errors=True)

    def command(self, name, payload):
        """Sends a command; its one result, and the state topic that is published again."""
        since = self.watcher.mark()
        self.watcher.publish(f"{D}/{name}/set", payload)
        self.watcher.wait(f"{D}/result", since=since)
        results = [json.loads(one) for one in self.watcher.all_on(f"{D}/result", since, SETTLE_S)]
        check_equal(len(results), 1, f"results of {name}/set {payload!r}: {results}")
        check_equal(results[0]["topic"], f"{D}/{name}/set", "topic of the result")
        return results[0], since

    def refused(self, name, payload, error):
        before = self.watcher.latest(f"{D}/{name}")
        result, since = self.command(name, payload)
        check_equal((result["ok"], result.get("error")), (False, error), f"result of {name}/set {payload!r}")
        check(result.get("message"), f"a refusal without words: {result}")
        if before is not None:
            check_equal(self.watcher.wait(f"{D}/{name}", since=since).payload, before, f"{name} after a refused command")
        return result

    # ---- the cases ---------------------------------------------------------------------------------------------------------------------------

    def says_everything(self):
        self.watcher.wait(f"{D}/online", lambda payload: payload == "true")
        for name in SCALARS:
            self.watcher.wait(f"{D}/{name}")
        order = [one.topic for one in self.watcher.seen]
        check(order.index(f"{D}/setpoint") < order.index(f"{D}/online"), "online was said before the state was complete")
        info = json.loads(self.watcher.wait(f"{D}/info").payload)
        check_equal((info["uid"], info["contract"]), ("home1", 1), "info")

    def retained_command(self):
        result = json.loads(self.watcher.wait(f"{D}/result").payload)
        check_equal((result["topic"], result["ok"], result["error"]), (f"{D}/setpoint/set", False, "retained"), "result")
        alarm = json.loads(self.watcher.wait(f"{D}/alarm/command_retained", bool).payload)
        check("setpoint/set" in json.dumps(alarm), f"the alarm does not name the topic: {alarm}")
        check_equal(len(self.watcher.all_on(f"{D}/result", 0, SETTLE_S)), 1, "results of one retained command")
        check_equal(float(self.watcher.latest(f"{D}/setpoint")), 20.0, "set point: the old command was obeyed")
        since = self.watcher.mark()
        self.watcher.publish(f"{D}/setpoint/set", "", retain=True)  # as the text of the refusal advises
        check(json.loads(self.watcher.wait(f"{D}/result", since=since).payload)["ok"], "clearing the retained command was refused")
        self.watcher.wait(f"{D}/alarm/command_retained", lambda payload: payload == "", since=since)

    def set_point(self):
        result, since = self.command("setpoint", "21.5")
        check_equal((result["ok"], float(result["value"]), float(result["was"])), (True, 21.5, 20.0), "result")
        self.watcher.wait(f"{D}/setpoint", lambda payload: float(payload) == 21.5, since=since)
        result, _ = self.command("setpoint", "22,5")  # as Italians write it
        check_equal(float(result["value"]), 22.5, "set point with a comma")
        result, _ = self.command("setpoint", "-1.5")
        check_equal(float(result["value"]), 21.0, "set point by steps")

    def abc(self):
        result = self.refused("setpoint", "abc", "not_a_number")
        check_equal(result.get("got"), "abc", "got")
        check("21.5" in result["message"], f"the message does not show what was expected: {result}")

    def other_refusals(self):
        self.refused("setpoint", "99", "out_of_range")
        self.refused("setpoint", "nan", "not_a_number")
        self.refused("mode", "warm", "unknown_value")
        self.refused("preset", "party", "unknown_value")
        self.refused("schedule", "{not json", "bad_json")
        self.refused("teapot", "on", "unknown_topic")
        self.refused("setpoint", "1" * 5_000, "too_large")
        self.refused("setpoint", b"\xff\xfe", "not_utf8")

    def heats(self):
        self.command("setpoint", "24")
        since = self.watcher.mark()
        self.watcher.wait(f"{D}/action", lambda payload: payload == "heating", since=0)
        first = float(self.watcher.latest(f"{D}/temperature"))
        self.watcher.wait(f"{D}/temperature", lambda payload: payload != "None" and float(payload) > first + 0.3, since=since, limit_s=60, what="that is warmer")

    def killed_and_back(self):
        since = self.watcher.mark()
        self.thermostat.kill()
        self.watcher.wait(f"{D}/online", lambda payload: payload == "false", since=since)
        since = self.watcher.mark()
        self.thermostat.start()
        self.watcher.wait(f"{D}/online", lambda payload: payload == "true", since=since)
        check_equal(float(self.watcher.wait(f"{D}/setpoint", since=since).payload), 24.0, "set point after the restart")

    def without_broker(self):
        """It keeps running while the broker is gone, and says everything again when it is back."""
        self.broker.kill()
        time.sleep(1.5)
        check(self.thermostat.process.poll() is None, "the thermostat ended with the broker")
        since = self.watcher.mark()
        self.broker.start()
        self.watcher.wait(f"{D}/online", lambda payload: payload == "true", since=since, limit_s=60)
        for name in SCALARS:
            self.watcher.wait(f"{D}/{name}", since=since)
        result, _ = self.command("setpoint", "19")
        check(result["ok"], f"a command after the broker's return: {result}")

    def sub_and_pub(self):
        """`tepore sub` prints the state, `tepore pub` changes it."""
        port = str(self.broker.tcp_port)
        shown = subprocess.run([self.binary, "sub", "-p", port, "-t", f"{D}/setpoint", "-C", "1", "-v", "-W", "10"], capture_output=True, text=True, timeout=LIMIT_S)
        check_equal((shown.returncode, shown.stdout.split()[0]), (0, f"{D}/setpoint"), f"tepore sub, which said {shown.stderr!r}")
        check_equal(float(shown.stdout.split()[1]), 19.0, "set point that tepore sub shows")
        since = self.watcher.mark()
        told = subprocess.run([self.binary, "pub", "-p", port, "-t", f"{D}/setpoint/set", "-m", "18", "-q", "1"], capture_output=True, text=True, timeout=LIMIT_S)
        check_equal(told.returncode, 0, f"tepore pub, which said {told.stderr!r}")
        self.watcher.wait(f"{D}/setpoint", lambda payload: float(payload) == 18.0, since=since)

    def polite_end(self):
        since = self.watcher.mark()
        check_equal(self.thermostat.stop(), 0, "exit code of the thermostat")
        self.watcher.wait(f"{D}/online", lambda payload: payload == "false", since=since)

    CASES = (
        ("says its whole state, then online", says_everything),
        ("a retained command: one refusal, an alarm, nothing obeyed", retained_command),
        ("set point: accepted in three ways, one result each", set_point),
        ("set point abc: one refusal in words", abc),
        ("other bad commands: one refusal each", other_refusals),
        ("a higher set point warms the room", heats),
        ("killed: offline by its will; back: its set point is remembered", killed_and_back),
        ("the broker goes and comes back", without_broker),
        ("tepore sub shows the state, tepore pub changes it", sub_and_pub),
        ("ended politely: offline without its will", polite_end),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the tepore program")
    parser.add_argument("--only", choices=("tepore", "mosquitto"), help="one of the brokers")
    parser.add_argument("--report", help="write JUnit XML here")
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.binary)
    report = Report("thermostat_anywhere")
    for name, command in (("tepore", brokers.tepore(binary)), ("mosquitto", brokers.mosquitto)):
        if arguments.only in (None, name):
            with brokers.Broker(command) as broker:
                run_all(report, f"on {name}", Anywhere(binary, broker))
    return report.finish(arguments.report)


def run_all(report, where, anywhere):
    try:
        report.run_cases(where, anywhere)
    finally:
        anywhere.close()


if __name__ == "__main__":
    sys.exit(main())
