"""tepore as a person uses it: commands_test.py /path/to/tepore. Standard library only. Everything on free loopback ports, in a directory of its own."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

TEPORE = sys.argv.pop(1)
PATIENCE_S = 20


def clean_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEPORE_")}
    # What the sanitizers and the test of three workers need.
    kept |= {name: value for name, value in os.environ.items() if name == "TEPORE_BROKER_WORKERS"}
    return kept | {"LANG": "C.UTF-8", "LC_ALL": "", "TZ": "UTC"} | more


def tepore(*arguments, text=None, **environment):
    """Runs a command to its end: exit code, standard output, standard error."""
    done = subprocess.run([TEPORE, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=PATIENCE_S * 3, env=clean_environment(**environment))
    return done.returncode, done.stdout, done.stderr


class Running:
    """A command that runs until it is told to end."""

    def __init__(self, *arguments, **environment):
        self.log = tempfile.NamedTemporaryFile("w+", prefix="tepore_commands_", suffix=".log")
        self.process = subprocess.Popen([TEPORE, *map(str, arguments)], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=clean_environment(**environment))

    def said(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_for(self, pattern):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = re.search(pattern, self.said())
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"'{pattern}' did not appear; exit code {self.process.poll()}:\n{self.said()}")

    def end(self, how=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.log.close()


@contextlib.contextmanager
def running(*arguments, **environment):
    it = Running(*arguments, **environment)
    try:
        yield it
    finally:
        if it.process.poll() is None:
            it.end()


class Directory(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="tepore_commands_")
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(content)
        return self.path(name)


class TheProgram(Directory):
    def test_without_a_command_it_lists_them(self):
        code, _, err = tepore()
        self.assertEqual(code, 1)
        for command in ("run", "broker", "thermostat", "remote", "pub", "sub", "bench", "passwd"):
            self.assertIn(f"  {command} ", err)
        self.assertEqual(tepore("--help")[0], 0)
        self.assertRegex(tepore("--version")[1], r"^tepore \d+\.\d+\.\d+\n$")

    def test_a_mistyped_command_is_suggested(self):
        code, _, err = tepore("brokr")
        self.assertEqual(code, 1)
        self.assertIn("did you mean 'broker'?", err)

    def test_every_command_has_help(self):
        for command in ("run", "broker", "thermostat", "remote", "pub", "sub", "bench", "passwd"):
            code, out, err = tepore(command, "--help")
            self.assertEqual((code, err), (0, ""))
            self.assertIn(f"tepore {command} ", out)
            self.assertTrue(all(len(line) <= 100 for line in out.splitlines()))

    def test_a_wrong_flag_is_usage_a_wrong_file_is_configuration(self):
        code, _, err = tepore("broker", "--lisen", "x")
        self.assertEqual(code, 1)
        self.assertIn("did you mean --listen?", err)
        config = self.write("home.toml", "[broker]\n\nlisen = []\n")
        code, _, err = tepore("broker", "--config", config)
        self.assertEqual(code, 2)
        self.assertIn(f'{config}:3: unknown key "lisen" in [broker]; did you mean "listen"?', err)

    def test_a_broker_open_to_the_network_is_refused_with_advice(self):
        code, _, err = tepore("broker", "--listen", "tcp://0.0.0.0:0")
        self.assertEqual(code, 2)
        self.assertIn("tepore passwd", err)

    def test_check_and_print(self):
        config = self.write("home.toml", "[thermostat]\nspeed = 60\n")
        self.assertEqual(tepore("run", "--config", config, "--check-config")[0], 0)
        code, out, _ = tepore("run", "--print-config", TEPORE_CONFIG=config, TEPORE_LOG_LEVEL="error")
        self.assertEqual(code, 0)
        self.assertIn(f"speed = 60.0  # {config}:2\n", out)
        self.assertIn('level = "error"  # TEPORE_LOG_LEVEL\n', out)

    def test_an_occupied_port_and_an_impossible_directory(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            code, _, err = tepore("broker", "--listen", f"tcp://127.0.0.1:{port}")
        self.assertEqual(code, 3)
        self.assertIn(f"127.0.0.1:{port}", err)
        self.write("file", "")
        for command in (["broker", "--listen", "tcp://127.0.0.1:0"], ["thermostat"]):
            code, _, err = tepore(*command, "--data", self.path("file/below"))
            self.assertEqual(code, 4)
            self.assertIn(self.path("file/below"), err)


class Broker(Directory):
    """A broker of our own on a free port."""

    def setUp(self):
        super().setUp()
        self.broker = Running("broker", "--listen", "tcp://127.0.0.1:0", *self.more_flags())
        self.addCleanup(lambda: self.assertEqual(self.broker.end(), 0))
        self.port = self.broker.wait_for(r"listening on tcp://127\.0\.0\.1:(\d+)")[1]

    def more_flags(self):
        return []

    def pub(self, *arguments, **more):
        return tepore("pub", "-p", self.port, *arguments, **more)

    def sub(self, *arguments, **more):
        return tepore("sub", "-p", self.port, *arguments, **more)

    def listening(self, *arguments):
        """A `tepore sub` that is subscribed already."""
        it = Running("sub", "-p", self.port, "-d", *arguments)
        self.addCleanup(it.end)
        it.wait_for("connected as")
        time.sleep(0.2)  # its SUBSCRIBE is on the way
        return it


class PubAndSub(Broker):
    def test_a_retained_message_arrives_as_it_was_sent(self):
        self.assertEqual(self.pub("-t", "a/b", "-m", "è qui", "-q", "1", "-r"), (0, "", ""))
        self.assertEqual(self.sub("-t", "a/+", "-C", "1"), (0, "è qui\n", ""))
        self.assertEqual(self.sub("-t", "a/+", "-C", "1", "-v", "-N"), (0, "a/b è qui", ""))
        self.assertEqual(self.sub("-t", "a/+", "-C", "1", "-F", "%t|%p|%r|%l"), (0, "a/b|è qui|1|6\n", ""))
        as_json = json.loads(self.sub("-t", "a/+", "-C", "1", "-F", "%j")[1])
        self.assertEqual((as_json["topic"], as_json["payload"], as_json["retain"]), ("a/b", "è qui", 1))

    def test_remove_retained(self):
        self.pub("-t", "a/b", "-m", "x", "-r")
        self.assertEqual(self.sub("-t", "#", "--remove-retained", "-C", "1")[0], 0)
        self.assertEqual(self.sub("-t", "#", "-W", "1")[0], 27)

    def test_messages_from_a_file_from_input_and_line_by_line(self):
        content = "one\n\ntwo\r\nthree"
        self.assertEqual(self.pub("-t", "f", "-r", "-q", "1", "-f", self.write("message", content))[0], 0)
        self.assertEqual(self.sub("-t", "f", "-C", "1", "-N")[1].encode(), content.encode().replace(b"\r\n", b"\n"))  # text mode reads \r\n as \n
        self.assertEqual(self.pub("-t", "s", "-r", "-q", "2", "-s", text=content)[0], 0)
        self.assertEqual(self.sub("-t", "s", "-C", "1", "-F", "%l")[1], f"{len(content)}\n")
        listener = self.listening("-t", "l", "-q", "1")
        self.assertEqual(self.pub("-t", "l", "-q", "1", "-l", text=content)[0], 0)
        listener.wait_for("one\ntwo\nthree\n")

    def test_many_lines_arrive_all_and_in_order(self):
        listener = self.listening("-t", "l", "-q", "1")
        lines = "".join(f"{n}\n" for n in range(5000))
        self.assertEqual(self.pub("-t", "l", "-q", "1", "-l", text=lines)[0], 0)
        listener.wait_for(r"\n4999\n")
        self.assertTrue(listener.said().endswith(lines))

    def test_exit_codes(self):
        self.assertEqual(self.sub("-t", "nothing", "-W", "1")[0], 27)
        self.assertEqual(self.sub("-t", "a", "-E")[0], 0)
        self.assertEqual(self.sub()[0], 1)
        self.assertEqual(self.pub("-t", "a/#", "-m", "x")[0], 1)
        code, _, err = tepore("pub", "-p", "1", "-t", "a", "-m", "x")
        self.assertEqual(code, 1)
        self.assertIn("cannot connect", err)
        self.assertEqual(tepore("pub", "-p", "1", "-t", "a", "-m", "x", "--quiet")[2], "")
        code, _, err = self.pub("-t", "a", "-f", self.path("none"))
        self.assertEqual(code, 1)
        self.assertIn(self.path("none"), err)

    def test_a_signal_ends_a_listener_in_order(self):
        listener = self.listening("-t", "a")
        self.assertEqual(listener.end(signal.SIGTERM), 0)

    def test_a_will_is_published_when_the_client_is_killed(self):
        witness = self.listening("-t", "will", "-q", "1")
        victim = Running("sub", "-p", self.port, "-t", "x", "-d", "--will-topic", "will", "--will-payload", "gone", "--will-qos", "1")
        victim.wait_for("connected as")
        victim.end(signal.SIGKILL)
        witness.wait_for("gone\n")


class Users(Broker):
    def more_flags(self):
        self.users = self.path("users")
        self.assertEqual(tepore("passwd", self.users, "amy", text="secret\n")[0], 0)
        self.assertEqual(tepore("passwd", self.users, "bob", text="other\n")[0], 0)
        return ["--users-file", self.users]

    def test_who_has_a_password_comes_in(self):
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-q", "1", "-u", "amy", "-P", "secret")[0], 0)
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-q", "1", "-u", "amy", TEPORE_MQTT_PASSWORD="secret")[0], 0)

    def test_who_has_none_is_told_by_the_exit_code(self):
        self.assertEqual(self.pub("-t", "a", "-m", "x")[0], 5)
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-u", "amy", "-P", "wrong")[0], 4)
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-u", "eve", "-P", "secret")[0], 4)

    def test_the_file_is_private_holds_no_password_and_can_be_changed(self):
        self.assertEqual(os.stat(self.users).st_mode & 0o777, 0o600)
        with open(self.users, encoding="utf-8") as users:
            content = users.read()
        self.assertNotIn("secret", content)
        self.assertEqual([line.split("$")[0:2] for line in content.splitlines()], [["amy:", "argon2id"], ["bob:", "argon2id"]])
        self.assertEqual(content.count(":SCRAM-SHA-256$"), 2)
        self.assertEqual(tepore("passwd", "-D", self.users, "bob")[0], 0)
        self.assertNotEqual(tepore("passwd", "-D", self.users, "bob")[0], 0)
        self.assertNotEqual(tepore("passwd", self.users, "a:b", text="x\n")[0], 0)
        self.assertNotEqual(tepore("passwd", self.users, "amy", text="\n")[0], 0)


class Scram(Users):
    """SCRAM-SHA-256, and where passwords are not taken any more."""

    def more_flags(self):
        flags = super().more_flags()
        self.assertEqual(tepore("passwd", "--iterations", "4096", self.users, "amy", text="secret\n")[0], 0)
        return flags

    def test_the_password_opens_the_door_without_being_sent(self):
        listener = self.listening("-t", "#", "-v", "-u", "bob", "-P", "other", "--scram")
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-q", "2", "-u", "amy", "-P", "secret", "--scram")[0], 0)
        self.assertEqual(self.pub("-L", f"mqtt://amy:secret@127.0.0.1:{self.port}/a", "-m", "y", "-q", "1", "--scram")[0], 0)
        listener.wait_for("a x\na y\n")
        self.broker.wait_for("connected")
        self.assertNotIn("secret", self.broker.said())

    def test_a_wrong_password_and_a_stranger_are_refused_alike(self):
        for name, password in (("amy", "wrong"), ("bob", "wrong"), ("eve", "secret")):
            code, _, err = self.pub("-t", "a", "-m", "x", "-u", name, "-P", password, "--scram")
            self.assertEqual((code, "Not authorized" in err), (0x87, True), err)
        self.broker.wait_for("unknown user or wrong password \\(user 'eve'\\)")

    def test_a_password_that_scram_cannot_use_is_told_before_anything_is_sent(self):
        code, _, err = self.pub("-t", "a", "-m", "x", "-u", "amy", "-P", "\ufb01", "--scram")
        self.assertNotEqual(code, 0)
        self.assertIn("U+FB01", err)
        code, _, err = tepore("passwd", self.users, "fi", text="\ufb01\n")
        self.assertEqual(code, 0)
        self.assertIn("not by SCRAM-SHA-256", err)

    def test_the_count_of_iterations_is_checked(self):
        for count in ("4095", "1000001", "many"):
            self.assertEqual(tepore("passwd", "--iterations", count, self.users, "amy", text="x\n")[0], 1)


class ScramOnly(Scram):
    def more_flags(self):
        return super().more_flags() + ["--password-login=false"]

    def test_who_has_a_password_comes_in(self):
        for version in ("311", "5"):
            self.assertNotEqual(self.pub("-t", "a", "-m", "x", "-V", version, "-u", "amy", "-P", "secret")[0], 0)

    def test_who_has_none_is_told_by_the_exit_code(self):
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-u", "amy", "-P", "secret")[0], 5)
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-V", "5", "-u", "amy", "-P", "secret")[0], 0x87)


class OldUsersFile(Broker):
    """A users file from before there was SCRAM."""

    def more_flags(self):
        self.users = self.path("users")
        self.assertEqual(tepore("passwd", self.users, "amy", text="secret\n")[0], 0)
        with open(self.users, encoding="utf-8") as users:
            old = users.read().split(":SCRAM")[0] + "\n"
        self.write("users", old)
        return ["--users-file", self.users]

    def test_password_logins_go_on_and_the_log_says_what_scram_needs(self):
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-q", "1", "-u", "amy", "-P", "secret")[0], 0)
        self.assertEqual(self.pub("-t", "a", "-m", "x", "-q", "1", "-u", "amy", "-P", "secret", "--scram")[0], 0x87)
        self.broker.wait_for("user 'amy' cannot log in by SCRAM-SHA-256 before the password is set anew with tepore passwd")


class TheWholeHouse(Directory):
    """tepore run, and a remote control in front of it."""

    def setUp(self):
        super().setUp()
        self.house = Running("run", "--data", self.path("data"), "--mqtt-port", "0", "--http-port", "0", "--speed", "60")
        self.addCleanup(lambda: self.assertEqual(self.house.end(), 0))
        self.house.wait_for("Ctrl-C")
        self.broker = "mqtt://127.0.0.1:" + self.house.wait_for(r"tcp://127\.0\.0\.1:(\d+)")[1]

    def remote(self, *arguments, **more):
        return tepore("remote", "--broker", self.broker, *arguments, **more)

    def state(self):
        code, out, err = self.remote("--json", "--once")
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def test_a_command_is_obeyed_and_seen(self):
        code, out, _ = self.remote("--mode", "heat", "--set", "22,5")
        self.assertEqual((code, out), (0, "mode heat: done\nset point 22,5: done\n"))
        state = self.state()
        self.assertEqual((state["online"], state["setpoint"], state["mode"]), (True, 22.5, "heat"))

    def test_a_bad_command_is_refused_in_words(self):
        code, out, err = self.remote("--set", "99")
        self.assertEqual((code, out), (6, ""))
        self.assertIn("above the maximum", err)
        self.assertIn("non è un numero", self.remote("--set", "abc", "--language", "it")[2])

    def test_a_thermostat_that_is_not_there(self):
        code, _, err = self.remote("--uid", "nobody", "--set", "21")
        self.assertEqual(code, 6)
        self.assertIn("nobody", err)

    def test_plain_lines_for_screen_readers(self):
        code, out, _ = self.remote("--plain", "--language", "it", text="23\nmodo spento\nq\n")
        self.assertEqual(code, 0)
        with subprocess.Popen([TEPORE, "remote", "--broker", self.broker, "--plain"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment()) as plain:
            heard = iter(plain.stdout.readline, "")
            for line in heard:
                if line.startswith("Set point"):
                    break
            plain.stdin.write("24\n")
            plain.stdin.flush()
            self.assertTrue(any(line == "set point 24: done\n" for line in heard))
            plain.stdin.close()
            self.assertEqual(plain.wait(PATIENCE_S), 0)

    def test_a_line_of_json_for_each_change(self):
        with subprocess.Popen([TEPORE, "remote", "--broker", self.broker, "--json"], stdout=subprocess.PIPE, text=True, env=clean_environment()) as stream:
            lines = iter(stream.stdout.readline, "")
            self.assertTrue(any(json.loads(line)["online"] for line in lines))
            self.remote("--set", "23.5")
            self.assertTrue(any(json.loads(line)["setpoint"] == 23.5 for line in lines))
            stream.send_signal(signal.SIGTERM)
            stream.stdout.read()
            self.assertEqual(stream.wait(PATIENCE_S), 0)

    def test_the_screen_is_drawn_obeys_keys_and_gives_the_terminal_back(self):
        self.remote("--set", "20")
        child, terminal = pty.fork()
        if child == 0:
            os.execve(TEPORE, [TEPORE, "remote", "--broker", self.broker], clean_environment(TERM="xterm-256color"))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        drawn = b""

        def read_until(wanted):
            nonlocal drawn
            until = time.monotonic() + PATIENCE_S
            while wanted not in drawn and time.monotonic() < until:
                if select.select([terminal], [], [], 0.1)[0]:
                    with contextlib.suppress(OSError):
                        part = os.read(terminal, 65536)
                        drawn += part
            self.assertIn(wanted, drawn)

        read_until("20.0 °C".encode())
        drawn = b""
        os.write(terminal, b"++")
        read_until("21.0 °C".encode())
        read_until(b"done")
        drawn = b""
        os.write(terminal, b"q")
        read_until(b"\033[?1049l")
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        os.close(terminal)
        self.assertEqual(self.state()["setpoint"], 21.0)

    def test_its_state_survives_a_restart(self):
        self.remote("--set", "18.5")
        self.assertEqual(self.house.end(), 0)
        self.house = Running("run", "--data", self.path("data"), "--mqtt-port", "0", "--http-port", "0")
        self.house.wait_for("Ctrl-C")
        self.broker = "mqtt://127.0.0.1:" + self.house.wait_for(r"tcp://127\.0\.0\.1:(\d+)")[1]
        self.assertEqual(self.state()["setpoint"], 18.5)

    def test_the_thermostat_alone_on_another_broker_shows_its_end(self):
        with running("thermostat", "--broker", self.broker, "--uid", "other"):
            until = time.monotonic() + PATIENCE_S
            while self.remote("--uid", "other", "--json", "--once")[0] != 0 and time.monotonic() < until:
                pass
        code, out, _ = self.remote("--uid", "other", "--json", "--once")
        self.assertEqual((code, json.loads(out)["online"]), (0, False))




if __name__ == "__main__":
    program = unittest.main(verbosity=2, exit=False)
    result = program.result
    bad = len(result.failures) + len(result.errors)
    print(f"# pass {result.testsRun - bad}\n# fail {bad}")
    sys.exit(0 if bad == 0 else 1)
