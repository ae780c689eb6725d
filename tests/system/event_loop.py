#!/usr/bin/python3
"""The broker's event loop on kernels that have io_uring, have none, or forbid it: a seccomp filter plays those that this machine is not.

    event_loop.py --binary build/dev/tepore
    event_loop.py --without-io-uring 38 COMMAND...   (runs it where io_uring_setup fails with this errno)
"""

import ctypes
import errno
import os
import shlex
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import brokers  # noqa: E402
from support.report import Report, binary_and_report, check  # noqa: E402

LIMIT_S = 20
START = 3  # exit code
RESTARTS = 20  # each looks at a moment of some milliseconds

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
IO_URING_SETUP = 425  # on every architecture


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jump_true", ctypes.c_uint8), ("jump_false", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(Instruction))]


def run_without_io_uring(error, command):
    load_number, equal, answer = 0x20, 0x15, 0x06  # BPF: the system call's number; is it this one; what then
    allow, fail = 0x7FFF0000, 0x00050000
    steps = (Instruction * 4)(
        Instruction(load_number, 0, 0, 0),
        Instruction(equal, 0, 1, IO_URING_SETUP),
        Instruction(answer, 0, 0, fail | error),
        Instruction(answer, 0, 0, allow),
    )
    libc = ctypes.CDLL(None, use_errno=True)
    program = Program(4, steps)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise SystemExit(f"no seccomp filter here: {os.strerror(ctypes.get_errno())}")
    os.execv(command[0], command)


def without_io_uring(error, command):
    return f"{shlex.quote(sys.executable)} {shlex.quote(os.path.abspath(__file__))} --without-io-uring {error} {command}"


WITHOUT = ((errno.ENOSYS, "the kernel has none"), (errno.EPERM, "it is forbidden here"), (errno.EINVAL, "the kernel is older than 6.1"))


class EventLoop:
    def __init__(self, binary):
        self.binary = binary

    def starts(self, command, *words):
        with brokers.Broker(command) as broker:
            with socket.create_connection(("127.0.0.1", broker.tcp_port), timeout=LIMIT_S) as client:
                client.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a" + b"\xc0\x00")  # CONNECT, PINGREQ
                answer = b""
                while len(answer) < 6:
                    got = client.recv(6)
                    check(got, f"the broker ended the connection after {answer!r}")
                    answer += got
            check(answer == b"\x20\x02\x00\x00\xd0\x00", f"CONNACK and PINGRESP expected, not {answer!r}")
            check(broker.stop() == 0, "the broker did not end with 0")
            for word in words:
                check(word in broker.log(), f"'{word}' expected in the log:\n{broker.log()}")

    def broker(self, kind):
        return brokers.tepore(self.binary, 2, f"--event-loop {kind}")

    def as_it_is(self):
        """auto and epoll always start."""
        self.starts(self.broker("epoll"), "the event loop is epoll")
        self.starts(self.broker("auto"), f"the event loop is {'io_uring' if self.has_io_uring() else 'epoll'}")

    def has_io_uring(self):
        try:
            with brokers.Broker(self.broker("io_uring")):
                return True
        except RuntimeError as why:
            if "io_uring cannot be used" not in str(why):
                raise
            print(f"this machine has no io_uring to try: {why}")
            return False

    def where_there_is_none(self):
        for error, words in WITHOUT:
            self.starts(without_io_uring(error, self.broker("auto")), f"the event loop is epoll: io_uring cannot be used: {words}")

    def asked_for_in_vain(self):
        for error, words in WITHOUT:
            command = without_io_uring(error, f"{shlex.quote(self.binary)} broker --listen tcp://127.0.0.1:0 --event-loop io_uring")
            done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL)
            told = f"ended with {done.returncode}, saying: {done.stderr.strip()}"
            check(done.returncode == START, told)
            check("io_uring cannot be used" in done.stderr and words in done.stderr, told)

    def asked_for(self):
        if self.has_io_uring():
            self.starts(self.broker("io_uring"), "the event loop is io_uring")

    def killed(self):
        """Once the process is gone nobody listens: a client is refused, not accepted by nobody, and the next broker has the port at once."""
        for kind in ("epoll", "io_uring") if self.has_io_uring() else ("epoll",):
            with brokers.Broker(self.broker(kind)) as broker:
                for _ in range(RESTARTS):
                    here = ("127.0.0.1", broker.tcp_port)
                    with socket.create_connection(here, timeout=LIMIT_S):
                        broker.kill()
                        with socket.socket() as late:
                            late.settimeout(LIMIT_S)
                            answer = late.connect_ex(here)
                        check(answer == errno.ECONNREFUSED, f"{kind}: connecting to a killed broker: {os.strerror(answer)}")
                        broker.start()

    CASES = (
        ("whatever the machine has", as_it_is),
        ("no io_uring: epoll", where_there_is_none),
        ("io_uring asked for in vain: an error that says why", asked_for_in_vain),
        ("io_uring asked for", asked_for),
        ("killed: its ports are free at once", killed),
    )


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "--without-io-uring":
        run_without_io_uring(int(sys.argv[2]), sys.argv[3:])
    binary, path = binary_and_report(__doc__)
    report = Report("event_loop")
    report.run_cases("tepore", EventLoop(binary))
    return report.finish(path)


if __name__ == "__main__":
    sys.exit(main())
